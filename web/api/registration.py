"""The views that make up the JSON API."""

from __future__ import annotations

from flask import Flask

from web.api import (
    audit_log,
    batch_jobs,
    changes,
    customers,
    failed_orders,
    import_mappings,
    imports,
    invoices,
    jobs_control,
    order_changes,
    order_import,
    order_mending,
    orders,
    organization,
    reconciliation,
    sessions,
)
from web.api.mapping_names import MappingName
from web.api.openapi import document
from web.operations import health, metrics


def register_api(app: Flask) -> None:
    """Adds the API and the operators' addresses to the application."""
    app.url_map.converters["mapping"] = MappingName
    for topic in (
        batch_jobs,
        jobs_control,
        reconciliation,
        failed_orders,
        audit_log,
        changes,
        sessions,
        orders,
        order_mending,
        order_changes,
        order_import,
        customers,
        organization,
        imports,
        import_mappings,
        invoices,
        document,
        health,
        metrics,
    ):
        app.register_blueprint(topic.views)
