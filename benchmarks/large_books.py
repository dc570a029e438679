"""The database with 1,000,000 invoices that several rows are measured on."""

from functools import cache

from benchmarks.filling import fill_invoiced
from benchmarks.services import Database, Organization, Site

INVOICES = 1_000_000


@cache
def large_books(site: Site) -> tuple[Database, Organization]:
    """One organisation with that many invoiced orders; filled at first use, once per run.

    Rows may add to it, and must not assume that they are the only ones.
    """
    database = site.new_database()
    organization = database.organization("large")
    fill_invoiced(database, organization.id, INVOICES, analyze=True)
    return database, organization
