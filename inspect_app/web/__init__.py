"""Pages and the programming interface, one module per audience."""

from __future__ import annotations

from flask import Flask

from ..services import Services


def add_web(app: Flask, services: Services) -> None:
    """Register every blueprint, the access guard and what all templates share."""
    from . import access, admin, api, auth, checklists, errors, field, headers, index, inspections, review, templating

    access.guard(app)
    errors.handle(app)
    headers.add_headers(app)
    templating.add_helpers(app, services)
    for module in (auth, api, field, inspections, review, index, checklists, admin):
        app.register_blueprint(module.blueprint)
