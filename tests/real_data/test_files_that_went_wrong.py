"""Orders files that went wrong for people who do this job, each with what is right instead.

The files are beside the checkout (`../shared/cases/import`), each with its sentence in a `.txt`.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.http.conftest import Api
from tests.real_data.conftest import Cases

WARE = ("10.00", "1.90", "11.90")
UNTAXED = ("10.00", "0.00", "10.00")


@dataclass(frozen=True)
class Expected:
    """What a file must give.

    `invoiced` are orders with net, tax and gross of their invoices; `refused` are orders that are
    stored and get no invoice, each with the code of its first finding; `rejected` is the number of
    orders that are not stored, and `codes` are the codes that the report must name.
    """

    invoiced: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    rejected: int = 0
    codes: tuple[str, ...] = ()


FILES = {
    "01a-blank-row-inside-order": Expected({"B-1": ("20.00", "3.80", "23.80")}),
    "01b-blank-rows-at-end": Expected({"B-2": WARE}),
    "02a-header-and-rows-padded": Expected({"T-1": WARE}),
    "02b-rows-padded-only": Expected({"T-2": WARE, "T-3": WARE}),
    "03-all-quoted-last-row-damaged": Expected({"Q-2": WARE}, rejected=1, codes=("malformed_row",)),
    "03b-continuation-rows-blank": Expected(rejected=2, codes=("bad_order_number",)),
    "03c-first-row-damaged": Expected({"E-2": WARE}, rejected=1, codes=("malformed_row",)),
    "03e-number-not-utf8": Expected(rejected=2, codes=("not_utf8",)),
    "05-guests-share-number-0": Expected({"G-1": WARE, "G-2": UNTAXED, "G-3": WARE}),
    "06a-zero-width-order-number": Expected(rejected=1, codes=("duplicate_line_number",)),
    "08-vat-id-is-no-vat-id": Expected(
        {"V-6": UNTAXED, "V-7": UNTAXED, "V-8": UNTAXED},
        {f"V-{n}": "customer_vat_id_invalid" for n in range(1, 6)},
    ),
    "09-not-subject-mixed": Expected(refused={"O-1": "not_subject_to_vat_mixed"}),
    "11-codes": Expected(
        {f"K-{n}": WARE for n in range(4, 7)},
        {f"K-{n}": "customer_country_unknown" for n in range(1, 4)},
    ),
    "12-tax-rate-as-fraction": Expected(
        {"F-2": ("998.50", "189.72", "1188.22")}, {"F-1": "tax_percent_looks_like_fraction"}
    ),
    "13-gross-prices": Expected(
        {"GR-1": ("16.76", "3.18", "19.94"), "GR-2": ("12.61", "2.40", "15.01")}
    ),
    "14-return-and-coupon-lines": Expected(
        {"R-1": ("80.00", "15.20", "95.20")}, {"R-2": "unit_price_negative"}
    ),
    "15-zero-total": Expected(refused={"ZT-1": "total_zero", "ZT-2": "total_zero"}),
    "17-control-characters": Expected(rejected=3, codes=("control_character",)),
    "17b-escape-in-number": Expected(rejected=3, codes=("control_character",)),
    "18a-sep-comma": Expected({"SEP-1": WARE}),
    "18g-quoted-semicolons": Expected({"SQ-1": WARE}),
    "18h-quoted-tabs": Expected({"SQ-1": WARE}),
    "19a-cr-only": Expected({"CR-1": WARE, "CR-2": WARE}),
    "25-excel-text-cells": Expected({"EX-1": WARE, "EX-2": WARE}),
    "26-bidi": Expected({"BI-1": UNTAXED}, rejected=2, codes=("control_character",)),
    "27-long-texts": Expected({"LT-1": ("590.00", "112.10", "702.10")}),
    "29-scientific": Expected(rejected=2, codes=("number_in_scientific_notation",)),
    "32a-line-breaks-crlf": Expected({"NL-1": WARE}),
    "33a-headers-as-people-write": Expected({"SEP-1": WARE}),
    "33b-header-zero-width": Expected({"SEP-1": WARE}),
    "34a-huge-ignored-column": Expected({"H-1": WARE, "H-2": WARE}),
}
IN_TURN = {"32b-line-breaks-lf", "39a-shop-a", "39b-shop-b", "40a-full", "40b-partial"}
SOMETHING_ELSE = {"20a-real": "workbook", "20b-html": "HTML"}


def test_every_file_that_went_wrong_has_a_test(cases: Cases) -> None:
    assert {*FILES, *IN_TURN, *SOMETHING_ELSE} == cases.names


@pytest.mark.parametrize("name", FILES)
def test_the_file_gives_what_is_right(api: Api, cases: Cases, name: str) -> None:
    expected = FILES[name]
    report = take(api, cases.read(name))
    stored = orders(api)
    assert (report["orders_created"], report["orders_rejected"]) == (len(stored), expected.rejected)
    assert {*expected.codes} <= {error["code"] for error in report["errors"]}
    assert bool(report["errors"]) == bool(expected.codes)
    assert stored.keys() == {*expected.invoiced, *expected.refused}
    assert refused(api, {number: stored[number] for number in expected.refused}) == expected.refused
    for number, amounts in expected.invoiced.items():
        invoice = invoiced(api, stored[number])
        assert (number, amounts) == (
            number,
            tuple(invoice[part] for part in ("net", "tax", "gross")),
        )


def test_guests_who_share_a_number_keep_their_own_addresses(api: Api, cases: Cases) -> None:
    report = take(api, cases.read("05-guests-share-number-0"))
    buyers = {number: invoiced(api, id_)["buyer"] for number, id_ in orders(api).items()}
    assert {number: (buyer["name"], buyer["street"]) for number, buyer in buyers.items()} == {
        "G-1": ("Gast Eins", "Weg 1"),
        "G-2": ("Guest Two", "High St 2"),
        "G-3": ("Invité Trois", "Rue 3"),
    }
    assert {change["customer_number"] for change in report["customer_changes"]} == {"0"}


def test_leading_zeros_kept_by_a_spreadsheet_reach_the_invoice(api: Api, cases: Cases) -> None:
    take(api, cases.read("25-excel-text-cells"))
    codes = {invoiced(api, id_)["buyer"]["postal_code"] for id_ in orders(api).values()}
    assert codes == {"01069"}


def test_converted_line_ends_are_no_difference(api: Api, cases: Cases) -> None:
    take(api, cases.read("32a-line-breaks-crlf"))
    assert take(api, cases.read("32b-line-breaks-lf"))["orders_unchanged"] == 1
    invoiced(api, orders(api)["NL-1"])
    report = take(api, cases.read("32b-line-breaks-lf"))
    assert (report["orders_unchanged"], report["errors"]) == (1, [])


def test_another_shops_order_does_not_replace_one_silently(api: Api, cases: Cases) -> None:
    take(api, cases.read("39a-shop-a"))
    report = take(api, cases.read("39b-shop-b"))
    assert (report["orders_updated"], report["orders_rejected"]) == (0, 1)
    assert [error["code"] for error in report["errors"]] == ["order_of_another_customer"]
    (order,) = api.get("/api/orders").get_json()["items"]
    assert (order["customer_number"], order["net"]) == ("A-1", "50.00")


def test_a_file_with_fewer_lines_says_what_it_replaces(api: Api, cases: Cases) -> None:
    take(api, cases.read("40a-full"))
    report = take(api, cases.read("40b-partial"))
    (change,) = report["changes"]
    assert (change["order_number"], change["net_before"], change["net_after"]) == (
        "PF-1",
        "300.00",
        "100.00",
    )


@pytest.mark.parametrize(("name", "word"), SOMETHING_ELSE.items())
def test_another_kind_of_file_gets_one_sentence(
    api: Api, cases: Cases, name: str, word: str
) -> None:
    answer = api.post("/api/orders/import", data=cases.read(name), content_type="text/csv")
    assert answer.status_code == 422
    (error,) = answer.get_json()["errors"]
    assert word in error["message"]


def take(api: Api, data: bytes) -> dict[str, Any]:
    """The report of an import."""
    answer = api.post("/api/orders/import", data=data, content_type="text/csv")
    assert answer.status_code == 200, answer.get_json()
    report: dict[str, Any] = answer.get_json()
    return report


def orders(api: Api) -> dict[str, int]:
    """The stored orders that could be invoiced, by number."""
    items = api.get("/api/orders").get_json()["items"]
    return {order["order_number"]: order["id"] for order in items if order["status"] != "draft"}


def invoiced(api: Api, order_id: int) -> dict[str, Any]:
    """The invoice of an order, issued now."""
    answer = api.post(f"/api/orders/{order_id}/invoice")
    assert answer.status_code == 201, answer.get_json()
    invoice: dict[str, Any] = answer.get_json()
    return invoice


def refused(api: Api, ids: dict[str, int]) -> dict[str, str]:
    """The code of the first finding of each order, which gets no invoice."""
    answers = {number: api.post(f"/api/orders/{id_}/invoice") for number, id_ in ids.items()}
    assert {answer.status_code for answer in answers.values()} <= {409}
    return {number: answer.get_json()["errors"][0]["code"] for number, answer in answers.items()}
