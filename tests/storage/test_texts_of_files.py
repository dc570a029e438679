"""Line breaks and writing directions of a file's texts, as orders are stored and come again."""

import pytest
from sqlalchemy import select

from models.database import org_transaction
from models.tables.order import Order, OrderLine
from tests.records import Account
from tests.storage.orders_files import counts, faults_of, import_bytes, orders_file, row

BROKEN = "Lamp\nwith a shade\n\nsmall"


def stored_texts(seller: Account) -> list[tuple[str, str, str]]:
    """Order number, buyer's name and description of each line."""
    wanted = select(Order.order_number, Order.buyer_name, OrderLine.description)
    with org_transaction(seller.organization_id) as session:
        rows = session.execute(wanted.join(OrderLine, OrderLine.order_id == Order.id)).all()
    return [tuple(each) for each in rows]


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\u2028", "\x85"])
def test_an_order_whose_line_breaks_were_converted_is_unchanged(
    seller: Account, line_end: str
) -> None:
    first = orders_file([row(description=BROKEN, street="Hafenweg 2\nHaus B")])
    assert counts(import_bytes(seller.organization_id, first)) == (1, 0, 0, 0)
    again = orders_file(
        [
            row(
                description=BROKEN.replace("\n", line_end),
                street=f"Hafenweg 2{line_end}Haus B",
            )
        ],
        newline="\r\n",
    )
    report = import_bytes(seller.organization_id, again)
    assert (counts(report), report.changes) == ((0, 0, 1, 0), ())
    assert stored_texts(seller) == [("A-1", "Berglund & Söhne", BROKEN)]


@pytest.mark.parametrize(
    ("number", "name", "text"),
    [
        ("הז-17 (ב)", "חברה בע״מ (1998)", "ארון 80x120 (לבן)"),
        ("ط-5", "شركة النور للتجارة (دبي)", "لوحة كهربائية 100 أمبير (شنايدر)"),
        ("A-1", "Berglund חברה & Söhne", "Lamp (منارة) 2"),
    ],
)
def test_texts_from_right_to_left_are_stored_as_they_are(
    seller: Account, number: str, name: str, text: str
) -> None:
    data = orders_file([row(order_number=number, customer_name=name, description=text)])
    assert counts(import_bytes(seller.organization_id, data)) == (1, 0, 0, 0)
    assert stored_texts(seller) == [(number, name, text)]
    assert counts(import_bytes(seller.organization_id, data)) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("customer_name", "Evil\u202eHbmG"),
        ("description", "Rabatt \u202e00.001 RUE"),
        ("customer_name", "חברה\u202bבע״מ"),
        ("city", "Ham\u2067burg"),
    ],
)
def test_text_that_turns_what_follows_is_refused_by_its_column(
    seller: Account, column: str, value: str
) -> None:
    report = import_bytes(seller.organization_id, orders_file([row(**{column: value})]))
    assert faults_of(report) == [(2, column, "control_character")]
    assert stored_texts(seller) == []
