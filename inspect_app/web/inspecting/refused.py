"""What is refused of somebody who is signed in lies with the office all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import Response, g, request

from ...collections import Kept
from ...domain.inspecting.held_import import LEFT_OUT, PHONE, UNREADABLE, HeldImport
from ...domain.problems import Problem
from ...services.inspecting.holding import LARGEST, hold_refused, left_out_problem
from ..context import now, services, user
from ..errors import problem_answer


def held_too(
    id: str, raw: object, problems: Sequence[Problem], *, phone_now: datetime | None = None, origin: str = PHONE
) -> Kept[HeldImport] | None:
    """What is refused for these reasons as the office has it; None where it cannot: see ``hold_refused``."""
    return hold_refused(services(), user(), id, raw, problems, now(), phone_now=phone_now, origin=origin)


def hold_form(id: str, raw: Mapping[str, object], problems: Sequence[Problem], *, origin: str = PHONE) -> None:
    """As ``held_too``, of a form sent without JavaScript; the page says so. An empty one is worth nothing."""
    is_filled = any(raw.get(name) for name in ("answers", "photos", "note"))
    g.is_held = is_filled and held_too(id, raw, problems, origin=origin) is not None


def refused_answer(
    status: int, problems: Sequence[Problem], held: Kept[HeldImport] | None, missing: Sequence[str] = ()
) -> Response:
    """What is wrong, whether the office has it all the same, and what it said about it where it has decided."""
    left_out = [left_out_problem(held.value)] if held and held.value.decision == LEFT_OUT else []
    return problem_answer(status, [*left_out, *problems], missing=list(missing), held=held is not None)


def unreadable_answer(id: str, problem: Problem, origin: str = PHONE) -> Response:
    """The answer to a body that is no JSON; the office has it as the text that came."""
    body = request.get_data()
    raw = {UNREADABLE: body.decode(errors="replace")} if 0 < len(body) <= LARGEST else None
    return refused_answer(422, [problem], held_too(id, raw, [problem], origin=origin))
