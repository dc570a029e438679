"""The database with 1,000,000 invoices on which several rows are measured."""

from functools import cache

from benchmarks.filling import fill_invoiced
from benchmarks.services import Database, Organization, Site

INVOICES = 1_000_000


@cache
def large_books(site: Site) -> tuple[Database, Organization]:
    """One organisation with that many invoiced orders, filled at the first call of a run.

    Several benchmarks add orders to it, so none may rely on the exact number.
    """
    database = site.new_database()
    organization = database.organization("large")
    fill_invoiced(database, organization.id, INVOICES, analyze=True)
    return database, organization
