"""Checklists that hypothesis makes up as a file may hold them, with texts that spreadsheets and TOML tend to spoil."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from inspect_app.domain.checklists.checklist import DIMENSIONS, Checklist, Item, PhotoRule
from inspect_app.domain.checklists.files import parse_checklist
from inspect_app.domain.checklists.methods import METHODS
from inspect_app.domain.checklists.methods.compliance import ComplianceRule
from inspect_app.domain.checklists.methods.grade import Grade, GradeRule
from inspect_app.domain.checklists.methods.measure import MeasureRule
from inspect_app.domain.checklists.methods.occurrences import OccurrencesRule
from inspect_app.domain.checklists.methods.proximity import Category, ProximityRule
from inspect_app.domain.checklists.methods.ratio import RatioClass, RatioRule
from inspect_app.domain.checklists.toml import checklist_to_toml
from inspect_app.domain.text import cleaned_line
from inspect_app.domain.zones.judging import MEASURES
from inspect_app.wording import say
from tests.methods import rules_of

TRICKY = (
    "=1+1", "+1", "-1", "@SUM(A1)", "'x", '=HYPERLINK("http://x","y")', "#N/A", "TRUE", "007", "1e5", "2026-11-23",
    "95%", "_x000D_", "_x005F_", 'a"b\\c', "两行\n文字", "制表\t符", "${q_x}", "<b>&amp;", "a, b", "、", "😀", "$A$1",
    "nan", "''",
)  # fmt: skip
_SIGN = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn"))
_LINE = st.sampled_from([entry for entry in TRICKY if not set("\n\t") & set(entry)]) | st.text(_SIGN, min_size=1).map(
    lambda text: cleaned_line(text) or "字"
)
_TEXT = st.sampled_from(TRICKY) | _LINE
_ID = st.from_regex(r"[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,4}){0,2}", fullmatch=True).filter(lambda id: id != "plan")
_LINES = st.lists(_LINE, min_size=1, max_size=4, unique=True).map(tuple)
_SHARE = st.floats(0, 1, exclude_min=True)
_BOUND = st.just(0.0) | st.floats(1e-9, 1e12) | st.floats(-1e12, -1e-9)


def _grades(draw: st.DrawFn) -> tuple[Grade, ...]:
    keys = draw(st.lists(_TEXT.filter(lambda key: key != "na"), min_size=1, max_size=5, unique=True))
    scores = draw(st.lists(st.floats(0, 1).map(abs), min_size=len(keys), max_size=len(keys), unique=True))
    return tuple(Grade(key, draw(_TEXT), score) for key, score in zip(keys, sorted(scores, reverse=True), strict=True))


def _bounds(draw: st.DrawFn) -> tuple[float | None, float | None]:
    low, high = sorted(draw(st.tuples(_BOUND, _BOUND)))
    return draw(st.sampled_from([(low, high), (low, None), (None, high)]))


def _ids(draw: st.DrawFn, at_least: int) -> list[str]:
    return draw(st.lists(_LINE, min_size=at_least, max_size=4, unique=True))


_RULES: dict[str, Any] = {
    "compliance": lambda draw: ComplianceRule(),
    "occurrences": lambda draw: OccurrencesRule(draw(_SHARE), draw(_TEXT)),
    "ratio": lambda draw: RatioRule(
        draw(st.integers(1, 10**6)),
        draw(st.none() | st.floats(0, 100, exclude_min=True)),
        draw(_TEXT),
        draw(_TEXT),
        tuple(RatioClass(id, draw(_TEXT)) for id in _ids(draw, 0)),
    ),
    "grade": lambda draw: GradeRule(_grades(draw)),
    "measure": lambda draw: MeasureRule(draw(_TEXT), *_bounds(draw)),
    "proximity": lambda draw: ProximityRule(
        draw(st.floats(0, 10_000, exclude_min=True)),
        tuple(
            Category(
                id,
                draw(_TEXT),
                draw(st.booleans()),
                draw(st.none() | st.floats(0, 10_000, exclude_min=True)),
                draw(st.sampled_from(list(MEASURES))),
            )
            for id in _ids(draw, 1)
        ),
        draw(st.just(0.0) | st.floats(0, 2000)),
    ),
}


@st.composite
def readable_checklists(draw: st.DrawFn) -> Checklist:
    """Any checklist that can come out of a file."""
    items = []
    for id in draw(st.lists(_ID, min_size=1, max_size=5, unique=True)):
        method = draw(st.sampled_from(list(METHODS)))
        items.append(
            Item(
                id=id,
                text=draw(_TEXT),
                guidance=draw(st.just("") | _TEXT),
                method=method,
                weight=draw(st.floats(0, 1000, exclude_min=True)),
                dimension=draw(st.sampled_from(DIMENSIONS)),
                clauses=draw(_LINES),
                units=draw(_LINES),
                sources=draw(st.just(()) | _LINES),
                photo=draw(st.sampled_from(PhotoRule)),
                veto=draw(st.booleans()),
                rule=_RULES[method](draw) if method in _RULES else draw(st.sampled_from(rules_of(method))),
                live=draw(st.booleans()),
                problem=draw(st.just("") | _TEXT.filter(lambda text: len(text) <= 60)),
                phrases=draw(st.just(()) | _LINES.filter(lambda lines: all(len(line) <= 40 for line in lines))),
            )
        )
    return Checklist(draw(_ID), draw(_TEXT), draw(st.floats(0, 100).map(abs)), tuple(items))


def read_back(checklist: Checklist) -> Checklist:
    """The checklist out of its own TOML text."""
    found = parse_checklist(checklist_to_toml(checklist), f"{checklist.id}.toml")
    assert isinstance(found, Checklist), [str(say(problem)) for problem in found]
    return found
