"""The JSON API: thin views that parse, call and return."""

from __future__ import annotations

from flask import Flask

from web.api import system


def register_api(app: Flask) -> None:
    """Adds the API and the operators' addresses to the application."""
    app.register_blueprint(system.views)
