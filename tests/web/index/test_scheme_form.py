"""The form of a scheme: how an office writes bands."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from inspect_app.domain.index.schemes.scheme import PublicationScheme
from inspect_app.web.index.scheme_form import form_from, scheme_from_form


def form(bands: str) -> MultiDict[str, str]:
    return MultiDict({"id": "x", "title": "总分", "bands": bands, "part_title": "数", "part_weight": "1"})


@pytest.mark.parametrize(
    ("line", "title", "at_least"),
    [
        ("优 90", "优", "90"),
        ("优90", "优", "90"),
        ("优-90", "优", "90"),
        ("优—90", "优", "90"),
        ("优 - 90", "优", "90"),
        ("优：90.5", "优", "90.5"),
        ("优＝90", "优", "90"),
        ("优 ≥90", "优", "90"),
        ("A1 90", "A1", "90"),
        ("3星 80", "3星", "80"),
        ("差 -5", "差", "-5"),
        ("差：-5", "差", "-5"),
        ("差 －5", "差", "-5"),
        ("差 −0.5", "差", "-0.5"),
    ],
)
def test_a_band_is_a_name_and_from_where_on_it_is(line, title, at_least):
    scheme = scheme_from_form(form(line))
    assert isinstance(scheme, PublicationScheme), scheme
    assert [(band.title, str(band.at_least)) for band in scheme.bands] == [(title, at_least)]
    again = scheme_from_form(form_from(scheme))
    assert isinstance(again, PublicationScheme), again
    assert again.bands == scheme.bands


@pytest.mark.parametrize(
    "line", ["良 80-90", "良 80－90", "良 80 - 90", "良 90—100", "良80～90", "良 80至90", "良 80 -90"]
)
def test_a_band_with_two_numbers_is_refused_with_a_sentence(line):
    found = scheme_from_form(form(f"优 90\n{line}"))
    assert isinstance(found, list)
    assert "schemes.band_from_to" in [problem.code for problem in found]


def test_bands_of_names_that_end_in_digits_come_back():
    scheme = scheme_from_form(form("A1：-5\nA2：60"))
    assert isinstance(scheme, PublicationScheme), scheme
    assert scheme_from_form(form_from(scheme)) == scheme


def test_names_with_blanks_commas_and_colons_come_back():
    scheme = scheme_from_form(
        MultiDict(
            [("id", "x"), ("title", "总分"), ("tie_parts", "「实地 得分」、问卷，「甲、乙」")]
            + [("groups", "「A：类」：「江岸 区」 江汉区\nB：乙")]
            + [("part_title", one) for one in ("实地 得分", "问卷", "甲、乙")]
        )
    )
    assert isinstance(scheme, PublicationScheme), scheme
    assert [scheme.part(id).title for id in scheme.tie_parts] == ["实地 得分", "问卷", "甲、乙"]
    assert [(group.title, group.areas) for group in scheme.groups] == [("A：类", ("江岸 区", "江汉区")), ("B", ("乙",))]
    assert scheme_from_form(form_from(scheme)) == scheme


@pytest.mark.parametrize("line", ["江岸区 40", "江岸区：40", "江岸区40", "江岸区 = 40"])
def test_a_weight_is_an_area_and_a_number(line):
    scheme = scheme_from_form(MultiDict({**form(""), "roll_up": "weighted", "weights": f"{line}\n421003 2.5"}))
    assert isinstance(scheme, PublicationScheme), scheme
    assert [(one.area, str(one.weight)) for one in scheme.weights] == [("江岸区", "40"), ("421003", "2.5")]
    assert scheme_from_form(form_from(scheme)) == scheme


@pytest.mark.parametrize(
    ("weights", "roll_up", "code"),
    [
        ("江岸区 40", "mean", "schemes.weights_unused"),
        ("江岸区 40\n江岸区 50", "weighted", "schemes.area_weighed_twice"),
        ("江岸区 0", "weighted", "schemes.number_not_positive"),
        ("江岸区", "weighted", "reading.missing"),
    ],
)
def test_weights_that_say_nothing_are_refused(weights, roll_up, code):
    found = scheme_from_form(MultiDict({**form(""), "roll_up": roll_up, "weights": weights}))
    assert isinstance(found, list)
    assert code in [problem.code for problem in found]
