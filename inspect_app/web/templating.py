"""What every template may use."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from ..domain.accounts.permissions import Permission, Role
from ..domain.cases.working_time import guess_words, time_left
from ..domain.checklists.checklist import Checklist, Item
from ..domain.checklists.method import Blank
from ..domain.checklists.methods import method_of
from ..domain.checklists.scoring import format_rate
from ..domain.checklists.words import METHOD_LABELS, PHOTO_LABELS
from ..domain.evidence.marks import Mark, mark_to_json
from ..domain.evidence.photo import capture_words, no_fix_words, original_words
from ..domain.evidence.signals import duration_words
from ..domain.evidence.turns import turned_marks
from ..domain.index.composites import composite_text
from ..domain.index.plausibility_figure import plausibility_text
from ..domain.inspecting.clock import CORRECTIONS
from ..domain.inspecting.denial import FOUND
from ..domain.inspecting.inspection import DECISIONS, REVIEW_ACTS, STATES
from ..domain.inspecting.kinds import KINDS
from ..domain.inspecting.presence import PRESENCES, REASONS
from ..domain.numbers import signed_text
from ..domain.plan.validation import validation_text
from ..domain.quality.visit_signals import VISIT_SIGNALS
from ..domain.text import isolated
from ..domain.weeks import instant_from, title
from ..services import Services
from ..services.demonstration import is_demonstration
from ..services.evidence.turning import quarters_of
from ..services.place.register import area_tree
from .badges import overdue_badge
from .context import may, now, visitor
from .disk_warning import disk_warning
from .own_address import lasting_id, own_address
from .static_files import asset, preloads
from .times import field_of_instant


def add_helpers(app: Flask, services: Services) -> None:
    """Filters ``rate``, ``local_time``, ``metres`` …, words for evidence; globals ``asset``, ``visitor`` …"""
    timezone = services.settings.timezone
    compiled = services.settings.data / "templates"
    compiled.mkdir(mode=0o700, exist_ok=True)
    # Compiling its templates is most of what the first page after a start takes.
    app.jinja_env.finalize = _finalized
    app.jinja_env.bytecode_cache = _Compiled(str(compiled))

    def marks_data(marks: Sequence[Mark], sha256: str) -> list[dict[str, object]]:
        """The marks of a photo as they lie on it as it is shown."""
        return [mark_to_json(mark) for mark in turned_marks(marks, quarters_of(services.store, sha256))]

    def local_time(value: str | datetime, form: str = "%Y-%m-%d %H:%M") -> str:
        instant = instant_from(value) if isinstance(value, str) else value
        return instant.astimezone(timezone).strftime(form) if instant else "—"

    def visit_time(value: str | datetime, form: str = "%Y-%m-%d %H:%M") -> str:
        """As ``local_time``, of a visit: the day alone for whoever is not to know who inspected."""
        whole = may(Permission.INSPECTOR_SEE) or may(Permission.INSPECTION_SEND)
        return local_time(value, form if whole else form.partition(" %H")[0])

    app.jinja_env.filters.update(
        visit_time=visit_time, validation_text=validation_text, plausibility_text=plausibility_text
    )
    app.jinja_env.filters.update(signed=signed_text, composite=composite_text)
    app.jinja_env.filters.update(rate=format_rate, local_time=local_time, metres=metres, week_title=title)
    app.jinja_env.filters.update(marks_data=marks_data)
    app.jinja_env.filters.update(duration=duration_words)
    app.jinja_env.filters.update(capture_words=capture_words, no_fix_words=no_fix_words, original_words=original_words)
    app.jinja_env.filters.update(instant_field=field_of_instant)
    app.jinja_env.filters.update(rule_words=rule_words, blanks=blanks, method_modules=method_modules)

    def left(deadline: datetime) -> str:
        return time_left(services.library.deadlines.office(timezone), deadline, now())

    app.jinja_env.filters.update(time_left=left, guess_words=guess_words)

    @app.context_processor
    def shared() -> dict[str, object]:
        return {
            "visitor": visitor(),
            "city": services.settings.city,
            "demonstration": is_demonstration(services.store),
            "asset": asset,
            "own_address": own_address,
            "lasting_id": lasting_id,
            "preloads": preloads,
            "KINDS": KINDS,
            "STATES": STATES,
            "PRESENCES": PRESENCES,
            "PRESENCE_REASONS": REASONS,
            "DENIAL_FOUND": FOUND,
            "CLOCK_CORRECTIONS": CORRECTIONS,
            "VISIT_SIGNALS": VISIT_SIGNALS,
            "DECISIONS": DECISIONS,
            "REVIEW_ACTS": REVIEW_ACTS,
            "Role": Role,
            "Permission": Permission,
            "may": may,
            "scoped": _scoped(services),
            "more_tabs": [("case_figures.show", "统计"), ("exposure.office", "公开曝光")],
            "overdue_badge": overdue_badge,
            "disk_warning": disk_warning,
            "METHOD_LABELS": METHOD_LABELS,
            "PHOTO_LABELS": PHOTO_LABELS,
        }


def _finalized(value: object) -> object:
    """What a template puts out: texts that run to the left are isolated from what is around them."""
    return isolated(value) if type(value) is str else value


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates; what a full disk does not take is compiled anew."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def rule_words(item: Item) -> str:
    """How an item is scored, in Chinese."""
    return method_of(item).describe(item.rule)


def method_modules(checklist: Checklist) -> list[str]:
    """The phone's modules of the methods that a checklist's items have."""
    return [f"js/checklists/methods/{name}.js" for name in dict.fromkeys(item.method for item in checklist.items)]


def blanks(item: Item) -> Sequence[Blank]:
    """What is filled in for an item on a printed form."""
    return method_of(item).paper(item.rule)


def _scoped(services: Services) -> str:
    """The names of the areas that the visitor is held to; empty where that is none."""
    user = visitor()
    tree = area_tree(services.store) if user and user.scope else None
    return "、".join(tree.full_name(code) for code in user.scope) if user and tree else ""


def metres(value: float | None) -> str:
    """A distance for readers: ``8米``, ``1.2公里``, ``—``."""
    if value is None:
        return "—"
    return f"{value:.0f}米" if value < 1000 else f"{value / 1000:.1f}公里"
