"""What every template may use."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, url_for

from ..domain.checklist_words import METHOD_LABELS, PHOTO_LABELS
from ..domain.inspections import DECISIONS, STATES
from ..domain.scoring import format_rate
from ..domain.weeks import instant_from, title
from ..services import Services
from ..services.accounts import Role
from ..services.demonstration import is_demonstration
from .context import visitor


def add_helpers(app: Flask, services: Services) -> None:
    """Filters ``rate``, ``local_time``, ``metres``, ``week_title``; globals ``asset``, ``visitor``, ``STATES`` …"""
    timezone = services.settings.timezone

    def local_time(value: str | datetime, form: str = "%Y-%m-%d %H:%M") -> str:
        instant = instant_from(value) if isinstance(value, str) else value
        return instant.astimezone(timezone).strftime(form) if instant else "—"

    app.jinja_env.filters.update(rate=format_rate, local_time=local_time, metres=metres, week_title=title)

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {
            "visitor": visitor(),
            "city": services.settings.city,
            "demonstration": is_demonstration(services.store),
            "asset": asset,
            "STATES": STATES,
            "DECISIONS": DECISIONS,
            "Role": Role,
            "METHOD_LABELS": METHOD_LABELS,
            "PHOTO_LABELS": PHOTO_LABELS,
        }


def metres(value: float | None) -> str:
    """A distance for readers: ``8米``, ``1.2公里``, ``—``."""
    if value is None:
        return "—"
    return f"{value:.0f}米" if value < 1000 else f"{value / 1000:.1f}公里"


def asset(path: str) -> str:
    """The address of a static file, with a digest of its content so that a phone never shows an old one."""
    from flask import current_app

    return url_for("static", filename=path, v=_digest(Path(str(current_app.static_folder)) / path))


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
