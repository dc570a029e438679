"""The mapping step of an import: which column of its file feeds which of ours."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.database import org_transaction
from models.invoicing.tax_category import TAX_CATEGORIES
from models.order_import.mapping.findings import FILLED, NEEDED, PRICES
from models.order_import.mapping.mapping import ZERO_RATES, Mapping
from models.order_import.mapping.presets import PRESETS
from models.order_import.mapping.saved_mappings import list_mappings
from models.order_import.runs.mapping_step import propose_for_run
from models.order_import.runs.search import find_run
from models.order_import.runs.status import ImportStatus
from web.auth import current_account, login_required

pages = Blueprint("import_mapping", __name__, url_prefix="/imports")

GROUPS: Final = {
    "Order": ("order_number", "order_date", "currency", "expected_gross", "status"),
    "Buyer": ("customer_number", "customer_name", "customer_email", "street", "postal_code",
              "city", "country", "vat_id"),
    "Line": ("quantity", "unit_price", "unit_price_gross", "description", "sku", "unit",
             "discount_percent", "tax_percent", "tax_category", "line_number"),
}  # fmt: skip
"""The columns that a person maps; rows with allowances and charges come from presets."""
JOINED: Final = ("customer_name", "street")
SHOWN: Final = ("order_number", "order_date", "customer_number", "customer_name", "country",
                "description", "quantity", "unit_price", "unit_price_gross",
                "tax_percent")  # fmt: skip
"""The columns of the preview."""


@pages.get("/<uuid:import_id>/mapping")
@login_required
def show(import_id: UUID) -> str | Response:
    """The guess as a form; an import that waits for nothing shows itself."""
    organization_id = current_account().organization_id
    with org_transaction(organization_id) as session:
        run = find_run(session, import_id).run
        saved = [each.name for each in list_mappings(session)]
    if run.status != ImportStatus.NEEDS_MAPPING:
        return redirect(url_for("import_pages.show", import_id=import_id))
    proposal = propose_for_run(organization_id, import_id)
    preset = proposal.name if proposal.kind == "preset" else ""
    mapping = proposal.mapping or Mapping(preset=preset)
    used = {source for sources in mapping.columns.values() for source in sources}
    return render_template(
        "imports/mapping.html",
        run=run,
        proposal=proposal,
        mapping=mapping,
        unused=[column.label for column in proposal.columns if column.label not in used],
        groups=GROUPS,
        needed=(*NEEDED, *PRICES),
        joined=JOINED,
        shown=SHOWN,
        saved=saved,
        presets=PRESETS,
        filled=FILLED,
        zero_rates=[TAX_CATEGORIES[code] for code in ZERO_RATES],
    )
