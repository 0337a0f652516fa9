"""A photo is decoded once in a request or a job, however often it is asked about; a new signal is a row."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PIL import Image

from inspect_app.collections.evidence.checks import PHOTO_CHECKS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.evidence.photo import Evidence
from inspect_app.domain.evidence.signals import SIGNALS, Limits, Shot, Signal, SignalKind, signals_of
from inspect_app.photos import intake
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.bundle import sealed_bundle
from inspect_app.services.evidence.examining import Context, check_file, check_inspection, examine
from inspect_app.services.inspecting.submitting import submit
from tests.cases import acted_on, dispatched
from tests.domain.evidence.test_signals import shot
from tests.photos.test_heic import heic
from tests.web.builders import hidden, signed_in
from tests.web.cases.test_unit import report, taken
from tests.web.inspecting.test_field import filled, send
from tests.world import NOW, WEEK, World, evidence, failing, headers, new_id, photo, received, sha256

pytestmark = pytest.mark.usefixtures("photo_work")


def png(seed: int) -> bytes:
    output = io.BytesIO()
    Image.open(io.BytesIO(photo(seed, (320, 240)))).save(output, "PNG")
    return output.getvalue()


FORMATS = {"jpeg": lambda seed: photo(seed, (640, 480)), "png": png, "heic": lambda seed: heic(seed, (320, 240))}


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each whole file went through the decoder, by SHA-256; before a JPEG is kept only its begin does."""
    counted: Counter[str] = Counter()
    real = intake.small_raster

    def counting(image: Image.Image, content: bytes, small_px: int) -> Image.Image:
        counted[sha256(content)] += 1
        return real(image, content, small_px)

    monkeypatch.setattr(intake, "small_raster", counting)
    return counted


def inspected(world: World, content: bytes, items: tuple[str, ...] = ("open",)) -> str:
    """An inspection whose first item failed; the photo shows each of the items."""
    received(world.services, content)
    raw = world.submission("public-toilet", photos=[evidence(content, item) for item in items])
    raw["answers"] = failing(raw["answers"], world.checklist("public-toilet"), "open")
    inspector, id = find_user(world.services.store, "inspector"), new_id()
    assert inspector
    assert submit(world.services, inspector, id, raw, NOW + timedelta(minutes=20)).kept
    return id


@pytest.mark.parametrize("kind", FORMATS)
def test_a_units_form_with_a_photo_decodes_it_once(world, decodings, kind):
    content = FORMATS[kind](1)
    case = acted_on(world, dispatched(world), "unit", "accept")
    world.services.after.wait()
    client = signed_in(world, "unit")
    page = client.get(f"/unit/cases/{case.id}").text
    fields = {"csrf_token": hidden(page, "csrf_token"), "id": hidden(page[page.index('id="report"') :], "id")}
    decodings.clear()
    file = {"photos": (io.BytesIO(content), "a")}
    assert client.post(f"/unit/cases/{case.id}/handle", data={**fields, **file}).status_code == 303
    client.application.extensions["inspect"].after.wait()
    assert decodings[sha256(content)] == 2, "once for the form, and once for the search in the background"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_units_report_decodes_its_photo_once(world, decodings, kind):
    content = FORMATS[kind](2)
    case = acted_on(world, dispatched(world), "unit", "accept")
    received(world.services, content)
    decodings.clear()
    client = world.app().test_client()
    address, raw = f"/api/v1/handlings/{new_id()}", report(case.id, taken(content))
    assert client.put(address, json=raw, headers=headers(world.tokens["unit"])).status_code == 201
    client.application.extensions["inspect"].after.wait()
    assert decodings[sha256(content)] == 2, "once for the report, and once for the search in the background"


@pytest.mark.parametrize("kind", FORMATS)
def test_the_checks_decode_a_photo_once_also_where_it_shows_two_items(world, decodings, kind):
    content = FORMATS[kind](3)
    items = tuple(item.id for item in world.checklist("public-toilet").items[:2])
    received(world.services, content)
    decodings.clear()
    id = inspected(world, content, items)
    world.services.after.wait()
    # What was decoded whole when it came is not decoded again to be checked; what shows a finding is, to be searched.
    decoded = 2 if kind == "jpeg" else 1
    assert decodings[sha256(content)] == decoded
    assert [photo.item for photo in check_inspection(world.services, id)] == list(items)
    assert decodings[sha256(content)] == decoded, "what is checked is not checked again"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_form_and_the_worker_decode_its_photo_once(world, decodings, kind):
    content, checklist = FORMATS[kind](4), world.checklist("zebra-crossing")
    client = signed_in(world)
    file = {f"answers.{checklist.items[0].id}.photos": (io.BytesIO(content), "a")}
    fields = {**filled(client, checklist), **file}
    assert send(client, checklist, fields).status_code == 303
    client.application.extensions["inspect"].after.wait()
    assert decodings[sha256(content)] == 1, "a JPEG's pixels are left to the worker, others need no second decode"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_on_disk_is_decoded_once(world, decodings, kind):
    content = FORMATS[kind](5)
    found = check_file(world.services, content, NOW)
    assert (found.problem, found.whole, bool(found.prints)) == (None, True, True)
    assert decodings[sha256(content)] == 1


def test_a_bundle_of_what_is_not_checked_yet_checks_it_and_knows_how_it_is_turned(world, decodings, monkeypatch):
    output, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.open(io.BytesIO(photo(6, (640, 480)))).save(output, "JPEG", exif=exif)
    content = output.getvalue()
    monkeypatch.setattr(world.services.after, "begin", lambda: None)
    id = inspected(world, content)
    assert PHOTO_CHECKS.get(world.services.store, id) is None
    at = NOW + timedelta(hours=1)
    made = sealed_bundle(world.services, "administrator", id, "open", "法院调取", at, scope=EVERYTHING)
    assert not isinstance(made, list), made
    with made, zipfile.ZipFile(made) as archive:
        tagged = Image.open(io.BytesIO(archive.read(f"geotagged/{sha256(content)}.jpg")))
    assert tagged.getexif().get(0x0112) == 6
    assert decodings[sha256(content)] == 2, "small for its checks, and at reading size for its copy"


def test_a_file_that_is_gone_is_not_whole_though_it_was_looked_at_a_moment_ago(world):
    content = photo(8, (320, 240))
    received(world.services, content)
    said = Evidence(sha256(content), "open", NOW, None)
    context = Context("", NOW, None)
    assert examine(world.services, content, said, context).whole
    gone = examine(world.services, None, said, context)
    assert (gone.look, "partial" in {signal.name for signal in gone.signals}) == (None, True)


# A new signal


def _at_night(shot: Shot, limits: Limits) -> Iterator[Signal]:
    if shot.evidence.captured_at.astimezone(shot.timezone).hour < 5:
        yield Signal("at_night", "拍摄于夜间")


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SIGNALS, "at_night", SignalKind("夜间拍摄", "夜里拍的照片多半看不清", _at_night))


def test_a_new_signal_is_given_by_its_row_alone(night):
    late = NOW - timedelta(hours=8)
    assert [one.name for one in signals_of(shot(captured_at=late, received_at=late))] == ["at_night"]
    assert signals_of(shot()) == []


def test_a_new_signal_is_kept_shown_and_filtered_by_on_the_desk(night, world):
    content, at = photo(9, (320, 240)), NOW - timedelta(hours=8)
    received(world.services, content)
    taken_at = {**evidence(content, "open"), "captured_at": at.isoformat()}
    raw = world.submission("public-toilet", started=at, photos=[taken_at])
    raw["answers"] = failing(raw["answers"], world.checklist("public-toilet"), "open")
    inspector, id = find_user(world.services.store, "inspector"), new_id()
    assert inspector
    kept = submit(world.services, inspector, id, raw, at + timedelta(minutes=20)).kept
    assert kept
    world.services.after.wait()
    desk = signed_in(world, "supervisor")
    assert "夜间拍摄" in desk.get(f"/review/desk/?week={kept.value.week}").text
    photos = desk.get(f"/review/desk/photos.json?week={kept.value.week}&signal=at_night").json["photos"]
    assert [one["inspection"] for one in photos] == [id]
    said = {one["name"]: (one["title"], one["why"]) for one in photos[0]["signals"]}
    assert said["at_night"] == ("夜间拍摄", "夜里拍的照片多半看不清")


def test_what_only_cases_give_is_no_filter_of_the_desk(world):
    page = signed_in(world, "supervisor").get(f"/review/desk/?week={WEEK}").text
    assert "不在所属区域" in page
    assert "早于派遣" not in page
