"""明察暗访: field inspection of a city's streets, from the phone to the weekly civility index."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

# Before numpy is loaded: its matrices are small here, and threads of its own only wait for each other, busily, on
# processors that other requests want. Half the processor time of a national week was that.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from .founding import refuse_beside_another, refuse_nothing
from .private import be_private
from .settings import PROJECT, Settings, settings_from

if TYPE_CHECKING:
    from flask import Flask


def create_app(settings: Settings | None = None) -> Flask:
    """The application over one data folder; settings come from the environment where none are given.

    Raises ``SettingsError``, and as ``open_services``, each with a message in Chinese. Without settings it is a process
    of its own, a command or another server: it makes private files, and raises ``AnotherBeside`` where it would found
    an installation in a mistyped folder. A command founds none at all.
    """
    if settings is None:
        from .commands import opened_for_a_command

        be_private()
        return opened_for_a_command(_opened)
    from .domain.accounts.device import SESSION_LIFETIME
    from .web import add_web

    app = with_commands(settings)
    app.config.update(
        SECRET_KEY=app.extensions["inspect"].session_key,
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        PERMANENT_SESSION_LIFETIME=SESSION_LIFETIME,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        # A token lives as long as its session: a phone may be offline for hours between opening a form and sending it.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_I18N_ENABLED=False,
        # Static files are compressed by web.static_files, once.
        COMPRESS_MIMETYPES=["text/html", "application/json", "text/csv", "application/xml"],
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_MIN_SIZE=1024,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    add_web(app, app.extensions["inspect"])
    return app


def with_commands(settings: Settings) -> Flask:
    """The application without its pages, which take most of the time until a command begins."""
    from flask import Flask

    from .commands import add_commands
    from .services import open_services

    app = Flask("inspect_app", static_folder=None, template_folder=str(PROJECT / "templates"))
    app.extensions["inspect"] = open_services(settings)
    add_commands(app)
    return app


def _opened(is_command: bool, has_pages: bool) -> Flask:
    """The application by the environment, over a folder that may be founded, or is there."""
    chosen = settings_from()
    (refuse_nothing if is_command else refuse_beside_another)(chosen.data)
    return create_app(chosen) if has_pages else with_commands(chosen)
