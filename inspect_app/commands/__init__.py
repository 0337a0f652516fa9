"""The command line, ``flask --app inspect_app …``: one module per noun."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask

from ..founding import AnotherBeside
from ..services.checklists.reading import ChecklistsInvalid
from ..services.forms import FormUnreadable
from ..settings import SettingsError
from ..store import StoreDamaged
from ..usable import said


def add_commands(app: Flask) -> None:
    """Register every command."""
    from . import check, cleaning, doctor, store
    from .accounts import devices, tokens, units, users
    from .cases import cases
    from .checklists import checklists, editions  # noqa: F401, it adds its commands to those of checklists
    from .evidence import audit, photos
    from .index import figures, index, scheme
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
        scheme.scheme,
        store.store,
        index.index,
        doctor.doctor,
        check.check,
    ):
        cleaning.clean_texts(group)
        app.cli.add_command(group)


@contextmanager
def said_by_a_command() -> Iterator[None]:
    """Where a command runs, what keeps the application from opening ends it with a sentence and exit code 1."""
    try:
        yield
    except (SettingsError, ChecklistsInvalid, FormUnreadable, StoreDamaged, AnotherBeside) as error:
        _end(error, str(error))
        raise
    except OSError as error:
        _end(error, said(error))
        raise


def _end(error: Exception, sentence: str) -> None:
    if click.get_current_context(silent=True):
        raise click.ClickException(sentence) from error
