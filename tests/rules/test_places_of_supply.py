"""K goes to another member state, G out of the EU, O stands alone: by the parties' places."""

from dataclasses import replace

import pytest

from models.invoicing.countries import COUNTRY_CODES, MEMBER_STATES, vat_territory
from models.invoicing.remarks import remarks
from models.invoicing.source import Seller
from models.invoicing.validation import validate
from tests.rules.examples import BUYER, SELLER, TODAY, line, order
from web.countries import ASSIGNED_CODES

FRENCH = "FR40303265045"


def codes(
    category: str,
    country: str,
    vat_id: str | None = None,
    postal_code: str = "",
    seller: str = "DE",
    seller_vat_id: str = "DE811193231",
) -> list[str]:
    buyer = replace(BUYER, country=country, vat_id=vat_id, postal_code=postal_code)
    party = replace(SELLER.party, country=seller, vat_id=seller_vat_id)
    sold = order(line(tax_category=category, tax_percent="0"), buyer=buyer)
    return [found.code for found in validate(sold, Seller(party, 30), TODAY)]


@pytest.mark.parametrize(
    ("country", "vat_id"),
    [("FR", FRENCH), ("FR", "DE136695976"), ("FR", "EL094259216"), ("MC", FRENCH),
     ("GB", "XI980780684"), ("GB", " xi980780684"), ("XI", "XI980780684"),
     ("AT", "ATU13585627"), ("ES", "ESB58378431")],
)  # fmt: skip
def test_k_goes_to_another_member_state_with_an_id_of_one(country: str, vat_id: str) -> None:
    assert codes("K", country, vat_id) == []


@pytest.mark.parametrize(
    ("country", "vat_id", "postal_code", "expected"),
    [
        ("DE", "DE136695976", "", ["not_intra_community"]),
        ("DE", FRENCH, "", ["not_intra_community"]),
        ("CH", FRENCH, "", ["not_intra_community"]),
        ("AX", "FI20774740", "", ["not_intra_community"]),
        ("ES", "ESB58378431", "35001", ["not_intra_community"]),
        ("GB", "GB980780684", "", ["not_intra_community", "customer_vat_id_not_of_member_state"]),
        ("FR", "CHE107787577MWST", "", ["customer_vat_id_not_of_member_state"]),
        ("FR", "n/a", "", ["customer_vat_id_invalid"]),
        ("FR", None, "", ["customer_vat_id_missing"]),
        ("FX", FRENCH, "", ["customer_country_unknown"]),
    ],
)
def test_k_is_refused_elsewhere(
    country: str, vat_id: str | None, postal_code: str, expected: list[str]
) -> None:
    assert codes("K", country, vat_id, postal_code) == expected


def test_k_needs_a_seller_in_the_union() -> None:
    swiss = {"seller": "CH", "seller_vat_id": "CHE107787577MWST"}
    assert codes("K", "FR", FRENCH, **swiss) == ["not_intra_community"]
    assert codes("K", "FR", FRENCH, seller="GB", seller_vat_id="XI980780684") == []


@pytest.mark.parametrize(
    ("country", "postal_code"),
    [("US", ""), ("CH", "8001"), ("GB", "IV1 1HG"), ("AX", ""), ("RE", ""), ("ES", "38001"),
     ("FR", "97400"), ("DE", "27498"), ("IT", "23041"), ("IM", ""), ("FI", "22100")],
)  # fmt: skip
def test_g_goes_out_of_the_vat_area(country: str, postal_code: str) -> None:
    assert codes("G", country, None, postal_code) == []


@pytest.mark.parametrize(
    ("country", "vat_id"),
    [("FR", FRENCH), ("DE", None), ("MC", None), ("GB", "XI980780684"), ("GR", None), ("ES", None)],
)
def test_g_is_refused_within_it(country: str, vat_id: str | None) -> None:
    assert codes("G", country, vat_id, "28001") == ["not_an_export"]


def test_a_seller_outside_exports_to_any_other_country() -> None:
    swiss = {"seller": "CH", "seller_vat_id": "CHE107787577MWST"}
    assert codes("G", "DE", **swiss) == []
    assert codes("G", "CH", **swiss) == ["not_an_export"]


def test_a_seller_in_monaco_exports_out_of_the_union() -> None:
    monegasque = {"seller": "MC", "seller_vat_id": FRENCH}
    assert codes("G", "US", **monegasque) == []
    assert codes("G", "DE", **monegasque) == ["not_an_export"]


@pytest.mark.parametrize(
    ("country", "place"),
    [("CH", "to CH."), ("ES", "to ES 35001 (outside the EU's VAT area)."), ("DE", "to DE.")],
)
def test_the_postal_code_is_named_where_it_decides(country: str, place: str) -> None:
    buyer = replace(BUYER, country=country, postal_code="35001", vat_id=FRENCH)
    sold = order(line(tax_category="K", tax_percent="0"), buyer=buyer)
    (finding,) = validate(sold, SELLER, TODAY)
    assert finding.message.endswith(f"it would go from DE {place}")


@pytest.mark.parametrize("country", ["DE", "FR", "CH"])
def test_reverse_charge_is_legal_at_home_and_abroad(country: str) -> None:
    assert codes("AE", country, "DE136695976") == []


@pytest.mark.parametrize(
    ("written", "remedy"),
    [("UK", "UK: use GB"), ("EL", "EL: use GR"), ("de", "de: use DE"), ("XX", "Set a code such"),
     ("DEU", "Set a code such")],
)  # fmt: skip
def test_an_unknown_country_names_the_code_that_is_meant(written: str, remedy: str) -> None:
    (finding,) = validate(order(buyer=replace(BUYER, country=written)), SELLER, TODAY)
    assert (finding.code, finding.field) == ("customer_country_unknown", "customer.country")
    assert finding.remedy.startswith(remedy)


def test_o_stands_alone_and_without_vat_ids() -> None:
    untaxed = line(line_number=2, tax_category="O", tax_percent="0")
    nobody = replace(BUYER, vat_id=None)
    allowance = line(
        line_number=3, row_type="allowance", quantity="1", unit_price="1", description="Coupon"
    )
    mixed = {
        "with S": (line(), untaxed),
        "with an allowance of S": (untaxed, allowance),
        "with E": (line(tax_category="E", tax_percent="0"), untaxed),
    }
    for lines in mixed.values():
        found = validate(order(*lines, buyer=nobody), SELLER, TODAY)
        assert [each.code for each in found] == ["not_subject_to_vat_mixed"]
    assert validate(order(untaxed, buyer=nobody), SELLER, TODAY) == ()
    assert codes("O", "AT", "ATU13585627") == ["not_subject_to_vat_with_vat_id"]
    assert codes("O", "AT", " ") == []


def test_a_german_id_of_a_french_buyer_is_remarked() -> None:
    buyer = replace(BUYER, country="FR", vat_id="DE123456789")
    found = remarks(order(line(tax_category="K", tax_percent="0"), buyer=buyer), SELLER)
    assert [each.code for each in found] == [
        "customer_vat_id_check_digit", "customer_vat_id_of_another_state"
    ]  # fmt: skip
    assert remarks(order(buyer=replace(buyer, country="DE", vat_id="DE136695976")), SELLER) == ()
    assert remarks(order(buyer=replace(BUYER, country="MC", vat_id=FRENCH)), SELLER) == ()
    assert remarks(order(buyer=replace(BUYER, country="US", vat_id=FRENCH)), SELLER) == ()
    assert remarks(order(buyer=replace(BUYER, country="GB", vat_id="XI980780684")), SELLER) == ()


def test_discounts_below_one_percent_are_remarked() -> None:
    lines = [line(discount_percent=given) for given in ("0", "0.15", "0.99", "1", "15")]
    found = remarks(order(*lines), SELLER)
    assert [each.code for each in found] == ["discount_looks_like_fraction"] * 2


def test_the_seller_s_own_check_digit_is_remarked() -> None:
    seller = Seller(replace(SELLER.party, vat_id="DE123456789"), 30)
    assert [each.code for each in remarks(order(), seller)] == ["seller_vat_id_check_digit"]


def test_countries_are_those_that_addresses_have_names_for() -> None:
    assert COUNTRY_CODES - {"1A", "XI"} == set(ASSIGNED_CODES)
    assert MEMBER_STATES < COUNTRY_CODES
    assert len(MEMBER_STATES) == 27


@pytest.mark.parametrize(
    ("country", "postal_code", "territory"),
    [("DE", "20457", "DE"), ("FR", "75001", "FR"), ("FR", "98000", "FR"), ("MC", "98000", "FR"),
     ("ES", " 35001", None), ("ES", "03501", "ES"), ("ES", "51001", None), ("ES", "52006", None),
     ("FI", "02200", "FI"), ("FI", "FI-22 100", None), ("DE", "D-78266", None),
     ("IT", "22061", None), ("GR", "630 86", None), ("GR", "63087", None), ("GR", "630 88", "GR"),
     ("DK", "3900", None), ("DK", "3790", "DK"), ("FR", "97150", None), ("FR", "98415", None),
     ("US", "35004", None), ("", "", None)],
)  # fmt: skip
def test_the_vat_area_ends_where_the_directive_does(
    country: str, postal_code: str, territory: str | None
) -> None:
    assert vat_territory(country, postal_code) == territory
