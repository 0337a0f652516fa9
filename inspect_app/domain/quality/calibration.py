"""Calibration (校准): everybody judges the same photos and sites alone, and what that says of items and of inspectors.

Agreement on an item is Krippendorff's alpha of its grades as an ordinal scale (Krippendorff, Content Analysis, ch. 12;
below 0.667 he draws no conclusions, from 0.8 on firm ones); over items with scales of their own it is that of positions
on them, as an interval scale. Its interval is that of the questions, by leaving out each in turn, as in ``agreement``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from math import isnan, nan, sqrt
from statistics import fmean
from typing import Literal

import numpy as np

from ..index.observing import Values
from ..problems import Problem

LEAST_QUESTIONS, MOST_QUESTIONS = 3, 40
LEAST_FOR_INTERVAL = 5
"""With fewer questions than these nothing has an interval; with fewer than a round's least there is no alpha."""
LOW_ALPHA, LOW_SHARE = 0.667, 0.8
"""Below these an item is to be talked about: alpha, and the share that agrees with the key."""
EVERY = timedelta(days=92)
"""A quarter: a round that was opened longer ago is old."""
MOST_TITLE = 40
Level = Literal["ordinal", "interval"]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to judge: an item by a picture (its SHA-256) or at a site (its code), one of them empty.

    ``grades`` are the item's then, best first: key and label. ``key`` is the office's own judgement, empty where none.
    ``owner`` and ``source`` are the inspection or upload, and the photo, that the picture was made of: for the office.
    """

    checklist: str
    item: str
    text: str
    grades: Mapping[str, str]
    picture: str = ""
    site: str = ""
    site_name: str = ""
    key: str = ""
    owner: str = ""
    source: str = ""

    def position(self, grade: str) -> float:
        """Where a grade stands on its scale: 0 for the best, 1 for the worst."""
        keys = list(self.grades)
        return keys.index(grade) / max(1, len(keys) - 1)


@dataclass(frozen=True, slots=True)
class Round:
    """A round of calibration; open until ``closed_at``. Instants are UTC."""

    title: str
    questions: tuple[Question, ...]
    by: str
    opened_at: datetime
    closed_by: str = ""
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class Judging:
    """What one inspector judged, a grade for each question of the round in order, and when (UTC).

    The grade is empty of a question that was not theirs to judge: of a photo of their own visit.
    """

    round: str
    inspector: str
    grades: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Agreed:
    """How far all agree on some questions. ``same`` of ``asked`` judgements are the key's, where there is one.

    ``alike`` is the share of pairs of judges, over the questions, that chose the same grade; None of no pairs.
    """

    questions: int
    alike: float | None
    alpha: float | None
    low: float | None
    high: float | None
    same: int
    asked: int

    @property
    def share(self) -> float | None:
        """The share of judgements that are as the key has it; None without a key."""
        return self.same / self.asked if self.asked else None

    @property
    def is_low(self) -> bool:
        """Whether it is so little that it should be talked about."""
        if self.share is not None and self.share < LOW_SHARE:
            return True
        if self.alpha is not None:
            return self.alpha < LOW_ALPHA
        return self.alike is not None and self.alike < LOW_SHARE


@dataclass(frozen=True, slots=True)
class ItemAgreed:
    """The agreement on one item."""

    checklist: str
    item: str
    text: str
    agreed: Agreed


@dataclass(frozen=True, slots=True)
class Deviation:
    """How much more severe than the key, or than the others where there is none, one inspector judged.

    In hundredths of a scale, severe positive, with the 95 % interval where there are enough questions.
    """

    inspector: str
    points: float
    low: float | None
    high: float | None
    same: int
    asked: int


@dataclass(frozen=True, slots=True)
class Results:
    """What a closed round says."""

    judges: int
    overall: Agreed
    items: tuple[ItemAgreed, ...]
    deviations: tuple[Deviation, ...]


def round_problems(title: str, questions: Sequence[Question]) -> list[Problem]:
    """What is wrong with a round that is to be opened."""
    count, found = len(questions), list[Problem]()
    if not LEAST_QUESTIONS <= count <= MOST_QUESTIONS:
        found.append(
            Problem("calibration.count", details={"least": LEAST_QUESTIONS, "most": MOST_QUESTIONS, "count": count})
        )
    if not 0 < len(title) <= MOST_TITLE:
        found.append(Problem("calibration.title", details={"most": MOST_TITLE}))
    for number, one in enumerate(questions, start=1):
        if one.key and one.key not in one.grades:
            found.append(Problem("calibration.key", details={"number": number, "accepted": tuple(one.grades.values())}))
    return found


def judging_problems(round: Round, grades: Sequence[str], own: Collection[int] = ()) -> list[Problem]:
    """What is wrong with judgements: every question wants one of its grades, but the judge's ``own`` (from 0)."""
    if not round.is_open:
        return [Problem("calibration.closed")]
    pairs = enumerate(zip(round.questions, grades, strict=True), start=1)
    wanted = [(number, question, grade) for number, (question, grade) in pairs if number - 1 not in own]
    open_ones = tuple(str(number) for number, question, grade in wanted if grade not in question.grades)
    return [Problem("calibration.unanswered", details={"numbers": open_ones})] if open_ones else []


def is_due(opened: Iterable[datetime], now: datetime) -> bool:
    """Whether another round is due: none was opened within a quarter."""
    return all(now - one > EVERY for one in opened)


def results(round: Round, judgings: Sequence[Judging]) -> Results:
    """What a round says of its items, worst first, and of who judged, most severe first."""
    by_item: dict[tuple[str, str], list[int]] = {}
    for number, question in enumerate(round.questions):
        by_item.setdefault((question.checklist, question.item), []).append(number)
    items = [
        ItemAgreed(checklist, item, round.questions[of[0]].text, _agreed(round, judgings, of, "ordinal"))
        for (checklist, item), of in by_item.items()
    ]
    everything = range(len(round.questions))
    return Results(
        judges=len(judgings),
        overall=_agreed(round, judgings, everything, "interval"),
        items=tuple(sorted(items, key=lambda one: (not one.agreed.is_low, _or_one(one.agreed.alpha)))),
        deviations=tuple(sorted(_deviations(round, judgings), key=lambda one: (-one.points, one.inspector))),
    )


def _or_one(value: float | None) -> float:
    return 1.0 if value is None else value


def _agreed(round: Round, judgings: Sequence[Judging], of: Sequence[int], level: Level) -> Agreed:
    found = [(round.questions[n], judging.grades[n]) for judging in judgings for n in of if round.questions[n].key]
    pairs = [(question, grade) for question, grade in found if grade]
    same = sum(question.key == grade for question, grade in pairs)
    table = np.array([[_position(round.questions[n], judging.grades[n]) for n in of] for judging in judgings])
    alpha = _alpha(table, level) if len(of) >= LEAST_QUESTIONS else None
    low, high = _interval(table, alpha, lambda part: _alpha(part, level))
    return Agreed(len(of), _alike(table), alpha, low, high, same, len(pairs))


def _position(question: Question, grade: str) -> float:
    """As ``Question.position``; NaN of none."""
    return question.position(grade) if grade else nan


def _alike(table: Values) -> float | None:
    """The share of pairs of rows, over all columns in which both have one, with the same value."""
    pairs = [(one[n], other[n]) for one, other in combinations(table, 2) for n in range(table.shape[1])]
    same = [one == other for one, other in pairs if not isnan(one + other)]
    return float(np.mean(same)) if same else None


def _alpha(table: Values, level: Level) -> float | None:
    """Alpha of a table with a row for each judge; None where nothing varies, or there are no two judges.

    Of columns in which two at least have a value, as it counts only these.
    """
    import krippendorff

    if len(table) < 2:
        return None
    table = table[:, (~np.isnan(table)).sum(axis=0) >= 2]
    if len(np.unique(table[~np.isnan(table)])) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = float(krippendorff.alpha(reliability_data=table, level_of_measurement=level))
    return None if isnan(found) else found


def _interval(
    table: Values, whole: float | None, found: Callable[[Values], float | None]
) -> tuple[float | None, float | None]:
    """The 95 % interval by the jackknife over columns; none where they are few, or one decides all."""
    from scipy.special import stdtrit  # heavy, as in agreement

    count = table.shape[1] if table.ndim == 2 else 0
    if whole is None or whole >= 1 or count < LEAST_FOR_INTERVAL:
        return None, None
    without = [value for n in range(count) if (value := found(np.delete(table, n, axis=1))) is not None]
    if len(without) < count:
        return None, None
    half = float(stdtrit(count - 1, 0.975)) * sqrt((count - 1) * float(np.var(without)))
    return max(-1.0, whole - half), min(1.0, whole + half)


def _deviations(round: Round, judgings: Sequence[Judging]) -> list[Deviation]:
    """Of a question that two judged, by its key alone: one's own would tell what the only other said."""
    if len(judgings) < 2:
        return []
    told = [
        number
        for number, one in enumerate(round.questions)
        if one.key or sum(bool(judging.grades[number]) for judging in judgings) > 2
    ]
    mine = {judging.inspector: [number for number in told if judging.grades[number]] for judging in judgings}
    return [
        _deviation(round, judging, [one for one in judgings if one is not judging], mine[judging.inspector])
        for judging in judgings
        if mine[judging.inspector]
    ]


def _deviation(round: Round, judging: Judging, others: Sequence[Judging], told: Sequence[int]) -> Deviation:
    differences = []
    for number in told:
        question = round.questions[number]
        said = [question.key] if question.key else [one.grades[number] for one in others if one.grades[number]]
        right = fmean(map(question.position, said))
        differences.append(100 * (question.position(judging.grades[number]) - right))
    keyed = [(one, grade) for one, grade in zip(round.questions, judging.grades, strict=True) if one.key and grade]
    low, high = _t_interval(differences)
    same = sum(one.key == grade for one, grade in keyed)
    return Deviation(judging.inspector, fmean(differences), low, high, same, len(keyed))


def _t_interval(values: Sequence[float]) -> tuple[float | None, float | None]:
    from scipy.special import stdtrit

    if len(values) < LEAST_FOR_INTERVAL:
        return None, None
    half = float(stdtrit(len(values) - 1, 0.975) * np.std(values, ddof=1) / sqrt(len(values)))
    return fmean(values) - half, fmean(values) + half
