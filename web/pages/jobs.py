"""Batch jobs: the list, one job with its orders, and its card alone."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from models.accounts.audit_search import list_acts
from models.accounts.users import user_emails
from models.database import org_transaction
from models.jobs.failed_orders import failures_by_code
from models.jobs.item_search import list_items
from models.jobs.reconciliation import reconciliation_of
from models.jobs.search import count_jobs, get_job, list_jobs
from models.jobs.status import ItemStatus, JobStatus
from models.jobs.transitions import RETRYABLE
from web.auth import current_account, login_required
from web.pages.counting import COUNTED, count_of
from web.pages.filters import item_filter, job_filter
from web.pages.job_card import load_card
from web.pages.paging import page_links

ACTS_SHOWN = 50

pages = Blueprint("jobs", __name__, url_prefix="/jobs")


@pages.get("")
@login_required
def index() -> str:
    """All jobs, or those of one status, newest first."""
    status, findings = job_filter()
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        page = list_jobs(session, status=status, after=request.args.get("cursor"))
        total = count_of(page, lambda bound: count_jobs(session, status=status, at_most=bound))
        authors = user_emails(session, [job.created_by for job in page.items])
    return render_template(
        "jobs/list.html",
        jobs=page.items,
        total=total,
        count_url=url_for("jobs.count", status=status),
        count_bound=COUNTED,
        status=status,
        findings=findings,
        statuses=list(JobStatus),
        authors=authors,
        links=page_links(page.next_cursor),
    )


@pages.get("/count")
@login_required
def count() -> Response:
    """The exact number of jobs in the list."""
    status, _ = job_filter()
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        return jsonify(total=count_jobs(session, status=status))


@pages.get("/<uuid:job_id>")
@login_required
def show(job_id: UUID) -> str:
    """One job: its card and how each of its orders ended."""
    status, reason, findings = item_filter()
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        card = load_card(session, get_job(session, job_id))
        page = list_items(
            session,
            job_id,
            status=status,
            error_code=reason,
            after=request.args.get("cursor"),
        )
        failed = card.job.failed_items and status in (None, ItemStatus.FAILED)
        failures = failures_by_code(session, job_id) if failed else ()
    return render_template(
        "jobs/show.html",
        card=card,
        items=page.items,
        failures=failures,
        retryable=card.job.status in RETRYABLE,
        status=status,
        reason=reason,
        findings=findings,
        links=page_links(page.next_cursor),
        hide_job_cards=True,
    )


@pages.get("/<uuid:job_id>/reconciliation")
@login_required
def reconciliation(job_id: UUID) -> str:
    """The reconciliation and history of a job, which its page loads separately."""
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        found = reconciliation_of(session, get_job(session, job_id))
        acts = list_acts(session, job_id=job_id, limit=ACTS_SHOWN).items
    return render_template("jobs/reconciliation.html", found=found, acts=acts)


@pages.get("/<uuid:job_id>/card")
@login_required
def card(job_id: UUID) -> str:
    """The card alone, which a page loads when the job's status changes."""
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        loaded = load_card(session, get_job(session, job_id))
    return render_template("jobs/card.html", card=loaded)
