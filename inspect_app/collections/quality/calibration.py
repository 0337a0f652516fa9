"""Rounds of calibration, and what each inspector judged, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...domain.quality.calibration import Judging, Question, Round
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def judging_id(round: str, inspector: str) -> str:
    """The id of what an inspector judged in a round: there is one, for good."""
    return f"{round}-{inspector}"


def _read(id: str, document: Mapping[str, Any]) -> Round:
    closed_at = document["closed_at"]
    return Round(
        title=document["title"],
        questions=tuple(_question(one) for one in document["questions"]),
        by=document["by"],
        opened_at=instant_of(document["opened_at"]),
        closed_by=document["closed_by"],
        closed_at=instant_of(closed_at) if closed_at else None,
    )


def _question(raw: Mapping[str, Any]) -> Question:
    return Question(**{**raw, "grades": dict(raw["grades"])})


def _write(round: Round) -> Document:
    # Pairs: an object's names have no order that a store must keep, and grades have one.
    questions = [{**asdict(one), "grades": [list(pair) for pair in one.grades.items()]} for one in round.questions]
    return {
        "title": round.title,
        "questions": questions,
        "by": round.by,
        "opened_at": utc_text(round.opened_at),
        "closed_by": round.closed_by,
        "closed_at": utc_text(round.closed_at) if round.closed_at else None,
        "state": "open" if round.is_open else "closed",
    }


def _read_judging(id: str, document: Mapping[str, Any]) -> Judging:
    grades, at = tuple(document["grades"]), instant_of(document["at"])
    return Judging(document["round"], document["inspector"], grades, at)


def _write_judging(judging: Judging) -> Document:
    return {**asdict(judging), "grades": list(judging.grades), "at": utc_text(judging.at)}


def _without_source(document: Document) -> Document:
    """Version 1 did not say of which photo a picture was made."""
    return {**document, "questions": [{"owner": "", "source": "", **one} for one in document["questions"]]}


CALIBRATION_ROUNDS: Collection[Round] = Collection(
    "calibration_rounds", _read, _write, by=("state",), version=2, upgrades=(_without_source,)
)
"""Rounds under ids of chance."""

CALIBRATION_JUDGINGS: Collection[Judging] = Collection(
    "calibration_judgings", _read_judging, _write_judging, by=("round", "inspector")
)
"""What each inspector judged in each round; nobody sees another's before the round is closed."""
