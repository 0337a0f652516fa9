"""The command line, ``flask --app inspect_app …``: one module per noun."""

from __future__ import annotations

from flask import Flask


def add_commands(app: Flask) -> None:
    """Register every command."""
    from . import (
        areas,
        audit,
        cases,
        checklists,
        devices,
        export,
        figures,
        index,
        inspections,
        photos,
        plan,
        sites,
        tokens,
        units,
        users,
        zones,
    )

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
    ):
        app.cli.add_command(group)
    app.cli.add_command(index.index)
