"""Every scoring method goes out into files and comes back, and scores in an XLSForm as it does here."""

from __future__ import annotations

import pytest

from inspect_app.domain.checklists.answers import Answer
from inspect_app.domain.checklists.checklist import Checklist, Item, PhotoRule
from inspect_app.domain.checklists.files import parse_checklist
from inspect_app.domain.checklists.questions import question_name
from inspect_app.domain.checklists.scoring import score_inspection
from inspect_app.domain.checklists.toml import checklist_to_toml
from inspect_app.exports.checklists.xlsx import checklist_workbook, parse_checklist_xlsx
from tests.methods import every_example, parsed, right, wrong

from ...domain.samples import SITE
from .xform import filled_in, xform_of

CHECKLIST: Checklist = every_example()


def test_every_method_is_the_same_again_out_of_a_toml_file():
    assert parse_checklist(checklist_to_toml(CHECKLIST), "sample.toml") == CHECKLIST


def test_every_method_is_the_same_again_out_of_a_workbook():
    assert parse_checklist_xlsx(checklist_workbook(CHECKLIST), "sample.xlsx") == CHECKLIST


@pytest.mark.parametrize("photo", list(PhotoRule))
def test_a_form_asks_for_every_method_whatever_photos_it_wants(photo: PhotoRule):
    assert xform_of(every_example(photo=str(photo), live=True, guidance="看 ${x}"))


@pytest.mark.parametrize("item", [pytest.param(item, id=item.id) for item in CHECKLIST.items])
def test_samples_score_in_the_form_as_here(item: Item):
    made = Checklist("sample", "样例", None, (item,))
    xform = xform_of(made)
    for value in (None, parsed(item, right(item)), parsed(item, wrong(item))):
        here = score_inspection(made, {item.id: Answer(value)}, site=SITE)
        form = filled_in(made, {item.id: value}, SITE, xform)
        score = form.number(f"{question_name(item.id)}__score")
        assert score == (None if here.items[0].score is None else pytest.approx(here.items[0].score))
