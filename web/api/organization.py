"""The organisation as the seller on its invoices: show, check and change."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response

from models.accounts.seller import (
    CheckedSeller,
    check_seller,
    mend_seller,
    read_seller,
    refuse_member,
)
from models.errors import ChangedMeanwhile, NotAllowed
from models.orders.mending.one_order import UNREADABLE
from web.api.if_match import IF_MATCH, seen_state
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.base import Finding
from web.api.schemas.organization import SellerCheck, SellerShape
from web.auth import current_account, current_author, require_account
from web.requests.mending import SellerChange
from web.requests.parsing import read_body

views = Blueprint("organization_api", __name__, url_prefix="/api/organization")
views.before_request(require_account)


@views.get("")
@describe(
    Operation(
        "organization_api_show",
        "What invoices say of the organisation.",
        answer=SellerShape,
        tagged=True,
    )
)
def show() -> Response:
    """As the next invoice has it."""
    found = read_seller(current_account().organization_id)
    return answer(_shape(found), tag=found.state)


@views.patch("")
@describe(
    Operation(
        "organization_api_change",
        "Change what invoices say of the organisation, as an admin; orders that could not be "
        "invoiced because of it are checked again within a minute.",
        body=SellerChange,
        answer=SellerShape,
        tagged=True,
        headers=(IF_MATCH,),
        refuses=(NotAllowed, UNREADABLE),
    )
)
def change() -> Response:
    """Issued invoices stay as they are."""
    account, seen = current_account(), seen_state()
    refuse_member(account.role)
    given = read_body(SellerChange).given()
    try:
        mended = mend_seller(account.organization_id, given, current_author(), state=seen)
    except ChangedMeanwhile as error:
        if isinstance(error.current, CheckedSeller):
            error.current = _shape(error.current).model_dump(mode="json")
        raise
    return answer(_shape(mended), tag=mended.state)


@views.post("/check")
@describe(
    Operation(
        "organization_api_check",
        "Check a change of the organisation, as an admin; writes nothing.",
        body=SellerChange,
        answer=SellerCheck,
        refuses=(NotAllowed,),
    )
)
def check() -> Response:
    """What it would be."""
    account = current_account()
    refuse_member(account.role)
    checked = check_seller(account.organization_id, read_body(SellerChange).given())
    findings = [Finding.model_validate(each) for each in checked.findings]
    return answer(SellerCheck(organization=_shape(checked), findings=findings))


def _shape(seller: CheckedSeller) -> SellerShape:
    may_change = current_account().role == "admin"
    return SellerShape.model_validate(asdict(seller.details) | {"may_change": may_change})
