"""What the fields of an order can be chosen from, as a fragment that the side panel loads."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from models.invoicing.currency import MINOR_UNITS
from models.invoicing.tax_category import TAX_CATEGORIES
from web.auth import login_required
from web.countries import COUNTRY_NAMES
from web.formatting import UNIT_WORDS

# An order becomes `invoiced` only by its invoice.
STATUSES = ("draft", "confirmed", "cancelled")

pages = Blueprint("choices", __name__, url_prefix="/choices")


@pages.get("")
@login_required
def index() -> Response:
    """Lists of units, countries, currencies, tax categories and statuses."""
    fragment = render_template(
        "orders/choices.html",
        units=UNIT_WORDS,
        countries=COUNTRY_NAMES,
        currencies=sorted(MINOR_UNITS),
        tax_categories=TAX_CATEGORIES.values(),
        statuses=STATUSES,
    )
    return make_response(fragment)
