"""Pages and the programming interface, one module per audience."""

from __future__ import annotations

from flask import Flask
from flask_compress import Compress

from ..services import Services


def add_web(app: Flask, services: Services) -> None:
    """Register every blueprint, the access guard and what all templates share."""
    from . import (
        access,
        adhoc,
        admin,
        api,
        areas,
        auth,
        case_figures,
        cases,
        charts,
        checklists,
        codes,
        desk,
        devices,
        embedding,
        errors,
        exchange,
        exposure,
        field,
        headers,
        index,
        inspections,
        library_files,
        map,
        outbox,
        phone,
        plan,
        publication,
        quality,
        redaction,
        review,
        site_shape,
        sites,
        sites_import,
        static_files,
        templating,
        trust,
        unit,
        units,
    )

    access.guard(app)
    errors.handle(app)
    headers.add_headers(app)
    templating.add_helpers(app, services)
    Compress(app)
    for module in (
        static_files,
        library_files,
        auth,
        devices,
        api,
        field,
        adhoc,
        phone,
        outbox,
        inspections,
        review,
        desk,
        redaction,
        index,
        publication,
        charts,
        embedding,
        plan,
        quality,
        case_figures,
        exposure,
        cases,
        unit,
        exchange,
        checklists,
        admin,
        units,
        areas,
        site_shape,
        map,
        sites,
        sites_import,
        codes,
        trust,
    ):
        app.register_blueprint(module.blueprint)
