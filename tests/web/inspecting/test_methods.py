"""Every scoring method can be filled in: by the plain form, by its template, and as the interface describes it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from inspect_app.domain.checklists.checklist import Checklist, Item
from inspect_app.domain.checklists.method import NOT_APPLICABLE, Sample
from inspect_app.domain.checklists.methods import METHODS, method_of
from inspect_app.settings import PROJECT
from inspect_app.web.inspecting import forms
from tests.methods import every_example, right, wrong
from tests.world import NOW, World

CHECKLIST: Checklist = every_example()
ITEMS = [pytest.param(item, id=item.id) for item in CHECKLIST.items]
SAMPLES = [
    pytest.param(item, sample, id=f"{item.id}-{which.__name__}")
    for item in CHECKLIST.items
    for which in (right, wrong)
    for sample in (which(item),)
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return World.made_in(tmp_path_factory.mktemp("methods") / "data").app()


def named(item: Item, fields: dict[str, str]) -> dict[str, str]:
    return {f"answers.{item.id}.{name}": value for name, value in fields.items()}


def submitted(app: Flask, fields: dict[str, str]) -> dict[str, Any]:
    """The answers of a plain form with these fields and no others."""
    with app.test_request_context("/", method="POST", data=fields):
        form = forms.inspection_form(CHECKLIST)
        answers: dict[str, Any] = forms.submission_from(form, CHECKLIST, "s-1", NOW)["answers"]
    return answers


@pytest.mark.parametrize(("item", "sample"), SAMPLES)
def test_what_is_typed_becomes_the_value(app: Flask, item: Item, sample: Sample):
    assert submitted(app, named(item, dict(sample.typed))) == {item.id: {"value": sample.value}}


@pytest.mark.parametrize(("item", "sample"), SAMPLES)
def test_a_value_is_typed_again_as_it_was_entered(app: Flask, item: Item, sample: Sample):
    """So that the form opens with what was sent, to be corrected."""
    fields = dict(method_of(item).typed(item.rule, sample.value))
    assert submitted(app, named(item, fields)) == {item.id: {"value": sample.value}}


def test_nothing_typed_is_no_answer(app: Flask):
    assert submitted(app, {}) == {}


@pytest.mark.parametrize("item", ITEMS)
def test_every_item_can_be_said_not_to_apply(app: Flask, item: Item):
    with app.test_request_context("/"):
        fields = forms.answer_form(forms.inspection_form(CHECKLIST), item)
        typed = {"na": "y"} if "na" in fields else {"value": NOT_APPLICABLE}
    assert submitted(app, named(item, typed)) == {item.id: {"value": NOT_APPLICABLE}}


@pytest.mark.parametrize(("item", "sample"), SAMPLES)
def test_the_template_has_every_field_and_shows_again_what_was_typed(app: Flask, item: Item, sample: Sample):
    with app.test_request_context("/", method="POST", data=named(item, dict(sample.typed))):
        fields = forms.answer_form(forms.inspection_form(CHECKLIST), item)
        template = app.jinja_env.get_template(f"inspecting/methods/{item.method}.html")
        shown = template.render(item=item, fields=fields, prefix=f"answers.{item.id}.", site=None)
    for name, value in named(item, dict(sample.typed)).items():
        inputs = re.findall(rf'<(?:input|select)[^>]* name="{re.escape(name)}"[^>]*>', shown)
        assert inputs, name
        chosen = rf'value="{re.escape(value)}"(?: checked| selected)?'
        assert any(re.search(chosen, one) for one in inputs) or f'<option value="{value}" selected>' in shown, name


def test_the_phone_has_a_module_and_a_template_of_each_method_and_of_no_other():
    modules = {path.stem for path in (PROJECT / "static/js/checklists/methods").glob("*.js")}
    templates = {path.stem for path in (PROJECT / "templates/inspecting/methods").glob("*.html")}
    assert modules == templates == set(METHODS)


@pytest.mark.parametrize(("item", "sample"), SAMPLES)
def test_values_fit_a_schema_of_their_method(app: Flask, item: Item, sample: Sample):
    document = app.test_client().get("/api/v1/openapi.json").json
    for schema in (*METHODS[item.method].schemas, *METHODS[item.method].shared_schemas.values()):
        Draft202012Validator.check_schema(dict(schema))
    own = {"anyOf": list(METHODS[item.method].schemas), "components": document["components"]}
    Draft202012Validator(own).validate(sample.value)
    Draft202012Validator({"$ref": "#/components/schemas/Value", **document}).validate(sample.value)
