"""The command line, ``flask --app inspect_app …``: one module per noun."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask

from ..founding import AnotherBeside, NoInstallation
from ..services.checklists.reading import ChecklistsInvalid
from ..services.forms import FormUnreadable
from ..settings import SettingsError
from ..store import StoreAway, StoreDamaged, StoreUnfit
from ..usable import said
from .shared import CannotOpen

_REFUSALS = (
    *(SettingsError, ChecklistsInvalid, FormUnreadable, AnotherBeside, NoInstallation),
    *(StoreDamaged, StoreAway, StoreUnfit),
)
"""What keeps an installation from being opened, each with its sentence."""


def add_commands(app: Flask) -> None:
    """Register every command."""
    from . import backup, check, cleaning, doctor, keys, objects, service, store, version
    from .accounts import devices, tokens, units, users
    from .cases import cases, retention
    from .checklists import checklists, editions  # noqa: F401, it adds its commands to those of checklists
    from .evidence import audit, photos
    from .index import figures, index, scheme
    from .inspecting import inspections
    from .place import areas, export, sites
    from .plan import plan
    from .store_copy import copy_command  # noqa: F401, with the commands that it adds to those of store
    from .zones import zones

    for group in (
        users.users,
        units.units,
        cases.cases,
        retention.retention,
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
        scheme.scheme,
        store.store,
        objects.objects,
        backup.backup,
        index.index,
        doctor.doctor,
        check.check,
        keys.keys,
        version.version,
        service.service,
    ):
        cleaning.clean_texts(group)
        app.cli.add_command(group)


def opened_for_a_command(opened: Callable[[bool, bool], Flask]) -> Flask:
    """The application, which ``opened`` gives; it is told whether a command asks, and whether for pages, too.

    Where something keeps it from opening, a command ends with a sentence and exit code 1 as soon as it asks for
    anything kept (``shared.services``); what only tells of the commands, as ``--help``, goes on.
    """
    context = click.get_current_context(silent=True)
    # One of Flask's own, as ``run`` or ``routes``, has a context inside that of the line; ours are looked for in it.
    ours = context is not None and context.parent is None
    try:
        return opened(context is not None, not ours)
    except _REFUSALS as error:
        return _closed(context, error, str(error))
    except OSError as error:
        return _closed(context, error, said(error))


def _closed(context: click.Context | None, error: Exception, sentence: str) -> Flask:
    if context is None:
        raise error
    if context.parent:  # one of Flask's own, as ``run``
        raise click.ClickException(sentence) from error
    app = Flask("inspect_app", static_folder=None)
    app.extensions["inspect"] = CannotOpen(sentence)
    add_commands(app)
    return app
