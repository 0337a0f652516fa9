"""Pages and the programming interface, one module per audience."""

from __future__ import annotations

from flask import Flask
from flask_compress import Compress

from ..services import Services


def add_web(app: Flask, services: Services) -> None:
    """Register every blueprint, the access guard and what all templates share."""
    from . import (
        access,
        clean_request,
        errors,
        headers,
        health,
        library_files,
        metrics,
        own_address,
        pictures,
        request_log,
        static_files,
        status,
        strict_json,
        templating,
        trust,
    )
    from .accounts import accounts, auth, codes, devices, jobs, own, units
    from .cases import blanking, exposure, figures, office, unit, years
    from .checklists import pages as checklists
    from .evidence import captions, desk, inspections, redaction, references, reuse, review
    from .index import charts, comparing, embedding, industries, publication, revising, schemes, signing
    from .index import pages as index
    from .inspecting import adhoc, api, correcting, denials, field, held, last_visit, outbox, phone, unsent
    from .place import areas, exchange, map, site_shape, sites, sites_import
    from .plan import own_missed, validation
    from .plan import pages as plan
    from .plan import published as draws
    from .quality import calibration
    from .quality import pages as quality

    if services.settings.log:
        request_log.log_requests(app)
    if services.settings.metrics_token:
        _count(app)
    strict_json.read_json_strictly(app)
    clean_request.clean_requests(app)
    access.guard(app)
    own_address.redirect_within(app)
    errors.handle(app)
    headers.add_headers(app)
    templating.add_helpers(app, services)
    pictures.name_pictures(app, services)
    Compress(app)
    rooms = (
        (static_files, library_files, trust, health, metrics, status),
        (accounts, auth, codes, devices, jobs, own, units),
        (areas, exchange, map, site_shape, sites, sites_import),
        (checklists,),
        (captions, desk, inspections, redaction, references, reuse, review),
        (adhoc, api, correcting, denials, field, held, last_visit, outbox, phone, unsent),
        (own_missed, plan, draws, validation),
        (charts, comparing, embedding, index, industries, publication, revising, schemes, signing),
        (quality, calibration),
        (blanking, exposure, figures, office, unit, years),
    )
    for module in (module for room in rooms for module in room):
        app.register_blueprint(module.blueprint)


def _count(app: Flask) -> None:
    from .counting import Counts, count_requests, have_room_for_counts

    have_room_for_counts()
    app.extensions["counts"] = Counts()
    count_requests(app, app.extensions["counts"])
