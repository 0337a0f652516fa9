"""A checklist as an XLSForm, so that it runs in ODK Collect and KoboToolbox (docs/checklist-spreadsheets.md).

The form asks what our own form asks, under the same values, and works out each item's score and the score rate by the
rules of ``domain/scoring``. Item ``small-ads`` is the question ``q_small_ads``, a part of it ``q_small_ads__score``; an
item's id has no underscore, so no two names meet.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from openpyxl import Workbook

from ...domain.checklists.checklist import (
    Category,
    Checklist,
    GradeRule,
    Item,
    MeasureRule,
    Method,
    OccurrencesRule,
    PhotoRule,
    ProximityRule,
    RatioRule,
)
from ..cells import put

LANGUAGE = "中文 (zh)"
_LABEL, _HINT, _GUIDANCE = f"label::{LANGUAGE}", f"hint::{LANGUAGE}", f"guidance_hint::{LANGUAGE}"
_WRONG = f"constraint_message::{LANGUAGE}"
_SURVEY = (
    "type", "name", _LABEL, _HINT, _GUIDANCE, "required", "relevant", "constraint", _WRONG, "calculation", "appearance",
    "default", "repeat_count", "parameters", "bind::type",
)  # fmt: skip
_CHOICES = ("list_name", "name", _LABEL)
_SETTINGS = ("form_title", "form_id", "version", "default_language", "instance_name")
_MAX_COUNT, _MAX_PREMISES, _MAX_PIXELS = 100_000, 100, 2560
_NA = "not_applicable"
_CHOICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
# The WGS-84 ellipsoid: half its longer axis in metres, and the square of its eccentricity.
_AXIS, _ECCENTRICITY_2 = "6378137", "0.00669437999014"

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """How one item is asked and scored: its rows, and the expression of its score (nothing where it is left out).

    ``pages`` are rows that cannot stand on the item's own screen (a repeat); they come after it.
    """

    rows: Sequence[Row]
    score: str
    pages: Sequence[Row] = ()
    has_own_photos: bool = False


def xlsform_workbook(checklist: Checklist) -> bytes:
    """The XLSForm of a checklist: sheets survey, choices and settings."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, columns, rows in (
        ("survey", _SURVEY, _survey(checklist)),
        ("choices", _CHOICES, _choices(checklist)),
        ("settings", _SETTINGS, [_settings(checklist)]),
    ):
        sheet = workbook.create_sheet(title)
        for number, column in enumerate(columns, start=1):
            put(sheet, 1, number, column)
        for line, row in enumerate(rows, start=2):
            for number, column in enumerate(columns, start=1):
                put(sheet, line, number, row.get(column))
        sheet.freeze_panes = "A2"
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


def question_name(item_id: str, part: str = "") -> str:
    """The form's name for an item, or for a part of it."""
    return f"q_{item_id.replace('-', '_')}" + (f"__{part}" if part else "")


def choice_names(ids: Sequence[str]) -> dict[str, str]:
    """The form's name for each choice: the id itself where all of them can stand in a form, else numbers."""
    plain = all(_CHOICE_NAME.fullmatch(id) for id in ids)
    return {id: id if plain else f"n{number}" for number, id in enumerate(ids, start=1)}


def class_parts(rule: RatioRule) -> dict[str, str]:
    """For each class of a ratio what its questions' names end in: ``1_`` and so on; nothing where there are none."""
    return {kind.id: f"{number}_" for number, kind in enumerate(rule.classes, start=1)} or {"": ""}


# --- the sheets ------------------------------------------------------------------------------------------------------


def _settings(checklist: Checklist) -> Row:
    return {
        "form_title": _shown(checklist.title),
        "form_id": checklist.id,
        "version": checklist.version,
        "default_language": LANGUAGE,
        "instance_name": "concat(${site_code}, ' ', ${inspected_on})",
    }


def _choices(checklist: Checklist) -> Iterator[Row]:
    judged = {"pass": "合格", "fail": "不合格", "na": "不适用"}
    yield from _list("judgement", judged)
    yield from _list(_NA, {"na": "不适用"})
    for item in checklist.items:
        name = question_name(item.id)
        if isinstance(item.rule, GradeRule):
            names = choice_names([grade.key for grade in item.rule.grades])
            grades = {names[grade.key]: f"{grade.key} {grade.label}" for grade in item.rule.grades}
            yield from _list(name, {**grades, "na": "不适用"})
        if isinstance(item.rule, ProximityRule):
            names = choice_names([category.id for category in item.rule.categories])
            yield from _list(name, {names[category.id]: category.label for category in item.rule.categories})


def _list(name: str, choices: Mapping[str, str]) -> Iterator[Row]:
    for choice, label in choices.items():
        yield {"list_name": name, "name": choice, _LABEL: _shown(label)}


def _survey(checklist: Checklist) -> Iterator[Row]:
    yield {"type": "start", "name": "start"}
    yield {"type": "end", "name": "end"}
    yield {"type": "begin_group", "name": "visit", _LABEL: "测评", "appearance": "field-list"}
    yield _question("text", "site_code", "点位编码", required="yes")
    yield _question("date", "inspected_on", "日期", required="yes", default="today()")
    position = "站在点位的登记位置（例如学校大门）定位，等精度到10米以内再保存。"
    yield _question("geopoint", "position", "点位位置", required="yes", **{_HINT: position})
    yield {"type": "end_group"}
    for number, item in enumerate(checklist.items, start=1):
        yield from _item(number, item)
    yield from _totals(checklist)


def _item(number: int, item: Item) -> Iterator[Row]:
    """One item: all on one screen, but for a repeat, which gets screens of its own."""
    asked = _METHODS[item.method](item)
    photos = [] if asked.has_own_photos else list(_photo(item))
    name = question_name(item.id)
    label = f"第{number}项 {item.dimension}"
    score = _calculation(f"{name}__score", asked.score)
    inner = [*asked.rows, *photos] if asked.pages else [*asked.rows, score, *photos]
    yield {"type": "begin_group", "name": f"{name}__item", _LABEL: label, "appearance": "field-list"}
    yield from inner
    yield {"type": "end_group"}
    if asked.pages:
        yield from asked.pages
        yield score


def _photo(item: Item) -> Iterator[Row]:
    """The photo rule: a photo, or a reason why there is none; our own form asks for the same."""
    name = question_name(item.id)
    failed, applies = _failed(name), f"${{{name}__score}} != ''"
    needed = {PhotoRule.ALWAYS: applies, PhotoRule.ON_FAILURE: failed, PhotoRule.OPTIONAL: failed}[item.photo]
    yield from _photo_or_reason(name, needed, "" if item.photo is PhotoRule.OPTIONAL else "true()", item.live)
    yield _question("text", f"{name}__note", "说明", relevant=failed)


def _photo_or_reason(name: str, relevant: str, needed: str, live: bool) -> Iterator[Row]:
    """A photo, and where one is needed a reason why there is none; what is to be live cannot be picked from files."""
    if needed:
        reason = "须拍照；不能拍照的，写明原因"
        yield _question("text", f"{name}__no_photo_reason", "无法拍照的原因", relevant=relevant, **{_HINT: reason})
    required = f"{needed} and ${{{name}__no_photo_reason}} = ''".removeprefix("true() and ") if needed else ""
    more = {"parameters": f"max-pixels={_MAX_PIXELS}", **({"appearance": "new"} if live else {})}
    yield _question("image", f"{name}__photo", "照片", relevant=relevant, required=required, **more)


def _totals(checklist: Checklist) -> Iterator[Row]:
    """``100 × Σ w·s / Σ w`` over the items that have a score; at most the veto cap where a veto item lost points."""
    scores = [(f"${{{question_name(item.id)}__score}}", _decimal(item.weight)) for item in checklist.items]
    vetoes = [f"({_failed(question_name(item.id))})" for item in checklist.items if item.veto]
    yield _calculation("weight_counted", _sum(f"if({score} = '', 0, {weight})" for score, weight in scores))
    yield _calculation("points", _sum(f"if({score} = '', 0, {weight} * {score})" for score, weight in scores))
    share = "100 * ${points} div ${weight_counted}"
    yield _calculation("rate_uncapped", f"if(${{weight_counted}} = 0, '', if({share} > 100, 100, {share}))")
    rate = "${rate_uncapped}"
    if vetoes and checklist.veto_cap is not None:
        cap = _decimal(checklist.veto_cap)
        yield _calculation("vetoed", f"if({' or '.join(vetoes)}, 1, 0)", "int")
        rate = f"if(${{vetoed}} = 1 and ${{rate_uncapped}} != '' and ${{rate_uncapped}} > {cap}, {cap}, {rate})"
    yield _calculation("score_rate", rate)
    shown = "if(${score_rate} = '', '—', round(${score_rate} * 100) div 100)"
    yield _calculation("score_rate_shown", shown, "string")
    yield {"type": "note", "name": "result", _LABEL: "得分率：${score_rate_shown}", _HINT: "不适用和样本不足的项目不计"}


# --- the methods -----------------------------------------------------------------------------------------------------


def _compliance(item: Item) -> Asked:
    name = question_name(item.id)
    answer = f"${{{name}}}"
    return Asked(
        [_question("select_one judgement", name, item.text, required="yes", **_help(item))],
        f"if({answer} = 'pass', 1, if({answer} = 'fail', 0, ''))",
    )


def _occurrences(item: Item) -> Asked:
    assert isinstance(item.rule, OccurrencesRule)
    name, deduct = question_name(item.id), _decimal(item.rule.deduct)
    hint = f"发现几{item.rule.unit}；没有则填0。{_hint(item)}"
    left = f"1 - ${{{name}}} * {deduct}"
    return Asked(
        [_count(name, item.text, _applies(name), **{**_help(item), _HINT: _shown(hint)}), _not_applicable(name)],
        _where_answered([name], f"if({left} > 0, {left}, 0)", _applies(name)),
    )


def _ratio(item: Item) -> Asked:
    """The pooled share over all classes; for each class first how many there were, then how many of them did right."""
    rule = item.rule
    assert isinstance(rule, RatioRule)
    name = question_name(item.id)
    labels = {kind.id: kind.label for kind in rule.classes}
    rows: list[Row] = [{"type": "note", "name": f"{name}__task", _LABEL: _shown(item.text), **_help(item)}]
    parts = class_parts(rule)
    for id, part in parts.items():
        label = f"{labels.get(id, '')}「{rule.yes_label}」"
        whole = f"{labels.get(id, '')}「{rule.yes_label}」与「{rule.no_label}」合计"
        rows.append(_count(f"{name}__{part}of", whole, _applies(name)))
        yes = _count(f"{name}__{part}yes", label, _applies(name))
        bound = f". >= 0 and . <= ${{{name}__{part}of}}"
        rows.append({**yes, "constraint": bound, _WRONG: "不能多于合计数"})
    of, yes_sum = (_sum(f"${{{name}__{part}{end}}}" for part in parts.values()) for end in ("of", "yes"))
    asked = [f"{name}__{part}{end}" for part in parts.values() for end in ("of", "yes")]
    total, right = f"${{{name}__total}}", f"${{{name}__right}}"
    few = _shown(f"样本不足：至少{rule.minimum}，本项不计分")
    rows += [
        _not_applicable(name),
        _calculation(f"{name}__total", _where_answered(asked, of, _applies(name)), "int"),
        _calculation(f"{name}__right", _where_answered(asked, yes_sum, _applies(name)), "int"),
        _question("note", f"{name}__few", few, relevant=f"{total} != '' and {total} < {rule.minimum}"),
    ]
    score = f"{right} div {total}"
    if rule.full_marks_from is not None:
        score = f"if({right} * 100 >= {_decimal(rule.full_marks_from)} * {total}, 1, {score})"
    return Asked(rows, f"if({total} = '', '', if({total} < {rule.minimum}, '', {score}))")


def _grade(item: Item) -> Asked:
    assert isinstance(item.rule, GradeRule)
    name = question_name(item.id)
    names = choice_names([grade.key for grade in item.rule.grades])
    score = "''"
    for grade in reversed(item.rule.grades):
        score = f"if(${{{name}}} = '{names[grade.key]}', {_decimal(grade.score)}, {score})"
    return Asked([_question(f"select_one {name}", name, item.text, required="yes", **_help(item))], score)


def _measure(item: Item) -> Asked:
    rule = item.rule
    assert isinstance(rule, MeasureRule)
    name = question_name(item.id)
    bounds = {">=": rule.at_least, "<=": rule.at_most}
    meets = " and ".join(f"${{{name}}} {sign} {_decimal(bound)}" for sign, bound in bounds.items() if bound is not None)
    hint = {**_help(item), _HINT: _shown(f"单位：{rule.unit}。{_hint(item)}")}
    question = _question("decimal", name, item.text, required="yes", relevant=_applies(name), **hint)
    return Asked([question, _not_applicable(name)], _where_answered([name], f"if({meets}, 1, 0)", _applies(name)))


def _proximity(item: Item) -> Asked:
    """A repeat of premises, each measured against the site's position as ``domain/proximity`` does: three answers."""
    rule = item.rule
    assert isinstance(rule, ProximityRule)
    name = question_name(item.id)
    count = _count(
        name, item.text, _applies(name), **{**_help(item), _HINT: _shown(f"发现几处；没有则填0。{_hint(item)}")}
    )
    few = {**count, "constraint": f". >= 0 and . <= {_MAX_PREMISES}", _WRONG: f"0到{_MAX_PREMISES}"}
    repeat = {
        "type": "begin_repeat",
        "name": f"{name}__premises",
        _LABEL: "发现的场所",
        "repeat_count": f"${{{name}}}",
        "appearance": "field-list",
    }
    inside, uncertain = f"sum(${{{name}__inside}})", f"sum(${{{name}__uncertain}})"
    score = f"if({inside} > 0, 0, if({uncertain} > 0, '', 1))"
    return Asked(
        [few, _not_applicable(name)],
        _where_answered([name], score, _applies(name)),
        pages=[repeat, *_premises(name, rule, item), {"type": "end_repeat"}, *_nothing_found(item)],
        has_own_photos=True,
    )


def _nothing_found(item: Item) -> Iterator[Row]:
    """Where a photo is always asked for: one that shows that there are no such premises."""
    name = question_name(item.id)
    if item.photo is PhotoRule.ALWAYS:
        yield from _photo_or_reason(name, f"${{{name}}} = 0", "true()", item.live)


def _premises(name: str, rule: ProximityRule, item: Item) -> Iterator[Row]:
    names = choice_names([category.id for category in rule.categories])

    def is_one_of(categories: Iterable[Category]) -> str:
        named = [f"${{{name}__category}} = '{names[category.id]}'" for category in categories]
        return f"({' or '.join(named)})" if named else "false()"

    fix, distance = f"${{{name}__position}}", f"${{{name}__distance_m}}"
    uncertainty, radius = f"${{{name}__uncertainty_m}}", _decimal(rule.radius_m)
    for category in rule.categories:
        if category.radius_m is not None:
            radius = f"if({is_one_of([category])}, {_decimal(category.radius_m)}, {radius})"
    yield _question(f"select_one {name}", f"{name}__category", "类别", required="yes")
    yield _question("text", f"{name}__name", "名称（招牌）")
    yield _question("geopoint", f"{name}__position", "位置", required="yes", **{_HINT: "站在其门口定位"})
    yield _calculation(f"{name}__distance_m", f"if({fix} = '', '', {_distance('${position}', fix)})")
    accuracies = f"selected-at(${{position}}, 3) + selected-at({fix}, 3)"
    yield _calculation(f"{name}__uncertainty_m", f"if({fix} = '', '', {accuracies})")
    banned = [category for category in rule.categories if category.banned]
    measured = f"{is_one_of(banned)} and {distance} != ''"
    surely_in, surely_out = f"{distance} + {uncertainty} <= {radius}", f"{distance} - {uncertainty} > {radius}"
    if rule.point_reach_m:
        surely_out = f"{distance} - {uncertainty} - {_decimal(rule.point_reach_m)} > {radius}"
    by_gate, on_foot = ([one for one in banned if one.measure == measure] for measure in ("gate", "walk"))
    if by_gate and rule.point_reach_m:
        reach = f"if({is_one_of(by_gate)}, {_decimal(rule.point_reach_m)}, 0)"
        surely_in = f"{distance} + {uncertainty} + {reach} <= {radius}"
    # The form does not know the way on foot, only its lower bound: 外 or 疑似.
    if on_foot:
        surely_in = f"({surely_in} and not({is_one_of(on_foot)}))"
    yield _calculation(f"{name}__inside", f"if({measured} and {surely_in}, 1, 0)", "int")
    unsure = f"not({surely_in}) and not({surely_out})"
    yield _calculation(f"{name}__uncertain", f"if({measured} and {unsure}, 1, 0)", "int")
    failed = f"(${{{name}__inside}} = 1 or ${{{name}__uncertain}} = 1)"
    yield from _photo_or_reason(
        f"{name}__premises",
        "",
        {PhotoRule.ALWAYS: "true()", PhotoRule.ON_FAILURE: failed, PhotoRule.OPTIONAL: ""}[item.photo],
        item.live,
    )


def _distance(a: str, b: str) -> str:
    """Metres between two geopoints no more than some kilometres apart.

    North and east by the ellipsoid's two radii of curvature at the mean latitude: within a millimetre of the geodesic
    at 200 m, where the ``distance()`` of ODK takes a sphere and is off by up to 0.8 m.
    """
    lat_a, lat_b, lon_a, lon_b = (f"selected-at({point}, {at})" for at in (0, 1) for point in (a, b))
    degree = "pi() div 180"
    mean = f"(({lat_a} + {lat_b}) div 2 * {degree})"
    bend = f"(1 - {_ECCENTRICITY_2} * pow(sin({mean}), 2))"
    north = f"({lat_b} - {lat_a}) * {degree} * {_AXIS} * (1 - {_ECCENTRICITY_2}) div pow({bend}, 1.5)"
    east = f"({lon_b} - {lon_a}) * {degree} * {_AXIS} * cos({mean}) div pow({bend}, 0.5)"
    return f"pow(pow({north}, 2) + pow({east}, 2), 0.5)"


_METHODS: dict[Method, Callable[[Item], Asked]] = {
    Method.COMPLIANCE: _compliance,
    Method.OCCURRENCES: _occurrences,
    Method.RATIO: _ratio,
    Method.GRADE: _grade,
    Method.MEASURE: _measure,
    Method.PROXIMITY: _proximity,
}


# --- rows and expressions --------------------------------------------------------------------------------------------


def _question(type: str, name: str, label: str, **more: str) -> Row:
    return {"type": type, "name": name, _LABEL: _shown(label), **more}


def _count(name: str, label: str, relevant: str, **more: str) -> Row:
    bound = f". >= 0 and . <= {_MAX_COUNT}"
    said = f"应为0到{_MAX_COUNT}的整数"
    return _question(
        "integer", name, label, required="yes", relevant=relevant, constraint=bound, **{_WRONG: said, **more}
    )


def _not_applicable(name: str) -> Row:
    """A box to tick beside a question that takes a number."""
    return _question(f"select_multiple {_NA}", f"{name}__na", "不适用时勾选")


def _calculation(name: str, expression: str, type: str = "decimal") -> Row:
    return {"type": "calculate", "name": name, "calculation": expression, "bind::type": type}


def _applies(name: str) -> str:
    return f"not(selected(${{{name}__na}}, 'na'))"


def _failed(name: str) -> str:
    return f"${{{name}__score}} != '' and ${{{name}__score}} < 1"


def _where_answered(names: Iterable[str], expression: str, applies: str) -> str:
    """Nothing before all is answered and where it does not apply: some clients keep what was entered before."""
    return f"if({' and '.join(chain([applies], (f'${{{name}}} != {_EMPTY}' for name in names)))}, {expression}, '')"


_EMPTY = "''"


def _help(item: Item) -> dict[str, str]:
    return {_HINT: _shown(_hint(item)), **({_GUIDANCE: _shown(item.guidance)} if item.guidance else {})}


def _hint(item: Item) -> str:
    return f"{'、'.join(item.clauses)}，权重{_decimal(item.weight)}{'，一票否决' if item.veto else ''}"


def _shown(text: str) -> str:
    """Text that no form takes for a reference to a question."""
    return text.replace("${", "$ {")


def _sum(terms: Iterable[str]) -> str:
    return " + ".join(terms)


def _decimal(value: float) -> str:
    """A number as XPath writes it, which knows no exponents."""
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")
