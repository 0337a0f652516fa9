"""What a photo says of who took it stays in the originals: in no other answer, for nobody, in no file within a file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from PIL import Image

from inspect_app.domain.accounts.permissions import Role
from inspect_app.photos.exif import read_exif
from inspect_app.services.evidence.redacting import finished_redaction, redacted_copy
from tests.photos.marked import TRACES, traces_in
from tests.web.two_districts import City, addresses

ORIGINALS = {"inspections.original"}
_LETTER = zipfile.ZipFile(Path(docx.__file__).parent / "templates" / "default.docx")
OF_EVERY_LETTER = _LETTER.read("docProps/thumbnail.jpeg")
"""A preview of an empty page, which python-docx puts in each file that it makes."""


def files_in(body: bytes) -> Iterator[bytes]:
    """The answer, and whatever lies in the archives in it (ZIP, XLSX, DOCX)."""
    yield body
    if zipfile.is_zipfile(io.BytesIO(body)):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in archive.namelist():
                yield from files_in(archive.read(name))


def answers(city: City, name: str) -> Iterator[tuple[str, str, bytes]]:
    client, token = city.app.test_client(), city.world.tokens.get(name)
    sent = {"Authorization": f"Bearer {token}"} if token else {}
    for rule in city.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(("files.", "libraries.")):
            for path in addresses(rule, city.near):
                answer = client.get(path, headers=sent)
                if answer.status_code == 200:
                    yield rule.endpoint, path, answer.data


@pytest.mark.parametrize("name", [*Role, "stranger"])
def test_no_answer_but_an_original_says_who_took_a_photo(districts, name):
    told = [
        (path, traces)
        for endpoint, path, body in answers(districts, name)
        if endpoint not in ORIGINALS
        for one in files_in(body)
        if (traces := traces_in(one))
    ]
    assert told == []


def test_an_original_says_all_of_it(districts):
    """Else the test above would pass whatever is told."""
    (body,) = [one for endpoint, _, one in answers(districts, "supervisor") if endpoint in ORIGINALS]
    assert traces_in(body) == set(TRACES)


def test_units_and_leaders_are_shown_pictures(districts):
    """Else the test above would pass where they are shown none; all are of one size, and say nothing of themselves."""
    shown = {
        (name, endpoint): one
        for name in ("unit", "leader")
        for endpoint, _, body in answers(districts, name)
        for one in files_in(body)
        if one.startswith(b"\xff\xd8\xff") and one != OF_EVERY_LETTER
    }
    there = {("unit", "unit.photo"), ("leader", "inspections.review_copy"), ("leader", "cases.before")}
    there |= {("leader", "case_figures.supervision_letter"), ("leader", "inspections.thumbnail")}
    assert there <= shown.keys()
    for key in there:
        picture = Image.open(io.BytesIO(shown[key]))
        assert picture.size in ((1600, 1600), (320, 320)), key
        assert not read_exif(shown[key]).make
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}, key


def test_the_sealed_bundle_alone_holds_the_original_and_its_copies_say_nothing(districts):
    there = districts.near
    answer = districts.app.test_client().post(
        f"/inspections/{there.filed}/findings/{there.item}/sealed.zip",
        data={"reason": "法院调取"},
        headers={"Authorization": f"Bearer {districts.world.tokens['administrator']}"},
    )
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        traces = {name: traces_in(archive.read(name)) for name in archive.namelist()}
    assert {name.partition("/")[0] for name, found in traces.items() if found} == {"originals"}
    assert {name.partition("/")[0] for name in traces} >= {"geotagged", "captioned"}


def test_the_public_copy_is_of_the_size_of_all(districts):
    there = districts.near
    redaction = finished_redaction(districts.world.services, there.handled, there.photos[2])
    made = redacted_copy(districts.world.services, redaction)
    assert traces_in(made) == set()
    assert Image.open(io.BytesIO(made)).size == (1600, 1600)
