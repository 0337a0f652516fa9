"""Quality of measurement on its page; the times of taps as they are sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.quality.agreement import Agreement
from inspect_app.domain.quality.severity import Severity
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.quality.measuring import ItemAgreement, quality_of
from inspect_app.wording import say
from tests.web.builders import hidden, signed_in
from tests.web.evidence.test_review import inspected
from tests.world import NOW, WEEK, first_item, new_id


def send(world, **more):
    raw = {**world.submission("main-road"), **more}
    return submit(world.services, find_user(world.services.store, "inspector"), new_id(), raw, NOW + timedelta(hours=3))


def test_two_inspectors_at_one_site_are_compared_item_by_item(world):
    inspected(world, seed=1, user="inspector")
    inspected(world, seed=2, user="inspector2")
    inspected(world, seed=3, user="inspector")
    found = quality_of(world.services, WEEK, scope=EVERYTHING)
    assert (found.inspections, found.twice) == (3, 1)
    assert found.overall.pairs == found.overall.same == len(found.items)
    page = signed_in(world, "supervisor").get(f"/quality/{WEEK}").text
    assert "1个点位由两名测评员先后测过" in page


def test_a_review_does_not_hide_what_two_inspectors_differed_in(world):
    id = inspected(world, seed=1, user="inspector")
    inspected(world, seed=None, user="inspector2")
    before = quality_of(world.services, WEEK, scope=EVERYTHING).overall
    assert before.same == before.pairs - 1
    item = first_item(world.checklist("public-toilet"), "compliance").id
    assert not isinstance(
        decide(world.services, "supervisor", id, item, "rejected", "看不清", 1, NOW, scope=EVERYTHING), list
    )
    after = quality_of(world.services, WEEK, scope=EVERYTHING).overall
    assert (after.pairs, after.same) == (before.pairs, before.same)


def test_only_supervisors_see_it(world):
    assert signed_in(world, "inspector").get(f"/quality/{WEEK}").status_code == 403
    assert world.app().test_client().get(f"/quality/{WEEK}").status_code == 302


def test_taps_are_kept_and_told_to_supervisors_only(world):
    checklist = world.checklist("main-road")
    taps = {item.id: 1_000 + 500 * n for n, item in enumerate(checklist.items)}
    outcome = send(world, taps=taps)
    assert outcome.kept.value.taps == taps
    page = signed_in(world, "supervisor").get(f"/quality/{WEEK}").text
    assert f"连续{len(taps)}项每项不到1.5秒" in page
    assert "连续" not in signed_in(world, "inspector").get(f"/inspections/{outcome.kept.id}").text


@pytest.mark.parametrize(
    "taps", [[], "x", {"no-such-item": 5}, {"road": "x"}, {"road": -1}, {"road": True}, {"road": 1.5}, {"road": 10**12}]
)
def test_taps_that_cannot_be_are_refused_with_a_sentence(world, taps):
    if isinstance(taps, dict) and "road" in taps:
        taps = {world.checklist("main-road").items[0].id: taps["road"]}
    outcome = send(world, taps=taps)
    assert outcome.kept is None
    assert any("taps" in str(say(problem)) for problem in outcome.problems)


def test_an_inspection_without_taps_is_as_good_as_ever(world):
    assert send(world).kept.value.taps == {}


def test_severity_says_which_sign_is_severe_on_a_phone_as_well_and_writes_minus_signs(world, monkeypatch):
    found = replace(
        quality_of(world.services, WEEK, scope=EVERYTHING), severities=(Severity("inspector", 12, -1.5, -2.75, -0.25),)
    )
    monkeypatch.setattr("inspect_app.web.quality.pages.quality_of", lambda services, week, scope: found)
    page = signed_in(world, "supervisor").get(f"/quality/{WEEK}").text
    assert "正数是严" in page
    assert 'data-label="严（+）宽（−）"' in page
    assert "−1.50" in page
    assert "−2.75—−0.25" in page
    assert "偏宽" in page


def test_every_kappa_has_its_interval_beside_it(world, monkeypatch):
    told = Agreement(pairs=20, same=15, kappa=0.4, low=-0.05, high=0.85, alpha=0.38)
    item = ItemAgreement("公共厕所", "地面干净", told)
    found = replace(quality_of(world.services, WEEK, scope=EVERYTHING), overall=told, items=(item,))
    monkeypatch.setattr("inspect_app.web.quality.pages.quality_of", lambda services, week, scope: found)
    assert signed_in(world, "supervisor").get(f"/quality/{WEEK}").text.count("0.40（−0.05—0.85）") == 2


def test_the_switch_is_off_and_says_so_until_the_office_turns_it(world):
    client = signed_in(world, "supervisor")
    page = client.get(f"/quality/{WEEK}").text
    form = {"csrf_token": hidden(page, "csrf_token"), "revision": "0"}
    assert 'name="published" value="1">' in page
    address = f"/quality/{WEEK}/plausible"
    assert client.post(address, data={**form, "published": "1"}).status_code == 303
    assert 'name="published" value="1" checked>' in client.get(f"/quality/{WEEK}").text
    assert client.post(address, data=form).status_code == 409
    assert client.post(address, data={**form, "revision": "x"}).status_code == 400
    assert client.post(address, data={**form, "revision": "1"}).status_code == 303
    assert 'name="published" value="1">' in client.get(f"/quality/{WEEK}").text
