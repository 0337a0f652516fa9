"""Public exposure: only redacted photos, only after the delay, with the outcome, and withdrawn with a trace."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image, ImageChops

from inspect_app.collections import Kept
from inspect_app.collections.cases.case import CASES
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.cases.case import Case
from inspect_app.domain.cases.exposure import Exposure, Withdrawal, hidden_because, not_before, outcome
from inspect_app.domain.cases.life_cycle import Course, State
from inspect_app.domain.evidence.redaction import Box
from inspect_app.photos.uniform import uniform
from inspect_app.services.audit import entries_of
from inspect_app.services.cases.exposing import expose, exposed_case, exposed_photo, withdraw
from inspect_app.services.evidence.redacting import finish, plain_copy, redaction_of
from inspect_app.services.index.publishing import publish
from inspect_app.wording import all_said, say
from tests.cases import DEADLINE, FILED_AT, acted_on, after_photo, dispatched
from tests.web.builders import hidden, signed_in
from tests.world import NOW, WEEK, photo, received, sha256

AT = NOW + timedelta(days=7)
BOX = Box(0.25, 0.25, 0.5, 0.5, "face")
VALUE = Course(FILED_AT, State.ACCEPTED, "u", (), DEADLINE)
CHOSEN = Exposure("supervisor", FILED_AT, not_before(FILED_AT, 7), "", ())
WITHDRAWN = replace(CHOSEN, withdrawn=Withdrawal("supervisor", FILED_AT, "照片里有家属"))


@pytest.mark.parametrize(
    ("case", "exposure", "published", "after_days", "why"),
    [
        (VALUE, CHOSEN, True, 7, ""),
        (VALUE, CHOSEN, True, 6.99, "未到公开时间"),
        (VALUE, CHOSEN, False, 8, "还没有发布"),
        (VALUE, WITHDRAWN, True, 8, "已撤回"),
        (Course(FILED_AT, State.CANCELLED), CHOSEN, True, 8, "已撤销"),
    ],
)
def test_a_case_is_shown_after_its_delay_of_a_published_week_unless_taken_back(
    case, exposure, published, after_days, why
):
    told = hidden_because(case, exposure, published, FILED_AT + timedelta(days=after_days))
    assert (why in told) if why else told == ""


def test_the_outcome_is_told_as_it_stands():
    assert outcome(VALUE, DEADLINE - timedelta(hours=1)) == "正在整改"
    assert outcome(VALUE, DEADLINE + timedelta(hours=1)) == "超期未整改"
    for state, words in (
        (State.CLOSED, "已整改"),
        (State.HANDLED, "已报告整改，正在核查"),
        (State.SUSPENDED, "暂时无法整改"),
    ):
        assert outcome(Course(FILED_AT, state, "u", (), DEADLINE), AT) == words


def redacted(world, owner: str, name: str) -> None:
    done = finish(
        world.services, "supervisor", redaction_of(world.services, owner, name, scope=EVERYTHING), [BOX], FILED_AT
    )
    assert not isinstance(done, list), done


@pytest.fixture
def case(world) -> Kept[Case]:
    """A closed case with a photo before and one after, of a published week."""
    content = photo(90)
    received(world.services, content)
    found = acted_on(world, dispatched(world), "unit", "accept")
    found = acted_on(world, found, "unit", "handle", after=(after_photo(sha256(content), found.value.unit),))
    found = acted_on(world, found, "supervisor", "close")
    assert publish(world.services, "supervisor", WEEK, "", AT) == 1
    return found


def shown(world, case: Kept[Case], *, days: int = 0, now: datetime = FILED_AT + timedelta(days=1)) -> Kept[Case]:
    before, after = case.value.photos[0], case.value.after[0].sha256
    redacted(world, case.value.inspection, before)
    redacted(world, case.id, after)
    kept = expose(
        world.services, "supervisor", case.id, [before, after], "已修好", days, case.revision, now, scope=EVERYTHING
    )
    assert isinstance(kept, Kept), kept
    if days:
        return kept
    # Pages go by the clock on the wall.
    exposure = replace(kept.value.exposure, not_before=datetime(2020, 1, 1, tzinfo=UTC))
    return CASES.update(world.services.store, kept, replace(kept.value, exposure=exposure))


def test_only_photos_whose_redaction_is_finished_can_be_chosen(world, case):
    before = case.value.photos[0]

    def choose(photos, days=0, text=""):
        return expose(world.services, "supervisor", case.id, photos, text, days, case.revision, AT, scope=EVERYTHING)

    assert "打码完成" in str(say(choose([before])[0]))
    assert "至少选一张" in str(say(choose([])[0]))
    redacted(world, case.value.inspection, before)
    assert "打码完成" in str(say(choose([before, "f" * 64])[0]))
    assert "0到365天" in str(say(choose([before], days=366)[0]))
    assert "500个字" in str(say(choose([before], text="长" * 501)[0]))
    assert CASES.get(world.services.store, case.id) == case
    assert isinstance(choose([before]), Kept)


def test_the_public_sees_redacted_photos_and_the_outcome_and_nothing_of_who_inspected(world, case):
    kept = shown(world, case)
    stranger = world.app().test_client()
    page = stranger.get(f"/exposure/{case.id}").text
    for words in (
        "已整改",
        "厕位" if "厕位" in kept.value.title else kept.value.title,
        "已修好",
        "沙市区 中山街道",
    ):
        assert words in page
    listed = stranger.get("/exposure/").text
    assert f"/exposure/{case.id}" in listed
    names = [one.name for one in kept.value.exposure.photos]
    secrets = ["inspector", "supervisor", case.value.inspection, "30.31", *case.value.photos]
    assert not [secret for secret in secrets if secret in page + listed]
    for one in kept.value.exposure.photos:
        answer = stranger.get(f"/exposure/{case.id}/photos/{one.name}.jpg")
        assert answer.status_code == 200
        public = Image.open(io.BytesIO(answer.data))
        plain = uniform(Image.open(io.BytesIO(plain_copy(world.services, one.sha256))))
        assert not public.getexif()
        width, height = public.size
        middle = (round(width * 0.35), round(height * 0.35), round(width * 0.65), round(height * 0.65))
        apart = ImageChops.difference(public.crop(middle), plain.crop(middle))
        assert max(high for _, high in apart.getextrema()) > 40, "the box is not burnt in"
    assert len(set(names)) == 2
    assert stranger.get(f"/exposure/{case.id}/photos/{case.value.photos[0]}.jpg").status_code == 404
    assert stranger.get(f"/exposure/{case.id}/photos/照片.jpg").status_code == 404


def test_nothing_is_shown_before_the_delay_is_over(world, case):
    kept = shown(world, case, days=7)
    name = kept.value.exposure.photos[0].name
    early, late = FILED_AT + timedelta(days=6), FILED_AT + timedelta(days=7)
    assert exposed_case(world.services, case.id, early) is None
    assert exposed_photo(world.services, case.id, name, early) is None
    assert exposed_case(world.services, case.id, late) is not None
    assert exposed_photo(world.services, case.id, name, late) is not None
    assert [exposed_photo(world.services, case.id, other, late) for other in ("中", "\ud800", "", name[:-1])] == [
        None
    ] * 4


def test_what_is_withdrawn_is_gone_at_once_and_leaves_a_trace(world, case):
    kept = shown(world, case)
    name = kept.value.exposure.photos[0].name
    supervisor, stranger = signed_in(world, "supervisor"), world.app().test_client()
    address = f"/cases/{case.id}/exposure"
    page = supervisor.get(address).text
    fields = {"csrf_token": hidden(page, "csrf_token"), "revision": hidden(page, "revision")}
    assert supervisor.post(f"{address}/withdraw", data=fields).status_code == 422
    assert stranger.get(f"/exposure/{case.id}").status_code == 200
    assert supervisor.post(f"{address}/withdraw", data={**fields, "reason": "照片里有家属"}).status_code == 303
    assert stranger.get(f"/exposure/{case.id}").status_code == 404
    assert stranger.get(f"/exposure/{case.id}/photos/{name}.jpg").status_code == 404
    assert "已撤回" in supervisor.get("/cases/exposure").text
    acts = [(entry["act"], (entry["after"] or {}).get("reason")) for entry in entries_of(world.services, case.id)]
    assert acts[-2:] == [("exposure.chosen", None), ("exposure.withdrawn", "照片里有家属")]
    now = datetime.now(UTC)
    again = CASES.get(world.services.store, case.id)
    refused = withdraw(world.services, "supervisor", case.id, "再撤", again.revision, now, scope=EVERYTHING)
    assert "没有公开" in all_said(refused)


def test_the_office_chooses_on_the_page_and_somebody_quicker_is_told(world, case):
    before = case.value.photos[0]
    redacted(world, case.value.inspection, before)
    supervisor = signed_in(world, "supervisor")
    page = supervisor.get(f"/cases/{case.id}/exposure").text
    assert f"/review/redactions/{case.id}/" in page
    fields = {"csrf_token": hidden(page, "csrf_token"), "photo": before, "days": "0", "revision": str(case.revision)}
    assert supervisor.post(f"/cases/{case.id}/exposure", data={**fields, "days": "x"}).status_code == 422
    assert supervisor.post(f"/cases/{case.id}/exposure", data={**fields, "revision": "1"}).status_code == 409
    assert supervisor.post(f"/cases/{case.id}/exposure", data=fields).status_code == 303
    assert case.id in supervisor.get("/cases/exposure").text


def test_an_after_photo_is_redacted_but_not_published_by_itself(world, case):
    after = case.value.after[0].sha256
    supervisor = signed_in(world, "supervisor")
    page = supervisor.get(f"/review/redactions/{case.id}/{after}")
    assert page.status_code == 200
    assert 'id="publish" disabled hidden' in page.text
    redacted(world, case.id, after)
    token = hidden(supervisor.get(f"/cases/{case.id}/exposure").text, "csrf_token")
    answer = supervisor.post(
        f"/review/redactions/{case.id}/{after}", json={"revision": 1, "public": True}, headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 422
