"""The saved mappings of columns, and the presets: listed, renamed, completed, deleted."""

from __future__ import annotations

from flask import Blueprint, render_template

from models.database import org_transaction
from models.invoicing.tax_category import TAX_CATEGORIES
from models.order_import.mapping.findings import FILLED
from models.order_import.mapping.mapping import ZERO_RATES, mapping_of
from models.order_import.mapping.presets import PRESETS
from models.order_import.mapping.saved_mappings import list_mappings
from web.auth import current_account, login_required

pages = Blueprint("saved_mappings", __name__, url_prefix="/imports/mappings")


@pages.get("")
@login_required
def index() -> str:
    """All of them: there are at most 200."""
    with org_transaction(current_account().organization_id) as session:
        saved = [(row, mapping_of(row.mapping)) for row in list_mappings(session)]
    return render_template(
        "imports/mappings.html",
        saved=saved,
        presets=PRESETS,
        titles={preset.name: preset.title for preset in PRESETS},
        filled=FILLED,
        zero_rates=[TAX_CATEGORIES[code] for code in ZERO_RATES],
    )
