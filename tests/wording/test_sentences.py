"""Codes and sentences fit: each code has one, each sentence a use, and no field can be missing when it is said."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from inspect_app.domain.problems import Problem, deeper, placed, under
from inspect_app.wording import SENTENCES, Said, all_said, say
from inspect_app.wording.places import PLACES, place_of

PACKAGE = Path(__file__).resolve().parents[2] / "inspect_app"
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if "wording" not in path.parts]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r"[a-z]+\.[a-z0-9_]+")
# What functions that take a code add to its details themselves.
ADDED: Mapping[str, set[str]] = {
    "number": {"got"},
    "optional_number": {"got"},
    "texts": {"entry", "near"},
    "_numbers": set(),
    "_near": {"lat", "lon"},
    "replace": {"value", "low", "high"},
}
# Codes that stand in a table, a constant or a variable, by what they are said with.
ELSEWHERE: Mapping[str, set[str]] = {
    "checklists.radius_out_of_range": {"got"},
    "reading.field_unknown": {"accepted", "near"},
    "workbooks.column_unused": {"accepted"},
    "schemes.figure_malformed": {"column", "value"},
    "schemes.weight_negative": {"column", "value"},
    "shapes.far_from_outline": {"distance", "most"},
    "shapes.far_from_registered": {"distance", "most"},
    "shapes.far_from_first_gate": {"distance", "most"},
    **{
        f"evidence.original_{part}_malformed": {"field", "most_text", "got"}
        for part in ("bytes", "pixels", "orientation", "time", "fix", "text")
    },
    **{f"presence.{unit}_out_of_range": {"low", "high", "got"} for unit in ("metres", "seconds", "days", "visits")},
}


@dataclass(frozen=True)
class Use:
    """A code in the program, and the details that are given with it; None where it stands outside of a call."""

    code: str
    given: set[str] | None
    at: str


def codes_in(node: ast.AST) -> Iterator[str]:
    """The code that an argument is, or both of a condition."""
    if isinstance(node, ast.IfExp):
        yield from codes_in(node.body)
        yield from codes_in(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in SENTENCES:
        yield node.value


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def given_in(call: ast.Call) -> set[str]:
    if name_of(call) != "Problem":
        return {keyword.arg for keyword in call.keywords if keyword.arg} | ADDED.get(name_of(call), set())
    details = [keyword.value for keyword in call.keywords if keyword.arg == "details"] + call.args[2:3]
    return {
        key.value for one in details if isinstance(one, ast.Dict) for key in one.keys if isinstance(key, ast.Constant)
    }


def uses_in(text: str, file: str) -> Iterator[Use]:
    tree, inside = ast.parse(text), set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            for code in codes_in(argument):
                yield Use(code, given_in(call), f"{file}:{call.lineno}")
            inside |= {id(node) for node in ast.walk(argument)} if list(codes_in(argument)) else set()
    inside |= {id(node) for table in tables_in(tree) for node in ast.walk(table)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in SENTENCES and id(node) not in inside:
            yield Use(node.value, None, f"{file}:{node.lineno}")


def tables_in(tree: ast.AST) -> Iterator[ast.AST]:
    """The sentences that a scoring method brings itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "sentences" and node.value:
            yield node.value


def fields_of(text: str) -> Iterator[tuple[str, str]]:
    """The fields of a template and their formats; of formats that have fields themselves these, too."""
    for _, field, form, _ in string.Formatter().parse(text):
        if field is not None:
            yield field, form or ""
            yield from fields_of(form or "")


def wrong_calls(text: str) -> list[str]:
    """Calls that make a problem of anything but a code that has a sentence, or with words of their own."""
    wrong = []
    for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
        if name_of(call) not in ("Problem", "complain") or not call.args:
            continue
        said = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        code = call.args[0 if name_of(call) == "Problem" else -1]
        unknown = not list(codes_in(code)) and not isinstance(code, ast.Name | ast.Attribute)
        if unknown or any(map(CHINESE.search, said)):
            wrong.append(ast.unparse(call))
    return wrong


@pytest.fixture(scope="module")
def uses() -> list[Use]:
    """Every use in the program; a fixture, because whoever runs other tests reads this module as well."""
    return [use for path in MODULES for use in uses_in(path.read_text("utf-8"), str(path.relative_to(PACKAGE)))]


def test_problems_are_made_of_codes_that_have_a_sentence():
    assert [(str(path), call) for path in MODULES for call in wrong_calls(path.read_text("utf-8"))] == []


def test_every_sentence_has_a_use(uses):
    assert set(SENTENCES) - {use.code for use in uses} == set()


def test_what_a_sentence_names_is_given_wherever_it_is_used(uses):
    missing = {
        (use.code, use.at, field)
        for use in uses
        for text in SENTENCES[use.code]
        for field, _ in fields_of(text)
        if field not in (ELSEWHERE.get(use.code, set()) if use.given is None else use.given) | {"at"}
    }
    assert missing == set()


def test_every_sentence_can_be_said():
    for code in SENTENCES:
        _can_be_said(code)


def _can_be_said(code: str) -> None:
    fields = [field for text in SENTENCES[code] for field in fields_of(text) if field[0] != "at"]
    sample = {field: 1.5 if form[-1:] in ("g", "f") else ("x", "y") if form else "x" for field, form in fields}
    said = say(Problem(code, details=sample))
    assert "{" not in str(said).replace('{"yes"', "")
    assert CHINESE.search(str(said)) or code == "plan.field_malformed"


def test_a_code_is_room_and_mistake():
    assert [code for code in SENTENCES if not CODE.fullmatch(code)] == []


def test_no_place_stands_twice():
    """A detail of the name of a place is part of ``{at}`` as well."""
    fields = {code: {field for text in texts for field, _ in fields_of(text)} for code, texts in SENTENCES.items()}
    assert [code for code, found in fields.items() if "at" in found and found & set(PLACES)] == []


def test_old_style_problems_and_forgotten_fields_are_seen():
    assert wrong_calls('Problem("照片", "太大")')
    assert wrong_calls('Problem(f"{where} lat", text)')
    assert wrong_calls('reader.complain("id", "重复")')
    assert not wrong_calls('reader.complain("id", "reading.repeated")')
    uses = list(uses_in('Problem("sites.code_taken" if new else "sites.draft_gone")', "x"))
    assert [(use.code, use.given) for use in uses] == [("sites.code_taken", set()), ("sites.draft_gone", set())]


def test_a_problem_is_said_by_its_details():
    problem = Problem(
        "zones.out_of_range",
        (),
        {"file": "a.csv", "row": 2, "column": "lat", "value": "95", "low": -90.0, "high": 90.0},
    )
    assert say(problem) == Said("a.csv 第2行 lat", "「95」应为-90到90之间的数")
    assert str(problem) == "zones.out_of_range"
    unknown = Problem("index.part_unknown", details={"part": "x", "accepted": ()})
    assert say(unknown).what == "权重文件里没有「x」，可用：无"
    assert all_said([unknown, problem], most=1) == "part：权重文件里没有「x」，可用：无"


def test_a_place_is_told_from_the_whole_to_the_part():
    where = {"premises": 2, "item_text": "油烟", "item_id": "smoke"}
    assert (
        place_of(deeper(deeper(where, within=("walk",)), within=("track",))) == "测评项「油烟」(smoke) 第2处 walk track"
    )
    assert place_of({"thing": "registered"}) == "登记位置"
    assert place_of({}) == ""


def test_a_problem_of_a_part_is_placed_in_the_whole():
    cut = Problem("photos.cut")
    assert str(say(cut)) == "照片：照片不完整，传输中断或文件被截断，请重新发送"
    assert say(placed(cut, {"photo_file": "a.jpg"})).where == "照片「a.jpg」"
    assert [problem.path for problem in under([cut], "photos", 0)] == [("photos", 0)]
    assert cut == Problem("photos.cut")
    assert hash(cut) == hash(Problem("photos.cut"))
