"""A mapping is guessed from names in five languages and from values, and then read row by row."""

from collections.abc import Iterator

import pytest

from models.order_import.csv_file.columns import COLUMNS
from models.order_import.csv_file.order import Defaults
from models.order_import.errors import Unreadable
from models.order_import.mapping.choosing import Choice, Filling, Reading, SavedMapping, choose
from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.country_names import country_code
from models.order_import.mapping.filled_records import filled_records, with_zero_rate
from models.order_import.mapping.findings import notes_of, problems_of
from models.order_import.mapping.guessing import guess_mapping
from models.order_import.mapping.labels import fingerprint, labels
from models.order_import.mapping.mapped_records import mapped_records
from models.order_import.mapping.mapping import Mapping, mapping_of
from models.order_import.mapping.proposal import propose_mapping
from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.records import Damage
from models.order_import.table_file.table import Record, Table


def guessed(*columns: tuple[str, str]) -> dict[str, str]:
    """What each column of a file with one row is taken for, by our columns."""
    mapping = guess_mapping({label: [value] for label, value in columns})
    return {name: " + ".join(sources) for name, sources in mapping.columns.items()}


def table(*rows: list[str] | Damage) -> Table:
    def read() -> Iterator[Record]:
        for line, row in enumerate(rows, start=1):
            yield line, row if isinstance(row, Damage) else [*row], False

    return Table(Dialect(), read)


SELLER = Defaults(currency="EUR", tax_category="S", tax_percent="19")
VALUES = ("A-1", "27.11.2026", "K-1", "Muster", "Ringweg 1", "53111", "Bonn", "DE", "X-1",
          "Vase", "2", "12,50", "19 %")  # fmt: skip
OURS = ("order_number", "order_date", "customer_number", "customer_name", "street", "postal_code",
        "city", "country", "sku", "description", "quantity", "unit_price",
        "tax_percent")  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [
        "Order no.|Order date|Customer no.|Customer|Address|Zip|City|Country|SKU|Item|Qty|Price|"
        "VAT",
        "Auftragsnummer|Datum|Kundennr.|Firma|Straße|PLZ|Ort|Land|Artikelnr.|Bezeichnung|Menge|"
        "Einzelpreis|MwSt.",
        "BESTELL-NR|BESTELLDATUM|KUNDENNUMMER|KUNDE|ANSCHRIFT|POSTLEITZAHL|STADT|LAND|ART.-NR.|"
        "ARTIKELBEZEICHNUNG|ANZAHL|EP NETTO|UST-SATZ",
        "N° de commande|Date|Code client|Raison sociale|Rue|Code postal|Ville|Pays|"
        "Référence article|Désignation|Quantité|Prix unitaire HT|Taux TVA",
        "Bestelnummer|Besteldatum|Klantnummer|Klant|Straat|Postcode|Plaats|Land|Artikelcode|"
        "Omschrijving|Aantal|Stuksprijs|BTW",
        "Nº de pedido|Fecha|Código cliente|Razón social|Dirección|Código postal|Ciudad|País|"
        "Referencia|Descripción|Cantidad|Precio unitario|IVA",
    ],
)
def test_columns_are_known_by_their_usual_names(header: str) -> None:
    names = header.split("|")
    expected = dict(zip(OURS, names, strict=True))
    assert guessed(*zip(names, VALUES, strict=True)) == expected


EXPORTED = {
    "order_number": "A-1", "order_date": "27.11.2026", "customer_number": "10077",
    "customer_name": "Muster GmbH", "street": "Ringweg 1", "postal_code": "53111", "city": "Bonn",
    "country": "DE", "sku": "X-1", "description": "Vase", "quantity": "2", "unit": "Stk",
    "unit_price": "12,50", "tax_percent": "19", "currency": "EUR", "expected_gross": "29,75",
    "customer_email": "eva@muster.example",
}  # fmt: skip


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param(
            "Auftrags-Nr.=order_number|Belegdatum=order_date|Kunden-Nr.=customer_number|"
            "Name1=customer_name|Strasse=street|PLZ=postal_code|Ort=city|Land=country|"
            "Artikel-Nr.=sku|Bezeichnung=description|Menge=quantity|Einheit=unit|EP=unit_price|"
            "USt %=tax_percent",
            id="Lexware",
        ),
        pytest.param(
            "Belegfeld 1=order_number|Belegdatum=order_date|Debitorenkonto=customer_number|"
            "Buchungstext=description|Menge=quantity|Einzelpreis=unit_price|WKZ Umsatz=currency|"
            "Steuersatz=tax_percent",
            id="DATEV",
        ),
        pytest.param(
            "Auftragsnummer=order_number|Datum=order_date|Kundennr=customer_number|"
            "Kunde=customer_name|Artikel=sku|Bezeichnung=description|Menge=quantity|"
            "Einheit=unit|Preis netto=unit_price|Summe brutto=expected_gross",
            id="sevDesk",
        ),
        pytest.param(
            "Order Number=order_number|Order Date=order_date|Account Reference=customer_number|"
            "Customer Name=customer_name|Address 1=street|Postcode=postal_code|Town=city|"
            "Stock Code=sku|Item Description=description|Qty=quantity|Net Price=unit_price",
            id="Sage",
        ),
        pytest.param(
            "N° pièce=order_number|Date pièce=order_date|Code tiers=customer_number|"
            "Nom du tiers=customer_name|Réf. article=sku|Désignation=description|Qté=quantity|"
            "P.U. HT=unit_price|Taux TVA=tax_percent",
            id="Sage in French",
        ),
        pytest.param(
            "Order Reference=order_number|Order Date=order_date|"
            "Customer/Reference=customer_number|Customer=customer_name|Customer/Street=street|"
            "Customer/City=city|Customer/Zip=postal_code|Customer/Country=country|"
            "Order Lines/Product=sku|Order Lines/Description=description|"
            "Order Lines/Quantity=quantity|Order Lines/Unit of Measure=unit|"
            "Order Lines/Unit Price=unit_price|Order Lines/Taxes=tax_percent|Total=expected_gross",
            id="Odoo",
        ),
        pytest.param(
            "orderNumber=order_number|orderDateTime=order_date|customerNumber=customer_number|"
            "billingAddress.company=customer_name|billingAddress.street=street|"
            "billingAddress.zipcode=postal_code|billingAddress.city=city|productNumber=sku|"
            "label=description|quantity=quantity|unitPrice=unit_price|taxRate=tax_percent",
            id="Shopware",
        ),
        pytest.param(
            "Auftragsnummer=order_number|Erstellt am=order_date|Kundennummer=customer_number|"
            "Rechnungsadresse Firma=customer_name|Rechnungsadresse Straße=street|"
            "Rechnungsadresse PLZ=postal_code|Rechnungsadresse Ort=city|"
            "Rechnungsadresse E-Mail=customer_email|Artikelnummer=sku|Artikelname=description|"
            "Menge=quantity|VK netto=unit_price",
            id="JTL",
        ),
        pytest.param(
            "increment_id=order_number|created_at=order_date|customer_id=customer_number|"
            "customer_email=customer_email|billing_name=customer_name|billing_street=street|"
            "billing_postcode=postal_code|billing_country_id=country|sku=sku|name=description|"
            "qty_ordered=quantity|price=unit_price|order_currency_code=currency|"
            "grand_total=expected_gross",
            id="Magento",
        ),
        pytest.param(
            "Ordernr=order_number|Orderdatum=order_date|Debiteurnummer=customer_number|"
            "Debiteur=customer_name|Adres=street|Woonplaats=city|Artikelomschrijving=description|"
            "Aantal=quantity|Prijs per stuk=unit_price|BTW %=tax_percent",
            id="Dutch",
        ),
        pytest.param(
            "N.º pedido=order_number|Fecha=order_date|Cód. cliente=customer_number|"
            "Nombre fiscal=customer_name|Domicilio=street|C.P.=postal_code|Población=city|"
            "Cód. artículo=sku|Descripción=description|Uds.=quantity|% IVA=tax_percent",
            id="Spanish",
        ),
    ],
)
def test_exports_of_usual_programs_are_guessed_whole(columns: str) -> None:
    names = dict(column.split("=") for column in columns.split("|"))
    found = guessed(*((label, EXPORTED[ours]) for label, ours in names.items()))
    assert found == {ours: label for label, ours in names.items()}


def test_an_article_is_the_description_where_nothing_describes_it_better() -> None:
    assert guessed(("Artikel", "Vase"))["description"] == "Artikel"
    both = guessed(("Artikel", "V-1"), ("Bezeichnung", "Vase"))
    assert (both["sku"], both["description"]) == ("Artikel", "Bezeichnung")


def test_a_number_in_the_shape_of_a_vat_id_is_one_only_with_its_check_digit() -> None:
    assert guessed(("f1", "Muster GmbH"), ("f2", "AB12345678"), ("f3", "DE136695977")) == {}
    assert guessed(("f1", "DE136695976")) == {"vat_id": "f1"}


def test_columns_with_strange_names_are_known_by_what_is_in_them() -> None:
    strange = guessed(
        ("f1", "27.11.2026"), ("f2", "eva@muster.example"), ("f3", "DE136695976"), ("f4", "EUR"),
        ("f5", "whatever"),
    )  # fmt: skip
    assert strange == {
        "order_date": "f1", "customer_email": "f2", "vat_id": "f3", "currency": "f4",
        "customer_number": "f2",
    }  # fmt: skip


def test_numbers_are_dates_only_in_a_column_of_that_name() -> None:
    assert guessed(("Datum", "46353"), ("f2", "53111")) == {"order_date": "Datum"}
    assert guessed(("f2", "53111")) == {}


def test_a_name_counts_only_if_the_values_fit_it() -> None:
    assert "quantity" not in guessed(("Menge", "viel"))
    assert "vat_id" not in guessed(("VAT", "19 %"))
    assert guessed(("VAT", "19 %"))["tax_percent"] == "VAT"
    assert guessed(("VAT", "DE136695976"))["vat_id"] == "VAT"


def test_a_customer_s_column_with_codes_is_the_number_where_another_has_names() -> None:
    both = guessed(("Kunde", "K-7"), ("Firma", "Muster & Co 2"))
    assert both == {"customer_number": "Kunde", "customer_name": "Firma"}
    names = guessed(("Kunde", "Muster 2 GmbH"), ("Firma", "Muster"))
    assert names == {"customer_number": "Kunde", "customer_name": "Kunde"}


def test_a_price_whose_name_speaks_of_tax_is_gross_and_two_names_make_one() -> None:
    found = guessed(("Preis inkl. MwSt", "11,90"), ("Vorname", "Eva"), ("Nachname", "Muster"))
    assert found["customer_name"] == "Vorname + Nachname"
    assert guessed(("Bruttopreis", "11,90")) == {"unit_price_gross": "Bruttopreis"}
    assert "unit_price" not in found


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Deutschland", "DE"), ("ÖSTERREICH", "AT"), ("Pays-Bas", "NL"), ("España", "ES"),
        ("United Kingdom", "GB"), ("uk", "GB"), ("FR", "FR"), ("Atlantis", "Atlantis"), ("", ""),
    ],
)  # fmt: skip
def test_a_country_s_name_becomes_its_code(name: str, code: str) -> None:
    assert country_code(name) == code


def test_columns_that_share_a_name_or_have_none_are_told_apart() -> None:
    assert labels(["Name", " Name ", "", "Na\u0000me"]) == ("Name", "Name (2)", "Column 3", "Na me")
    assert labels(["x", "x (2)", "x", "x"]) == ("x", "x (2)", "x (3)", "x (4)")
    assert fingerprint(["B", "a"]) == fingerprint(["A ", "b"])
    assert fingerprint(["a"]) != fingerprint(["a", "b"])


def test_the_file_of_rejected_rows_is_read_like_the_file_they_came_from() -> None:
    assert fingerprint(["a", "b", "problem"]) == fingerprint(["a", "b"])


MAPPING = Mapping(
    {"order_number": ("Nr",), "order_date": ("Tag",), "customer_number": ("Kunde",),
     "quantity": ("Menge",), "unit_price": ("Preis",), "country": ("Land",)},
    {"currency": "CHF"},
    fill_down=True,
)  # fmt: skip
HEADER = ["Nr", "Tag", "Kunde", "Menge", "Preis", "Land"]


def mapped(*rows: list[str] | Damage) -> list[dict[str, str] | str]:
    """Our values that are not empty; of a damaged row all that can be read in it."""
    records = mapped_records(table(HEADER, *rows).records(), MAPPING)
    assert next(records)[1] == list(COLUMNS)
    return [
        row.text
        if isinstance(row, Damage)
        else {name: value for name, value in zip(COLUMNS, row, strict=True) if value}
        for _, row, _ in records
    ]


def test_an_order_s_further_rows_take_its_columns_and_lines_are_counted() -> None:
    rows = mapped(
        ["A-1", "2026-11-27", "K-1", "1", "5", "Schweiz"],
        ["", "", "", "2", "6", ""],
        ["A-1", "", "", "3", "7", ""],
        ["", "", "", "", "", ""],
        ["A-2", "2026-11-28", "K-2", "4", "8", "AT"],
    )
    shown = [
        (row["order_number"], row["customer_number"], row["country"], row["line_number"])
        for row in rows
        if isinstance(row, dict) and row
    ]
    first = [("A-1", "K-1", "CH", number) for number in ("1", "2", "3")]
    assert shown == [*first, ("A-2", "K-2", "AT", "1")]
    assert rows[3] == {}


@pytest.mark.parametrize(
    "damaged", [Damage("unclosed_quote", "…", 'A-2,"x'), ["A-2", "2026-11-28", "K-2"]]
)
def test_nothing_is_filled_down_across_a_damaged_row(damaged: list[str] | Damage) -> None:
    first = ["A-1", "2026-11-27", "K-1", "1", "5", "DE"]
    rows = mapped(first, damaged, ["", "", "", "2", "6", ""])
    assert isinstance(rows[1], str)
    assert "A-2" in rows[1]
    assert rows[2] == {"quantity": "2", "unit_price": "6", "currency": "CHF", "line_number": "1"}


def test_a_mapping_says_what_it_lacks_and_survives_being_stored() -> None:
    assert problems_of(MAPPING, tuple(HEADER)) == []
    both = Mapping({"quantity": ("x",), "unit_price": ("x",), "unit_price_gross": ("y",)})
    assert [(found.field, found.code) for found in problems_of(both, ("x",))] == [
        ("order_number", "missing_column"), ("order_date", "missing_column"),
        ("customer_number", "missing_column"), ("unit_price_gross", "two_prices"),
        ("unit_price", "same_column"),
        ("unit_price_gross", "unknown_column"),
    ]  # fmt: skip
    stored = Mapping(MAPPING.columns, {}, Conventions("comma", "m/d/y"), True, "square", "E")
    assert mapping_of(stored.as_dict()) == stored
    before = {name: stored.as_dict()[name] for name in ("columns", "constants", "decimal", "dates")}
    assert mapping_of({**before, "fill_down": False}).zero_rate == ""


def changed(**columns: tuple[str, ...]) -> Mapping:
    return Mapping(MAPPING.columns | columns)


@pytest.mark.parametrize(
    ("mapping", "found"),
    [
        (changed(quantity=("Menge", "Preis")), ("quantity", "several_columns")),
        (changed(currency=("Land", "Land")), ("currency", "several_columns")),
        (changed(street=("Land", "Land")), ("street", "several_columns")),
        (changed(quantity=("Preis",)), ("unit_price", "same_column")),
        (Mapping(preset="etsy"), ("preset", "unknown_preset")),
        (Mapping({"sku": ("Nr",)}, preset="amazon"), ("sku", "column_of_a_preset")),
        (Mapping({}, {"quantity": "1"}, preset="amazon"), ("quantity", "column_of_a_preset")),
        (Mapping(preset="amazon"), ("preset", "another_export")),
    ],
)
def test_a_column_that_is_taken_wrongly_is_named(mapping: Mapping, found: tuple[str, str]) -> None:
    problems = [(each.field, each.code) for each in problems_of(mapping, tuple(HEADER))]
    assert found in problems
    assert {code for _, code in problems} <= {found[1], "same_column", "another_export"}


def test_what_is_joined_or_shared_is_said() -> None:
    mapping = changed(street=("Kunde", "Land"), customer_name=("Kunde",))
    assert problems_of(mapping, tuple(HEADER)) == []
    assert [(each.field, each.code) for each in notes_of(mapping)] == [
        ("customer_number", "shared_column"), ("country", "shared_column"),
        ("street", "joined_columns"), ("street", "shared_column"), ("street", "shared_column"),
        ("customer_name", "shared_column"),
    ]  # fmt: skip
    joined = next(each for each in notes_of(mapping) if each.code == "joined_columns")
    assert joined.message == "The values of “Kunde” and “Land” are joined with a space."


def row(**changes: str) -> list[str]:
    plain = {"order_number": "A-1", "tax_category": "S", "tax_percent": "0", "currency": ""}
    return [(plain | changes).get(name, "") for name in COLUMNS]


@pytest.mark.parametrize(
    ("changes", "category"),
    [
        ({}, "Z"),
        ({"tax_percent": "0.00"}, "Z"),
        ({"tax_category": ""}, "Z"),
        ({"tax_category": "s"}, "Z"),
        ({"tax_category": "E"}, "E"),
        ({"tax_percent": ""}, "S"),
        ({"tax_percent": "0.5"}, "S"),
        ({"tax_percent": "n/a"}, "S"),
    ],
)
def test_what_0_percent_means_is_said_for_rows_that_do_not_say_it(
    changes: dict[str, str], category: str
) -> None:
    records = with_zero_rate(table([*COLUMNS], row(**changes)).records(), lambda names: names, "Z")
    _, (_, fields, _) = records
    assert isinstance(fields, list)
    assert fields[COLUMNS.index("tax_category")] == category


def test_fixed_values_stand_where_a_row_has_none() -> None:
    rows = (row(), row(currency="CHF"), [" "] * len(COLUMNS), Damage("x", "x", "x"))
    records = filled_records(
        table([*COLUMNS], *rows).records(), lambda names: names, {"currency": "€"}
    )
    found = [
        fields if isinstance(fields, Damage) else fields[COLUMNS.index("currency")]
        for _, fields, _ in records
    ]
    assert found == ["currency", "EUR", "CHF", " ", rows[3]]


def test_a_mapping_of_a_preset_is_found_for_each_of_its_exports() -> None:
    header = ["Name", "Created at", "Currency", "Total", "Lineitem quantity", "Lineitem price", "x"]
    own = SavedMapping("ours", "other", Mapping(preset="shopify", zero_rate="E"))
    found = choose(table(header), Reading((own,)))
    assert (found.kind, found.name, found.preset and found.preset.name) == (
        "saved", "ours", "shopify",
    )  # fmt: skip


def test_untaxed_rows_are_noted_until_someone_says_what_0_percent_means() -> None:
    header = [*HEADER, "Steuer"]
    columns = MAPPING.columns | {"tax_percent": ("Steuer",)}
    rows = (["A", "2026-11-27", "K", "1", "5", "DE", steuer] for steuer in ("19", "0 %"))
    file = table(header, *rows)
    codes = [
        [(note.code, note.field) for note in propose_mapping(file, reading, SELLER, draft).notes]
        for reading, draft in (
            (Reading(), Mapping(columns)),
            (Reading(), Mapping(columns, zero_rate="O")),
            (Reading(filling=Filling(zero_rate="O")), Mapping(columns)),
        )
    ]
    assert codes == [[("zero_rate_unclear", "zero_rate")], [], []]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (["a", "b"], "unknown"),
        (["only"], "own"),
        ([name.upper() for name in COLUMNS], "own"),
        (["Name", "Created at", "Currency", "Total", "Lineitem quantity", "Lineitem price"],
         "preset"),
    ],
)  # fmt: skip
def test_the_header_decides_how_a_file_is_read(header: list[str], kind: str) -> None:
    assert choose(table(header), Reading()).kind == kind


def test_a_wide_and_long_file_is_guessed_from_its_beginning() -> None:
    taken = 0

    def read() -> Iterator[Record]:
        nonlocal taken
        yield 1, ["Auftragsnummer", *(f"c{number}" for number in range(2_000))], False
        for line in range(2, 1_000_000):
            taken = max(taken, line)
            yield line, [f"A-{line}", *["x"] * 2_000], False

    proposal = propose_mapping(Table(Dialect(), read), Reading(), SELLER)
    assert taken < 300
    assert len(proposal.columns) == 500
    assert proposal.mapping is not None
    assert proposal.mapping.columns == {"order_number": ("Auftragsnummer",)}
    assert Choice(proposal.kind).kind == "unknown"


def test_a_file_without_a_column_of_the_mapping_is_refused_by_its_name() -> None:
    records = mapped_records(table(HEADER[:-1], ["A-1"] * 5).records(), MAPPING)
    assert next(records)[0] == 1
    with pytest.raises(Unreadable):
        next(records)
