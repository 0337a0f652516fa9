"""The command line, ``flask --app inspect_app …``: one module per noun."""

from __future__ import annotations

from flask import Flask


def add_commands(app: Flask) -> None:
    """Register every command."""
    from . import check, cleaning, doctor, store
    from .accounts import devices, tokens, units, users
    from .cases import cases
    from .checklists import checklists, editions  # noqa: F401, it adds its commands to those of checklists
    from .evidence import audit, photos
    from .index import figures, index
    from .inspecting import inspections
    from .place import areas, export, sites
    from .plan import plan
    from .zones import zones

    for group in (
        users.users,
        units.units,
        cases.cases,
        tokens.token,
        devices.devices,
        areas.areas,
        sites.sites,
        checklists.checklists,
        photos.photos,
        audit.audit,
        inspections.inspections,
        zones.zones,
        export.export,
        plan.plan,
        figures.figures,
        store.store,
        index.index,
        doctor.doctor,
        check.check,
    ):
        cleaning.clean_texts(group)
        app.cli.add_command(group)
