"""Which unit a finding is proposed to, and rules learnt from dispatches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.accounts.unit import Unit
from inspect_app.domain.cases.routing import (
    About,
    Dispatched,
    RoutingRule,
    parse_routing,
    propose,
    routing_text,
    suggested,
)
from inspect_app.wording import say

CITY, DISTRICT, STREET = "421000", "421002", "421002001"
POLICE = Unit("p", "市公安局", ("交警支队",))
WORKS = Unit("w", "市住建委")
SHASHI = Unit("s", "沙市区", (), (DISTRICT,))
JINGZHOU = Unit("j", "荆州区", (), ("421003",))
ZHONGSHAN = Unit("z", "中山街道办", (), (STREET,))
UNITS = [POLICE, WORKS, SHASHI, JINGZHOU, ZHONGSHAN]


def about(*units: str, clauses: tuple[str, ...] = ("(五)4(2)",)) -> About:
    return About(clauses, "zebra-crossing", "parking", units, (CITY, DISTRICT, STREET))


@pytest.mark.parametrize(
    ("named", "lead", "joint"),
    [
        (("市公安局",), "p", ()),
        (("交警支队",), "p", ()),
        (("荆州区", "沙市区", "市住建委"), "w", ("s",)),
        (("荆州区", "沙市区"), "s", ()),
        (("荆州区",), "z", ()),
        (("没有登记的局",), "z", ()),
    ],
)
def test_a_bureau_named_leads_the_district_of_the_site_helps_and_ground_decides_last(named, lead, joint):
    proposal = propose([], UNITS, about(*named))
    assert (proposal.lead, proposal.joint) == (lead, joint)


def test_with_no_unit_that_fits_there_is_no_proposal_and_it_says_so():
    proposal = propose([], [JINGZHOU], about("市公安局"))
    assert proposal.lead == ""
    assert "没有登记" in proposal.why


def test_the_closest_rule_decides_and_of_equal_ones_the_last():
    rules = [
        RoutingRule("市住建委", clause="(五)4"),
        RoutingRule("沙市区", clause="(五)4(2)"),
        RoutingRule("荆州区", clause="(五)3"),
        RoutingRule("没有登记的局", item="parking", checklist="zebra-crossing"),
    ]
    assert propose(rules, UNITS, about("市公安局")).lead == "s"
    assert propose(rules, UNITS, about("市公安局")).joint == ("p",)
    assert propose([*rules, RoutingRule("中山街道办", clause="(五)4(2)", area=STREET)], UNITS, about()).lead == "z"
    assert propose([*rules, RoutingRule("市公安局", clause="(五)4(2)")], UNITS, about()).lead == "p"
    assert propose([*rules, RoutingRule("荆州区", area="421003")], UNITS, about()).lead == "s"


def test_what_is_sent_elsewhere_again_and_again_suggests_a_rule():
    seen = [Dispatched("zebra-crossing", "parking", "p", "s")] * 4 + [Dispatched("zebra-crossing", "parking", "p", "p")]
    (found,) = suggested(UNITS, seen, [])
    assert found.rule == RoutingRule("沙市区", checklist="zebra-crossing", item="parking", area=DISTRICT)
    assert (found.times, found.of) == (4, 5)
    assert suggested(UNITS, seen, [found.rule]) == []
    assert suggested(UNITS, seen[:2], []) == []
    assert suggested(UNITS, [*seen, *seen[-1:]], []) == []
    assert suggested(UNITS, [Dispatched("a", "b", "p", "p")] * 9, []) == []


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(str.strip)
RULES = st.builds(
    RoutingRule,
    unit=NAMES,
    clause=NAMES,
    checklist=NAMES | st.just(""),
    item=st.just("") | NAMES,
    area=st.sampled_from(["", STREET]),
)


@given(st.lists(RULES, max_size=5))
def test_rules_written_are_read_again_as_they_were(rules):
    stripped = [RoutingRule(rule.unit.strip(), rule.clause, rule.checklist, rule.item, rule.area) for rule in rules]
    assert parse_routing(routing_text(stripped)) == tuple(stripped)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[rules", "TOML"),
        ("[[rules]]\nunit = '甲'", "至少写一个"),
        ("[[rules]]\nclause = '(五)'", "unit"),
        ("[[rules]]\nunit = '甲'\nclaus = '(五)'", "claus"),
        ("[[rules]]\nunit = '甲'\narea = '沙市'", "区划代码"),
        ("rule = 1", "rule"),
    ],
)
def test_a_misprint_in_the_rules_is_named(text, told):
    problems = parse_routing(text)
    assert isinstance(problems, list)
    assert any(told in str(say(problem)) for problem in problems)
