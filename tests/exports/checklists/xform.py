"""A small reader of XForms: fills in answers and works out the form's own calculations with libxml2's XPath.

libxml2 is an XPath 1.0 engine; the few functions that ODK adds to it are given to it here.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from typing import Any

from lxml import etree
from pyxform.xls2xform import convert

from inspect_app.domain.checklists.checklist import Checklist, Item
from inspect_app.domain.checklists.methods.grade import GradeRule
from inspect_app.domain.checklists.methods.proximity import FoundPremises, ProximityRule
from inspect_app.domain.checklists.methods.ratio import Count, RatioRule, class_parts
from inspect_app.domain.checklists.questions import choice_names, question_name
from inspect_app.domain.place.positions import Place
from inspect_app.exports.checklists.xlsform import xlsform_workbook

_XFORMS = "{http://www.w3.org/2002/xforms}"


def xform_of(checklist: Checklist) -> str:
    """The XForm that pyxform makes of a checklist, which must not give a warning."""
    result = convert(xlsform=io.BytesIO(xlsform_workbook(checklist)), file_type=".xlsx", validate=False)
    assert result.warnings == [], result.warnings
    return result.xform


class Form:
    """A form that is filled in: its data and the rules on them."""

    def __init__(self, xform: str) -> None:
        document = etree.fromstring(xform.encode())
        self.data = _bare(document.find(f".//{_XFORMS}instance")[0])
        self.binds = [dict(bind.attrib) for bind in document.iter(f"{_XFORMS}bind")]

    def set(self, name: str, value: object) -> None:
        """Answer the question with this name."""
        (node,) = self.data.iter(name)
        node.text = str(value)

    def has(self, name: str) -> bool:
        """Whether there is a question with this name."""
        return any(True for _ in self.data.iter(name))

    def repeat(self, name: str, rows: list[dict[str, object]]) -> None:
        """Fill a repeat with these rows."""
        (template, *more) = list(self.data.iter(name))
        for values in rows:
            made = _bare(template)
            for field, value in values.items():
                made.find(field).text = str(value)
            template.addprevious(made)
        for element in (template, *more):
            element.getparent().remove(element)

    def calculate(self) -> None:
        """Work out all calculations, each in the order that the others need: until nothing changes."""
        calculated = [bind for bind in self.binds if "calculate" in bind]
        for _ in range(len(calculated) + 1):
            before = etree.tostring(self.data)
            for bind in calculated:
                for node in self._nodes(bind):
                    node.text = _string(self.evaluate(bind["calculate"], node))
            if etree.tostring(self.data) == before:
                return
        raise AssertionError("the calculations go round in circles")

    def value(self, name: str) -> str:
        (node,) = self.data.iter(name)
        return node.text or ""

    def number(self, name: str) -> float | None:
        return float(self.value(name)) if self.value(name) else None

    def holds(self, name: str, rule: str) -> bool:
        """Whether a question's ``relevant``, ``required`` or ``constraint`` holds; a rule that is not there does."""
        (bind,) = [bind for bind in self.binds if bind["nodeset"].endswith(f"/{name}")]
        node = self._nodes(bind)[0]
        return bool(self.evaluate(bind[rule], node)) if rule in bind else True

    def evaluate(self, expression: str, node: Any) -> Any:
        return etree.XPathElementEvaluator(node, extensions=_FUNCTIONS)(expression)

    def _nodes(self, bind: Mapping[str, str]) -> Any:
        return self.data.xpath(bind["nodeset"])


def filled_in(checklist: Checklist, values: Mapping[str, Any], site: Place, xform: str | None = None) -> Form:
    """The form of a checklist with these answers, its calculations done."""
    form = Form(xform or xform_of(checklist))
    form.set("position", f"{site.lat} {site.lon} 0 {site.accuracy_m}")
    for item in checklist.items:
        _fill(form, item, values[item.id])
    form.calculate()
    return form


def _fill(form: Form, item: Item, value: Any) -> None:
    name = question_name(item.id)
    if value is None:
        form.set(f"{name}__na" if form.has(f"{name}__na") else name, "na")
        if isinstance(item.rule, ProximityRule):
            form.repeat(f"{name}__premises", [])
    elif isinstance(item.rule, RatioRule):
        assert isinstance(value, Mapping)
        for id, part in class_parts(item.rule).items():
            count = value.get(id, Count(0, 0))
            form.set(f"{name}__{part}of", count.of)
            form.set(f"{name}__{part}yes", count.yes)
    elif isinstance(item.rule, GradeRule):
        form.set(name, choice_names([grade.key for grade in item.rule.grades])[str(value)])
    elif isinstance(item.rule, ProximityRule):
        assert isinstance(value, tuple)
        form.set(name, len(value))
        names = choice_names([category.id for category in item.rule.categories])
        form.repeat(f"{name}__premises", [_premises(name, names, found) for found in value])
    else:
        form.set(name, {True: "pass", False: "fail"}[value] if isinstance(value, bool) else value)


def _premises(name: str, names: Mapping[str, str], found: FoundPremises) -> dict[str, object]:
    fix = found.fix
    position = f"{fix.lat!r} {fix.lon!r} 0 {fix.accuracy_m!r}"
    return {f"{name}__category": names[found.category], f"{name}__position": position}


def _bare(element: Any) -> Any:
    """A copy without namespaces, which no path in a form names."""
    names = {name: value for name, value in element.attrib.items() if "{" not in name}
    copy = etree.Element(etree.QName(element).localname, names)
    copy.text = element.text
    copy.extend(_bare(child) for child in element)
    return copy


def _string(value: Any) -> str:
    """What ODK keeps of a calculation: numbers with all their digits, nothing for what is no number."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return _text(value)


def _text(value: Any) -> str:
    """The XPath string of an argument: of a set of nodes that of the first."""
    if isinstance(value, list):
        return (value[0].text or "") if value else ""
    return str(value)


def _number(value: Any) -> float:
    try:
        return float(value if isinstance(value, float) else _text(value))
    except ValueError:
        return math.nan


def _selected_at(context: Any, value: Any, at: float) -> str:
    parts = _text(value).split()
    return parts[int(at)] if int(at) < len(parts) else ""


_FUNCTIONS = {
    (None, "if"): lambda context, condition, yes, no: _value(yes if condition else no),
    (None, "selected"): lambda context, value, choice: choice in _text(value).split(),
    (None, "selected-at"): _selected_at,
    (None, "pow"): lambda context, base, power: math.pow(_number(base), _number(power)),
    (None, "sin"): lambda context, angle: math.sin(angle),
    (None, "cos"): lambda context, angle: math.cos(angle),
    (None, "pi"): lambda context: math.pi,
}


def _value(value: Any) -> Any:
    return _text(value) if isinstance(value, list) else value
