"""A photo with every kind of metadata through every output of the app: none in, none out, but where it is the original.

Routes are those of the app itself: one that gives a picture, or that was never seen to answer, fails a test here until
it is entered below.
"""

from __future__ import annotations

import base64
import inspect
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import docx
import pytest
from flask import Flask
from PIL import Image
from werkzeug.routing import Rule

from inspect_app.collections import Kept
from inspect_app.collections.evidence.comparison import PHOTO_COMPARISONS
from inspect_app.domain.accounts.permissions import Role
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.evidence.redaction import Box
from inspect_app.domain.evidence.reuse import Comparison, Reuse
from inspect_app.photos.exif import read_exif
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.cases.acts import open_case
from inspect_app.services.cases.exposing import expose
from inspect_app.services.evidence.comparing import COMPARING
from inspect_app.services.evidence.redacting import finish, publish_photo, redaction_of
from inspect_app.services.evidence.references import Candidate, adopt, note_upload, references_of
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.index.publishing import publish
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.quality.calibrating import AskedFor, open_round
from tests.cases import DEADLINE, FILED_AT, acted_on, after_photo
from tests.photos.marked import MARK, kinds
from tests.web.cases.test_unit import report, taken
from tests.web.test_photo_traces import files_in
from tests.world import (
    BUREAU,
    NOW,
    WEEK,
    World,
    evidence,
    failing,
    first_item,
    headers,
    new_id,
    received,
    sha256,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of the marked photos' oddities
CHECKLIST = "zebra-crossing"
LATER = NOW + timedelta(days=15)
ORIGINALS = {"inspections.original", "inspections.sealed"}
"""What gives out originals, as evidence and to whom may have them."""
GIVERS = {
    "calibration.shown", "captions.picture", "case_figures.supervision_letter", "cases.after",
    "cases.before", "exposure.photo", "held.photo", "inspections.bundle", "inspections.original",
    "inspections.review_copy", "inspections.sealed", "inspections.thumbnail", "last_visit.photo", "redaction.plain",
    "redaction.public", "references.small", "reuse.show", "unit.after", "unit.photo",
}  # fmt: skip
"""Routes that give pictures of photos, alone or in files."""
DRAWN = {"charts.card"}
"""Routes that give pictures which are drawn."""
SEGMENTS_OF_GEOTAGGED = {(0xE1, b"Exif"), (0xE2, b"ICC_"), (0xEE, b"Adob")}
_OF_EVERY_LETTER = zipfile.ZipFile(Path(docx.__file__).parent / "templates" / "default.docx").read(
    "docProps/thumbnail.jpeg"
)
"""A preview of an empty page, which python-docx puts in each file that it makes."""
_JPEG = b"\xff\xd8\xff"
_OTHER_PICTURES = (b"\x89PNG", b"RIFF", b"GIF8")


class _StoppedClock(datetime):
    """``datetime`` two weeks after the visits, whose week is published."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return LATER.astimezone(tz or UTC)


@dataclass(frozen=True, slots=True)
class Office:
    """A world in which every kind of photo went everywhere, and the addresses by which it comes out: by route."""

    world: World
    app: Flask
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    addresses: Mapping[str, list[tuple[Role | None, str]]]
    values: Mapping[str, str]
    rooms: Mapping[str, Mapping[str, str]]
    """Of rooms and routes whose parameters mean something else."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    world = World.made_in(tmp_path_factory.mktemp("everywhere") / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("inspect_app.web.context.datetime", _StoppedClock)
        before, after, uploads = kinds(200), kinds(300), kinds(400)
        for content in (*before.values(), *after.values(), *uploads.values()):
            received(world.services, content)
        visit, item, case = _handled(world, before, after)
        app = world.app()
        _reused(world, visit, before, uploads)
        public = _public(world, visit, item, case, before, after)
        references = _references(world, item, uploads)
        calibration = _calibration(world, visit, item, before)
        held = _held(world, app, case.id, after)
        addresses = _addresses(visit, item, case.id, before, after)
        addresses |= {
            "reuse.show": [
                (Role.SUPERVISOR, f"/inspections/{visit}/photos/{sha256(new)}/reuse?picture={which}&of={sha256(old)}")
                for new, old in zip(before.values(), uploads.values(), strict=True)
                for which in ("new", "marked", "earlier")
            ],
            "exposure.photo": [(None, f"/exposure/{case.id}/photos/{name}.jpg") for name in public[len(before) :]],
            "redaction.public": [(None, f"/open/photos/{name}.jpg") for name in public[: len(before)]],
            "references.small": [(Role.INSPECTOR, f"/field/references/pictures/{name}.jpg") for name in references],
            "calibration.shown": [
                (Role.INSPECTOR, f"/field/calibration/{calibration}/{n}.jpg") for n in range(1, len(before) + 1)
            ],
            "held.photo": [
                (Role.ADMINISTRATOR, f"/admin/imports/{held}/photos/{sha256(one)}") for one in after.values()
            ],
        }
        world.services.after.wait()
        values = _values(visit, item, sha256(next(iter(before.values()))))
        ids = {
            "units": world.unit(BUREAU),
            "calibration": calibration,
            "checklists": CHECKLIST,
            "references": CHECKLIST,
        }
        ids |= dict.fromkeys(("cases", "exposure", "unit", "case_figures"), case.id)
        rooms = {room: {"id": id} for room, id in ids.items()}
        yield Office(world, app, before, after, addresses, values, rooms)
    world.services.store.close()


def _handled(world: World, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[str, str, Kept[Any]]:
    """A visit with photos of every kind of one finding, and its case, closed, with after-photos of every kind."""
    checklist, services = world.checklist(CHECKLIST), world.services
    item = first_item(checklist, "compliance").id
    raw = world.submission(CHECKLIST, photos=[evidence(content, item) for content in before.values()])
    raw["answers"] = failing(raw["answers"], checklist, item)
    sender, visit = find_user(services.store, "inspector2"), new_id()
    assert sender
    outcome = submit(services, sender, visit, raw, NOW + timedelta(hours=1))
    assert outcome.kept, outcome.problems
    said = ("confirmed", "", outcome.kept.revision, FILED_AT)
    decided = decide(services, "supervisor", visit, item, *said, scope=EVERYTHING)
    assert isinstance(decided, Kept), decided
    case = open_case(services, "supervisor", visit, item, "请修复", FILED_AT, scope=EVERYTHING)
    assert isinstance(case, Kept), case
    case = acted_on(world, case, "supervisor", "dispatch", unit=world.unit(BUREAU), deadline=DEADLINE)
    case = acted_on(world, case, "unit", "accept")
    shown = tuple(after_photo(sha256(content), world.unit(BUREAU)) for content in after.values())
    case = acted_on(world, case, "unit", "handle", after=shown)
    return visit, item, acted_on(world, case, "supervisor", "close")


def _reused(world: World, visit: str, before: Mapping[str, bytes], uploads: Mapping[str, bytes]) -> None:
    """Have every photo of the visit pass for one that was made of another one of its kind, of another visit."""
    sender, earlier = find_user(world.services.store, "inspector"), new_id()
    assert sender
    raw = world.submission(CHECKLIST, started=NOW - timedelta(hours=2))
    outcome = submit(world.services, sender, earlier, raw, NOW - timedelta(hours=1))
    assert outcome.kept, outcome.problems
    same = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    found = tuple(
        Reuse(sha256(new), sha256(old), earlier, same, ((1, 0), (-1, 1)), 0.95, ())
        for new, old in zip(before.values(), uploads.values(), strict=True)
    )
    hashes = tuple(one.sha256 for one in found)
    PHOTO_COMPARISONS.keep(world.services.store, visit, Comparison(WEEK, COMPARING, hashes, found))


def _public(
    world: World, visit: str, item: str, case: Kept[Any], before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> list[str]:
    """The names under which the public sees every photo of the visit, and then those of the exposed case."""
    services, names = world.services, list[str]()
    for content in before.values():
        done = _redacted(world, visit, content)
        made = publish_photo(services, "supervisor", done, True, FILED_AT)
        assert not isinstance(made, list), made
        assert made.value.public
        names.append(made.value.public)
    for content in after.values():
        _redacted(world, case.id, content)
    assert publish(services, "supervisor", WEEK, "", NOW + timedelta(days=7)) == 1
    chosen = [sha256(one) for one in (*before.values(), *after.values())]
    said = ("已修好", 0, case.revision, FILED_AT)
    shown = expose(services, "supervisor", case.id, chosen, *said, scope=EVERYTHING)
    assert isinstance(shown, Kept), shown
    assert shown.value.exposure
    return names + [photo.name for photo in shown.value.exposure.photos]


def _redacted(world: World, owner: str, content: bytes) -> Kept[Any]:
    found = redaction_of(world.services, owner, sha256(content), scope=EVERYTHING)
    assert found
    done = finish(world.services, "supervisor", found, [Box(0.1, 0.1, 0.2, 0.2, "face")], FILED_AT)
    assert isinstance(done, Kept), done
    return done


def _references(world: World, item: str, uploads: Mapping[str, bytes]) -> list[str]:
    """The names of pictures of references, each of a photo that was uploaded for it."""
    checklist = world.checklist(CHECKLIST)
    grades = ("severe", "slight", "good")
    for number, content in enumerate(uploads.values()):
        owner = note_upload(world.services, "supervisor", checklist, item, sha256(content), NOW)
        assert isinstance(owner, str), owner
        _redacted(world, owner, content)
        candidate = Candidate(owner, sha256(content), item, failed=False)
        said = (grades[number // 3], "压线", FILED_AT)
        assert adopt(world.services, "supervisor", checklist, candidate, *said, expected=number) == []
    return [one.picture for one in references_of(world.services, checklist)]


def _calibration(world: World, visit: str, item: str, before: Mapping[str, bytes]) -> str:
    asked = [
        AskedFor(CHECKLIST, item, Candidate(visit, sha256(content), item, failed=True), key="severe")
        for content in before.values()
    ]
    made = open_round(world.services, "supervisor", "四季度", asked, LATER - timedelta(days=1))
    assert isinstance(made, str), made
    return made


def _held(world: World, app: Flask, case: str, after: Mapping[str, bytes]) -> str:
    """A unit's report that was refused, as its case is closed, and lies with the office."""
    raw, id = report(case, *(taken(content) for content in after.values())), new_id()
    who = headers(world.tokens["unit"]) | {"X-Incomplete": "1"}
    answer = app.test_client().put(f"/api/v1/handlings/{id}", json=raw, headers=who)
    assert answer.json["held"] is True, answer.json
    return id


def _addresses(
    visit: str, item: str, case: str, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> dict[str, list[tuple[Role | None, str]]]:
    earlier, later = ([sha256(content) for content in one.values()] for one in (before, after))
    photos = [f"/inspections/{visit}/photos/{name}" for name in earlier]
    finding = f"/inspections/{visit}/findings/{item}"
    readers = (Role.SUPERVISOR, Role.LEADER)
    return {
        "inspections.thumbnail": [(role, f"{one}/thumbnail") for one in photos for role in readers],
        "inspections.review_copy": [(role, f"{one}/review") for one in photos for role in readers],
        "inspections.original": [(Role.SUPERVISOR, f"{one}/original") for one in photos],
        "inspections.bundle": [(Role.SUPERVISOR, f"{finding}/evidence.zip")],
        "redaction.plain": [
            *((Role.SUPERVISOR, f"/review/redactions/{visit}/{name}/plain.jpg") for name in earlier),
            *((Role.SUPERVISOR, f"/review/redactions/{case}/{name}/plain.jpg") for name in later),
        ],
        "cases.before": [(role, f"/cases/{case}/before/{name}") for name in earlier for role in readers],
        "cases.after": [
            *((role, f"/cases/{case}/after/{name}") for name in later for role in readers),
            *((Role.SUPERVISOR, f"/cases/{case}/after/{name}?small=1") for name in later),
        ],
        "case_figures.supervision_letter": [(Role.SUPERVISOR, f"/cases/{case}/letter.docx")],
        "unit.photo": [(Role.UNIT, f"/unit/cases/{case}/photos/{n}") for n in range(1, len(before) + 1)],
        "unit.after": [(Role.UNIT, f"/unit/cases/{case}/after/{n}") for n in range(1, len(after) + 1)],
        "last_visit.photo": [(Role.INSPECTOR, f"/field/last/{CHECKLIST}-1/photos/{name}") for name in earlier],
        "captions.picture": [(Role.ADMINISTRATOR, "/review/captions/sample.jpg?width=640")],
    }


def _values(visit: str, item: str, photo: str) -> dict[str, str]:
    """What parameters of other routes are filled with."""
    told = {"id": visit, "sha256": photo, "item": item, "code": f"{CHECKLIST}-1", "week": WEEK, "revision": "1"}
    told |= {"number": "1", "act": "drop", "checklist": CHECKLIST, "version": "1", "period": WEEK, "edition": "1"}
    told |= {"kind": "toml", "area": "421002001", "layer": "findings", "file": "index.json", "name": "ranking-9"}
    return told | {"year": "2026"}


def body_of(office: Office, role: Role | None, path: str) -> bytes:
    sent = headers(office.world.tokens[role]) if role else {}
    answer = office.app.test_client().get(path, headers=sent)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
    return answer.data


def parts_of(body: bytes) -> Iterator[bytes]:
    """An answer, and whatever is packed into it: members of archives, packed streams, what is written in base64."""
    for part in files_in(body):
        yield part
        for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", part, re.DOTALL):
            try:
                yield from parts_of(zlib.decompressobj().decompress(found[1]))
            except zlib.error:
                yield found[1]
        for found in re.finditer(rb"base64,([A-Za-z0-9+/=]{40,})", part):
            yield from parts_of(base64.b64decode(found[1] + b"=="))


def segments_of(jpeg: bytes) -> set[tuple[int, bytes]]:
    """Marker and beginning of each application's segment and comment up to the first scan."""
    found, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        if jpeg[at + 1] >= 0xE0:
            found.add((jpeg[at + 1], jpeg[at + 4 : at + 8]))
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return found


def said_in(body: bytes) -> list[str]:
    """What is wrong with an answer: marks of the originals, a picture that says more than it has to, or is not ours.

    Geotagged copies have EXIF, of what the app knows itself.
    """
    found = []
    for part in parts_of(body):
        if any(MARK.encode(code) in part for code in ("utf-8", "utf-16-le", "utf-16-be")):
            found.append("mark")
        if part.startswith(_JPEG) and part != _OF_EVERY_LETTER:
            told = read_exif(part)
            geotagged = told is not None and told.software == "Inspect"
            own = {(0xE0, b"JFIF"), *(SEGMENTS_OF_GEOTAGGED if geotagged else ())}
            found += [f"{marker:x} {begins!r}" for marker, begins in segments_of(part) - own]
            found += [] if part.endswith(b"\xff\xd9") else ["something behind the end"]
            if geotagged and told and told.lat is not None and abs(told.lat - 31.765432) < 0.001:
                found.append("the file's position")
        if part.startswith(_OTHER_PICTURES):
            found.append(f"a picture of another format: {part[:4]!r}")
    return found


def pictures_in(body: bytes) -> list[bytes]:
    return [part for part in parts_of(body) if part.startswith(_JPEG) and part != _OF_EVERY_LETTER]


@pytest.mark.parametrize("route", sorted(GIVERS - ORIGINALS))
def test_no_output_says_what_an_original_says(office, route):
    addresses = office.addresses[route]
    bodies = {path: body_of(office, role, path) for role, path in addresses}
    assert {path: found for path, body in bodies.items() if (found := said_in(body))} == {}
    shown = [one for body in bodies.values() for one in pictures_in(body)]
    assert shown, "else nothing was looked at"
    for one in shown:
        Image.open(io.BytesIO(one)).load()


def test_every_kind_of_photo_comes_out_of_every_route_that_gives_single_ones(office):
    """Else the test above would pass where most are refused."""
    counts = {route: len(addresses) for route, addresses in office.addresses.items()}
    files = {"inspections.bundle", "case_figures.supervision_letter", "captions.picture"}
    assert {route for route, count in counts.items() if count % len(office.before)} == files
    (bundle,) = office.addresses["inspections.bundle"]
    assert len(pictures_in(body_of(office, *bundle))) >= len(office.before)


def test_the_original_is_the_original(office):
    found = [body_of(office, role, path) for role, path in office.addresses["inspections.original"]]
    assert found == list(office.before.values())
    assert all(said_in(content) for content in found), "else the marks would not be found anywhere"


def test_the_sealed_bundle_has_originals_in_their_folder_alone(office):
    (_, bundle) = office.addresses["inspections.bundle"][0]
    answer = office.app.test_client().post(
        bundle.replace("evidence.zip", "sealed.zip"),
        data={"reason": "法院调取"},
        headers=headers(office.world.tokens["administrator"]),
    )
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    originals = {name: content for name, content in members.items() if name.startswith("originals/")}
    assert sorted(originals.values()) == sorted(office.before.values())
    assert {name.rpartition(".")[2] for name in originals} == {"jpg", "png", "webp", "heic", "avif"}
    others = {name: said_in(content) for name, content in members.items() if name not in originals}
    assert {name: found for name, found in others.items() if found} == {}
    for folder in ("geotagged", "captioned"):
        made = [name for name in members if name.startswith(f"{folder}/") and members[name].startswith(_JPEG)]
        assert len(made) == len(office.before), folder


def test_no_other_route_gives_a_picture_or_says_anything(office):
    """Whatever else the app answers to a look, to anybody; and nothing is left out of what is looked at."""
    seen, wrong = set(), []
    rules = [rule for rule in office.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    others = [rule for rule in rules if rule.endpoint not in GIVERS | NO_DATA]
    for role in (*Role, None):
        client = office.app.test_client()
        sent = headers(office.world.tokens[role]) if role else {}
        for rule in others:
            answer = client.get(_filled(office, rule), headers=sent)
            if answer.status_code == 200:
                seen.add(rule.endpoint)
                found = said_in(answer.data) if rule.endpoint not in DRAWN else []
                wrong += [(role, rule.rule, one) for one in (*found, *map(len, pictures_in(answer.data)))]
    assert wrong == []
    assert {rule.endpoint for rule in others} - seen == WITHOUT


def test_no_act_answers_with_a_picture_but_the_sealed_bundle(office):
    """By the text of what takes a POST or PUT."""
    gives = re.compile(r"picture\(|send_file\(|saved_as\(|download\(|_to_keep\(|image/")
    acts = {rule.endpoint for rule in office.app.url_map.iter_rules() if "GET" not in (rule.methods or ())}
    views = {name: inspect.unwrap(office.app.view_functions[name]) for name in acts}
    assert {name for name, view in views.items() if gives.search(inspect.getsource(view))} == {"inspections.sealed"}


def _filled(office: Office, rule: Rule) -> str:
    """An address of a route: with the things of its room, else with those of the visit."""
    room = rule.endpoint.partition(".")[0]
    known = {**office.values, **office.rooms.get(room, {}), **office.rooms.get(rule.endpoint, {})}
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda found: known[found[1]], rule.rule) + QUERIES.get(rule.endpoint, "")


NO_DATA = {"files.static", "libraries.library"}
"""Files of the program."""
QUERIES = {"api.get_area_at": "?lat=30.31&lon=112.24&accuracy_m=5", "map.findings": f"?week={WEEK}"}
WITHOUT = {
    *("auth.home", "index.latest", "plan.latest", "quality.latest", "schemes.go"),  # lead elsewhere
    *("auth.second", "codes.show", "codes.state", "devices.enter", "industries.edit", "signing.timestamp"),
    *("draws.allocation_csv", "draws.check", "draws.drawn", "draws.drawn_csv", "draws.package", "draws.plan_json"),
    *("draws.register", "schemes.edit", "schemes.figures", "schemes.figures_sheet", "schemes.file", "schemes.live"),
    *("schemes.table", "schemes.text", "trust.certificate"),
    "metrics.show",  # not without its token
    "correcting.form",  # a page for who sent the visit, while it may be corrected
    "inspections.recording",  # sound
}
"""Routes that answer nothing here, as there is no such thing: sign-in codes, plans, schemes, certificates. What shows
photos is to be made reachable and not to be entered here.
"""
