"""A draft has everything that an invoice is written from, and the payment term."""

from datetime import date

import pytest

from models.invoicing.currency import UnknownCurrency
from models.invoicing.draft import draft_invoice, due_date
from models.invoicing.totals import compute_totals
from tests.rules.examples import SELLER, order


def test_a_draft_has_the_parties_and_the_totals() -> None:
    sold = order()
    draft = draft_invoice(sold, SELLER)
    assert (draft.order, draft.seller) == (sold, SELLER)
    assert draft.totals == compute_totals(sold.lines, "EUR")


@pytest.mark.parametrize(("customers", "applies"), [(None, 30), (14, 14), (0, 0), (60, 60)])
def test_the_payment_term_of_the_customer_has_priority(customers: int | None, applies: int) -> None:
    assert draft_invoice(order(payment_days=customers), SELLER).payment_days == applies


def test_an_order_in_an_unknown_currency_has_no_draft() -> None:
    with pytest.raises(UnknownCurrency):
        draft_invoice(order(currency="ZZZ"), SELLER)


@pytest.mark.parametrize(
    ("issued", "days", "due"),
    [
        (date(2026, 1, 1), 0, date(2026, 1, 1)),
        (date(2026, 1, 31), 30, date(2026, 3, 2)),
        (date(2028, 2, 1), 28, date(2028, 2, 29)),
        (date(2026, 12, 15), 30, date(2027, 1, 14)),
    ],
)
def test_an_invoice_is_due_its_payment_days_after_its_issue(
    issued: date, days: int, due: date
) -> None:
    assert due_date(issued, days) == due


def test_no_invoice_is_due_before_its_issue() -> None:
    with pytest.raises(ValueError, match="-1 days"):
        due_date(date(2026, 1, 1), -1)
