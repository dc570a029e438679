"""Filters find the right orders, and paging finds each exactly once."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.database import org_transaction
from models.errors import InvalidRequest, NotFound
from models.invoices.single_invoice import invoice_order
from models.orders.search import (
    FoundOrder,
    OrderFilter,
    count_orders,
    get_order,
    oldest_matching,
    search_orders,
)
from tests.records import Account, new_account
from tests.servers import Database
from tests.storage.orders_files import import_bytes, orders_file, row

CUSTOMERS = {
    "K-1": "Berglund & Söhne",
    "K-10": "100% Wool Ltd",
    "K-2": "under_score GmbH",
    "K-3": "undersXcore GmbH",
    "K-4": "back\\slash AG",
}
STATUSES = ("confirmed", "draft", "cancelled")
COUNT = 180
FIRST_INVOICED = "SO-0000"

filters = st.builds(
    OrderFilter,
    status=st.none() | st.sampled_from([*STATUSES, "invoiced"]),
    customer=st.none() | st.sampled_from(["K-1", "k-2", "K-10", "söhne", "GMBH", "%", "_", "zz"]),
    date_from=st.none() | st.dates(date(2026, 2, 25), date(2026, 3, 2)),
    date_to=st.none() | st.dates(date(2026, 3, 3), date(2026, 3, 9)),
    q=st.none() | st.sampled_from(["SO-00", "so-001", "BERG", "K-2", "back\\", "100%", "zz"]),
)


@pytest.fixture(scope="module")
def seller(shared_database: Database) -> Account:
    """Orders of five customers on seven days, one of them invoiced; and another organisation's."""
    account, other = new_account("alpha"), new_account("beta")
    rows = [
        row(
            order_number=f"SO-{n:04}",
            order_date=f"2026-03-0{n % 7 + 1}",
            customer_number=list(CUSTOMERS)[n % 5],
            customer_name=list(CUSTOMERS.values())[n % 5],
            status=STATUSES[n % 3],
        )
        for n in range(COUNT)
    ]
    data = orders_file(rows, columns=[*row(), "status"])
    for organization in (account, other):
        assert import_bytes(organization.organization_id, data).error_count == 0
    with org_transaction(account.organization_id) as session:
        first = search_orders(session, OrderFilter(q=FIRST_INVOICED)).items[0]
    invoice_order(account.organization_id, account.user_id, first.order.id)
    return account


def found_by(seller: Account, wanted: OrderFilter, limit: int = 1_000) -> list[FoundOrder]:
    """The items of all pages."""
    found: list[FoundOrder] = []
    cursor = None
    with org_transaction(seller.organization_id) as session:
        while True:
            page = search_orders(session, wanted, after=cursor, limit=limit)
            assert len(page.items) <= limit
            found += page.items
            assert len(found) <= COUNT
            if page.next_cursor is None:
                return found
            assert len(page.items) == limit
            cursor = page.next_cursor


def numbers(found: list[FoundOrder]) -> list[str]:
    return [each.order.order_number for each in found]


@settings(max_examples=40, deadline=None)
@given(wanted=filters, limit=st.integers(1, COUNT + 1))
@example(wanted=OrderFilter(), limit=1)
@example(wanted=OrderFilter(), limit=COUNT)
def test_paging_finds_each_order_once_newest_first(
    seller: Account, wanted: OrderFilter, limit: int
) -> None:
    found = found_by(seller, wanted, limit)
    keys = [(each.order.order_date, each.order.id) for each in found]
    assert all(earlier > later for earlier, later in pairwise(keys))
    assert {each.order.id for each in found} == expected_ids(seller, wanted)
    with org_transaction(seller.organization_id) as session:
        assert count_orders(session, wanted) == len(found)
        listed = session.scalars(oldest_matching(session, wanted)).all()
    assert listed == [each.order.id for each in reversed(found)]


def expected_ids(seller: Account, wanted: OrderFilter) -> set[int]:
    """The same filter in Python, over all orders of the organisation."""
    return {each.order.id for each in found_by(seller, OrderFilter()) if matches(wanted, each)}


def matches(wanted: OrderFilter, found: FoundOrder) -> bool:
    order = found.order
    return (
        wanted.status in (None, order.status)
        and (wanted.customer is None or is_customer(wanted.customer, found))
        and (wanted.date_from is None or order.order_date >= wanted.date_from)
        and (wanted.date_to is None or order.order_date <= wanted.date_to)
        and (
            wanted.q is None
            or order.order_number.startswith((wanted.q, wanted.q.upper()))
            or is_customer(wanted.q, found)
        )
    )


def is_customer(asked: str, found: FoundOrder) -> bool:
    if asked.upper() in CUSTOMERS:
        return found.order.customer_number == asked.upper()
    return asked.lower() in found.order.buyer.name.lower()


@pytest.mark.parametrize(
    "bound", ["models.lists.search_text._MAX_KNOWN", "models.lists.listing._MOST_SORTED"]
)
def test_many_matching_customers_and_wide_ranges_are_found_like_few(
    seller: Account, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [OrderFilter(customer="b"), OrderFilter(q="b", status="draft"), OrderFilter(q="so-")]
    few = [found_by(seller, each, limit=7) for each in wanted]
    monkeypatch.setattr(bound, 1)
    assert [found_by(seller, each, limit=7) for each in wanted] == few
    assert all(few)


def test_only_orders_of_the_own_organization_are_found(seller: Account) -> None:
    assert len(found_by(seller, OrderFilter())) == COUNT


@pytest.mark.parametrize(
    ("customer", "names"),
    [
        ("K-1", {"Berglund & Söhne"}),
        ("100%", {"100% Wool Ltd"}),
        ("%", {"100% Wool Ltd"}),
        ("_", {"under_score GmbH"}),
        ("\\", {"back\\slash AG"}),
        ("SÖHNE", {"Berglund & Söhne"}),
        ("gmbh", {"under_score GmbH", "undersXcore GmbH"}),
        ("k-1", {"Berglund & Söhne"}),
        ("-1", set()),
    ],
)
def test_a_customer_is_found_by_number_or_by_part_of_the_name(
    seller: Account, customer: str, names: set[str]
) -> None:
    found = found_by(seller, OrderFilter(customer=customer))
    assert {each.order.buyer.name for each in found} == names


def test_the_beginning_of_an_order_number_is_found_in_small_letters_too(seller: Account) -> None:
    assert numbers(found_by(seller, OrderFilter(q="so-017"))) == numbers(
        found_by(seller, OrderFilter(q="SO-017"))
    )
    assert len(found_by(seller, OrderFilter(q="so-017"))) == 10
    assert found_by(seller, OrderFilter(q="O-017")) == []


def test_a_text_that_matches_nothing_finds_nothing(seller: Account) -> None:
    assert found_by(seller, OrderFilter(customer="nobody")) == []
    assert found_by(seller, OrderFilter(q="nothing")) == []


def test_blank_filters_are_no_filters(seller: Account) -> None:
    blank = OrderFilter(status="", customer=" ", q="\t")
    assert blank == OrderFilter()
    assert len(found_by(seller, blank)) == COUNT


@pytest.mark.parametrize(
    "wanted",
    [
        {"status": "open"},
        {"customer": "a\0b"},
        {"q": "\ud800"},
        {"q": "x" * 201},
        {"date_from": date(2026, 3, 2), "date_to": date(2026, 3, 1)},
    ],
)
def test_an_invalid_filter_is_refused(wanted: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        OrderFilter(**wanted)  # type: ignore[arg-type]
    assert refused.value.code == "invalid_filter"


@pytest.mark.parametrize("q", ["\U0010ffff", "\ud7ff", "SO-\U0010ffff", "~", "'", "--", ";"])
def test_any_character_may_be_searched_for(seller: Account, q: str) -> None:
    assert found_by(seller, OrderFilter(q=q)) == []


def test_an_order_shows_its_amounts_and_its_invoice(seller: Account) -> None:
    (invoiced,) = found_by(seller, OrderFilter(status="invoiced"))
    assert invoiced.order.order_number == FIRST_INVOICED
    assert invoiced.invoice_id is not None
    assert invoiced.order.invoice_number is not None
    assert invoiced.totals is not None
    assert (str(invoiced.totals.net), str(invoiced.totals.gross)) == ("25.00", "29.75")
    with org_transaction(seller.organization_id) as session:
        assert get_order(session, invoiced.order.id) == invoiced


def test_an_order_in_an_unknown_currency_has_no_amounts(seller: Account) -> None:
    another = new_account("gamma")
    import_bytes(another.organization_id, orders_file([row(currency="ZZZ")]))
    (found,) = found_by(another, OrderFilter())
    assert found.totals is None


@pytest.mark.parametrize("order_id", [0, -1, 10**9, 2**63, 10**30])
def test_an_order_that_is_not_there_is_not_found(seller: Account, order_id: int) -> None:
    with org_transaction(seller.organization_id) as session, pytest.raises(NotFound):
        get_order(session, order_id)


def test_another_organizations_order_is_not_found(seller: Account) -> None:
    with org_transaction(seller.organization_id + 1) as session:
        theirs = search_orders(session, OrderFilter(), limit=1).items[0].order.id
    with org_transaction(seller.organization_id) as session, pytest.raises(NotFound):
        get_order(session, theirs)
