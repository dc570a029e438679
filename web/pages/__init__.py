"""The pages for people: thin views that parse, call and return."""

from __future__ import annotations

from flask import Flask, g

from web.auth import switchable_accounts
from web.formatting import register_filters
from web.pages import (
    choices,
    import_mapping,
    imports,
    invoices,
    jobs,
    orders,
    saved_mappings,
    sessions,
    sign_in,
)
from web.pages.job_card import job_cards


def register_pages(app: Flask) -> None:
    """Adds the pages, and what their templates use, to the application."""
    for topic in (
        sign_in,
        sessions,
        orders,
        choices,
        invoices,
        jobs,
        imports,
        import_mapping,
        saved_mappings,
    ):
        app.register_blueprint(topic.pages)
    register_filters(app)
    # Templates use only what was already looked up: an error page must not need the database.
    app.context_processor(
        lambda: {
            "account": g.get("account"),
            "accounts": switchable_accounts(),
            "job_cards": job_cards,
        }
    )
