"""Hostile requests to every route, each by somebody who may: a few of those that ``benchmarks/fuzz.py`` sends.

New routes, forms and fields are among them by themselves. The seed is fixed, so that whatever fails fails again.
"""

from __future__ import annotations

import random
from collections import defaultdict

from flask import Flask

from inspect_app.domain.accounts.permissions import GRANTS, Role
from inspect_app.web.access import rule_of
from tests.fuzzing.asks import Ask
from tests.fuzzing.campaign import STRANGER, Campaign, Tally, filled, stopped_clock
from tests.fuzzing.hostile import ELSEWHERE, MARK
from tests.fuzzing.judge import RULES, Answer, broken

SEED = 20261128
TIMES = 1
PAGE = (("Content-Type", "text/html; charset=utf-8"),)
ASKED = Ask("x", "POST", b"/x", headers={"Host": ELSEWHERE})
BAD = {
    "server error": Answer(500, PAGE, b""),
    "traceback": Answer(404, PAGE, b"Traceback (most recent call last):"),
    "error in the log": Answer(404, PAGE, b"", "ERROR"),
    "leads elsewhere": Answer(302, (("Location", "/\\evil.test"),), b""),
    "names another host": Answer(404, PAGE, f"<a href='http://{ELSEWHERE}/'>".encode()),
    "splits a header": Answer(404, (("X", "a\r\nb"),), b""),
    "input unescaped": Answer(404, PAGE, f"<p>{MARK}</p>".encode()),
    "no JSON": Answer(404, (("Content-Type", "application/json"),), b"NaN"),
    "status lies": Answer(200, PAGE, b'<div class="problems" role="alert">'),
}


def shared_out(app: Flask, rng: random.Random) -> dict[str, set[str]]:
    """The endpoints by who is to ask them: one of those who may."""
    parts = defaultdict(set)
    for endpoint in sorted(app.view_functions):
        needed = rule_of(app, endpoint)
        may = [role.value for role in Role if needed and GRANTS[role] & needed]
        parts[rng.choice(may) if may else STRANGER].add(endpoint)
    return parts


def test_no_request_ends_in_an_error_or_breaks_a_rule(tmp_path):
    tally, rng = Tally(), random.Random(SEED)
    with stopped_clock():
        city = filled(tmp_path / "city")
        parts = shared_out(city.opened(tmp_path / "routes").app(), rng)
        for role, endpoints in sorted(parts.items()):
            Campaign(city, tmp_path, role, rng, tally).run(TIMES, only=endpoints)
    assert [(one.rules, one.role, one.asked, one.logged[-800:]) for one in tally.failures.values()] == []
    assert tally.by_status[200] > tally.requests / 5, "what is asked is refused before it is read"


def test_each_rule_finds_the_answer_that_breaks_it():
    assert set(BAD) | {"error is no JSON"} == set(RULES)
    for rule, answer in BAD.items():
        assert list(broken(ASKED, answer)) == [rule]
    of_api = Ask("api.x", "PUT", b"/api/v1/x")
    assert list(broken(of_api, Answer(413, PAGE, b""))) == ["error is no JSON"]
