"""Lists over a million orders and invoices: first page, a page far behind, and each filter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks.client import Person, p95
from benchmarks.filling import fill_orders
from benchmarks.large_books import INVOICES, large_books
from benchmarks.services import Database, Organization, Site
from benchmarks.table import Row, below
from models.lists.paging import encode_cursor

CONFIRMED = 100_000
TIMES = 20
TARGET_MS = 100
FAR = INVOICES * 7 // 10  # rows before the far page

_OFTEN, _SELDOM = (
    "SELECT customer_number FROM customers c JOIN orders o ON o.customer_id = c.id "
    f"WHERE c.organization_id = %s GROUP BY 1 ORDER BY count(*) {direction}, 1 LIMIT 1"
    for direction in ("DESC", "ASC")
)
_FAR_ROW = (
    "SELECT {date}, id FROM {table} WHERE organization_id = %s "
    "ORDER BY {date} DESC, id DESC OFFSET %s LIMIT 1"
)
_MIDDLE = "SELECT {column} FROM {table} WHERE organization_id = %s ORDER BY id OFFSET %s LIMIT 1"

Filter = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _List:
    """A list, which is both a page and in the API, and its filters."""

    name: str
    paths: tuple[str, str]
    all: Filter
    far: str
    filters: tuple[Filter, ...]

    def urls(self, narrowed: Filter) -> tuple[str, ...]:
        """The URLs of the page and of the API, which without a status lists all of them."""
        page, api = self.paths
        given = {**self.all, **narrowed}
        named = {name: text for name, text in given.items() if text}
        return f"{page}?{urlencode(given)}", f"{api}?{urlencode(named)}"


def measure(site: Site) -> Iterator[Row]:
    """Requests the page and the API's list with each filter, twenty times."""
    database, organization = large_books(site)
    fill_orders(database, organization.id, CONFIRMED)
    database.administer("VACUUM (ANALYZE) orders, order_lines, customers")
    site.settle()
    lists = [_orders(database, organization), _invoices(database, organization)]
    with site.processes(database, "web") as running:
        person = Person(running, organization)
        person.log_in(database, organization)
        for each in lists:
            yield _row(person, each, "first page", [{}])
            yield _row(person, each, f"page behind {FAR:,}", [{"cursor": each.far}])
            yield _row(person, each, f"{len(each.filters)} filters, the slowest", each.filters)
        person.close()


def _row(person: Person, of: _List, what: str, filters: tuple[Filter, ...] | list[Filter]) -> Row:
    slowest, label = 0.0, ""
    for narrowed in filters:
        for url in of.urls(narrowed):
            for _ in range(2):  # warms up both web processes
                person.get(url)
            seconds = p95([person.get(url) for _ in range(TIMES)])
            if seconds > slowest:
                slowest, label = seconds, url
    detail = f"p95 of {TIMES}" + (f"; {label.replace('|', '%7C')}" if len(filters) > 1 else "")
    what = f"List of {INVOICES:,} {of.name}, page and API: {what}"
    return below(what, slowest * 1000, TARGET_MS, "ms", detail)


def _orders(database: Database, organization: Organization) -> _List:
    one = organization.id
    ((day, id_),) = database.sql(_FAR_ROW.format(date="order_date", table="orders"), [one, FAR])
    middle = _MIDDLE.format(column="order_number", table="orders")
    ((number,),) = database.sql(middle, [one, INVOICES // 2])
    dates = {"from": "2025-03-01", "to": "2025-03-31"}
    ((often,),) = database.sql(_OFTEN, [one])
    return _List(
        "orders",
        ("/orders", "/api/orders"),
        {"status": ""},
        encode_cursor(day, id_),
        (
            {"status": "confirmed"},
            {"status": "invoiced"},
            {"status": "draft"},
            *_of_customers(database, one),
            dates,
            {"status": "invoiced", **dates},
            {"status": "draft", "customer": "Maier"},
            {"status": "invoiced", "customer": often, **dates},
            {"q": number},
            {"q": number[:-4]},
            {"q": number[:4]},
            {"q": number[:-4], "status": "invoiced", **dates},
            {"q": number[:-4], "customer": "Maier"},
            {"q": "tanaka"},
            {"q": "nothing"},
        ),
    )


def _invoices(database: Database, organization: Organization) -> _List:
    one = organization.id
    ((day, id_),) = database.sql(_FAR_ROW.format(date="issue_date", table="invoices"), [one, FAR])
    middle = _MIDDLE.format(column="number", table="invoices")
    ((number,),) = database.sql(middle, [one, INVOICES // 2])
    dates = {"from": "2025-03-01", "to": "2025-03-31"}
    ((often,),) = database.sql(_OFTEN, [one])
    return _List(
        "invoices",
        ("/invoices", "/api/invoices"),
        {},
        encode_cursor(day, id_),
        (
            *_of_customers(database, one),
            dates,
            {"customer": often, **dates},
            {"customer": "Maier", **dates},
            {"q": number},
            {"q": number[:-4]},
            {"q": number[:8]},
            {"q": number[:8], "customer": "Maier"},
            {"q": number[:-4], **dates},
            {"q": "SO-"},
            {"q": "tanaka"},
            {"q": "nothing"},
        ),
    )


def _of_customers(database: Database, organization_id: int) -> tuple[Filter, ...]:
    """By number, a customer with many orders and one with few; by name, some hundreds and all."""
    ((often,),) = database.sql(_OFTEN, [organization_id])
    ((seldom,),) = database.sql(_SELDOM, [organization_id])
    return tuple({"customer": text} for text in (often, seldom, "Maier", "a", "nobody"))
