"""A published week for everybody: files, charts, feed, widget and data for other sites; frozen for good."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from inspect_app import create_app
from inspect_app.domain.place.outlines import outline_to_json
from inspect_app.domain.weeks import shifted
from inspect_app.exports.index.files import FILES
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.index.publishing import publish, published
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.place.register import area_tree, find_site
from tests.areas import keep_area_outline
from tests.sites import keep_site
from tests.web.builders import signed_in
from tests.web.evidence.test_review import inspected
from tests.weeks import made_week
from tests.world import NOW, WEEK, accepted, new_id

ATOM = "{http://www.w3.org/2005/Atom}"
STREET = "421002001"
NEXT = shifted(WEEK, 1)


@pytest.fixture
def city(world):
    """Two streets inspected and published; a third comes in the week after."""
    outlines = list(made_week().outlines.values())
    tree = area_tree(world.services.store)
    for code, outline in zip((STREET, "421002002"), outlines, strict=False):
        keep_area_outline(world.services.store, tree.get(code), outline_to_json(outline))
    inspected(world, seed=None, kind="main-road")
    inspected(world, seed=1)
    assert publish(world.services, "supervisor", WEEK, "", NOW + timedelta(days=5)) == 1
    return world


def frozen_paths() -> list[str]:
    """Everything of revision 1 that has an address."""
    files = [f"/index/{WEEK}/1/{name}" for name in FILES]
    charts = [f"/index/{WEEK}/1/charts/{name}.svg" for name in ("ranking-9", "heat", f"trend-{STREET}-narrow")]
    pages = [f"/index/{WEEK}/1", f"/index/{WEEK}/1/areas/{STREET}", f"/index/{WEEK}/1/post.txt"]
    return [*files, *charts, f"/index/{WEEK}/1/card.png", f"/index/{WEEK}/1/charts/dimensions-{STREET}.svg", *pages]


def test_everything_of_a_published_week_is_the_same_on_another_day(city):
    """The register, outlines, names and later weeks change; a new process makes it all again from the frozen data."""
    client = city.app().test_client()
    first = {path: client.get(path) for path in frozen_paths()}
    assert {answer.status_code for answer in first.values()} == {200}
    outline = {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]}
    tree = area_tree(city.services.store)
    assert keep_area_outline(city.services.store, tree.get(STREET), outline)
    inspected(city, seed=5)
    inspected(city, seed=6, at=NOW + timedelta(weeks=1))
    assert publish(city.services, "supervisor", NEXT, "", NOW + timedelta(weeks=1)) == 1
    again = city.app().test_client()
    for path, answer in first.items():
        assert again.get(path).data == answer.data, path
        assert again.get(path).headers["ETag"] == answer.headers["ETag"]


def test_the_public_s_pages_and_files_may_be_kept_and_are_not_sent_twice(city):
    client = city.app().test_client()
    answer = client.get(f"/index/{WEEK}")
    assert "max-age=300" in answer.headers["Cache-Control"]
    assert client.get(f"/index/{WEEK}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    own = signed_in(city, "supervisor").get(f"/index/{WEEK}")
    assert "no-store" in own.headers["Cache-Control"]


def test_a_supervisor_gets_the_files_of_the_week_as_it_stands(city):
    supervisor = signed_in(city, "supervisor")
    for name in FILES:
        assert supervisor.get(f"/index/{WEEK}/0/{name}").status_code == 200, name
    assert supervisor.get(f"/index/{WEEK}/0/charts/ranking-9.svg").status_code == 200
    assert city.app().test_client().get(f"/index/{WEEK}/0/index.xlsx").status_code == 404


def test_unknown_files_and_charts_are_not_found(city):
    client = city.app().test_client()
    for path in (
        f"/index/{WEEK}/1/secret.key",
        f"/index/{WEEK}/1/charts/ranking-7.svg",
        f"/index/{WEEK}/1/charts/ranking-.svg",
        f"/index/{WEEK}/1/charts/trend-999.svg",
        f"/index/{WEEK}/1/charts/nonsense.svg",
        f"/index/{WEEK}/2/index.xlsx",
    ):
        assert client.get(path).status_code == 404, path


def test_the_archive_names_its_files_and_no_inspector(city):
    client = city.app().test_client()
    answer = client.get(f"/index/{WEEK}/1/data.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archived:
        everything = b"".join(archived.read(name) for name in archived.namelist()).decode()
    assert f'filename="{WEEK}-1-data.zip"' in answer.headers["Content-Disposition"]
    for secret in ("inspector", "supervisor", "captured_at", "30.31"):
        assert secret not in everything


def test_the_map_of_the_page_links_the_areas_that_have_an_outline(city):
    """One street alone makes no map; a second one does."""
    assert "area-map" not in city.app().test_client().get(f"/index/{WEEK}").text
    store = city.services.store
    road = find_site(store, "main-road-1")
    keep_site(store, replace(road, code="road-2", area="421002002"))
    raw = {**city.submission("main-road"), "site": "road-2"}
    late = submit(city.services, find_user(store, "inspector"), new_id(), raw, NOW + timedelta(hours=3)).kept
    assert late
    accepted(city.services, late.id)
    publish(city.services, "supervisor", WEEK, "补录", NOW + timedelta(days=6))
    page = city.app().test_client().get(f"/index/{WEEK}").text
    svg = page[page.index('<svg class="area-map"') :]
    for street in (STREET, "421002002"):
        assert f'<a href="/index/{WEEK}/areas/{street}"' in svg[: svg.index("</svg>")]


def test_the_feed_is_atom_with_permanent_addresses(city):
    publish(city.services, "supervisor", WEEK, "补录", NOW + timedelta(days=6))
    root = ElementTree.fromstring(city.app().test_client().get("/index/feed.atom").data)
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 1
    assert entries[0].find(f"{ATOM}id").text.startswith("urn:uuid:")
    assert entries[0].find(f"{ATOM}link").get("href") == f"/index/{WEEK}"
    assert "第2版" in entries[0].find(f"{ATOM}title").text
    assert "全市指数 80.00" in entries[0].find(f"{ATOM}content").text
    for element in (root, entries[0]):
        assert element.find(f"{ATOM}updated").text == published(city.services, WEEK).head.published_at


PUBLIC_PAGES = ("feed.atom", "latest.json", WEEK, "widget", f"{WEEK}/1/post.txt", "")


def test_the_host_that_a_request_names_is_in_no_answer(city):
    """A cache on the way would hand it to others."""
    client = city.app().test_client()
    ids = set()
    for host in ("evil.test", "localhost"):
        for page in PUBLIC_PAGES:
            answer = client.get(f"/index/{page}", headers={"Host": host})
            assert b"evil.test" not in answer.data, page
            assert "evil.test" not in str(answer.headers), page
        ids.add(ElementTree.fromstring(client.get("/index/feed.atom", headers={"Host": host}).data)[1].text)
    assert len(ids) == 1, "a reader of the feed sees the same entries by whatever name it asks"


def test_the_address_that_is_set_stands_in_what_others_keep(city):
    settings = replace(city.settings, address="https://city.example")
    client = create_app(settings).test_client()
    assert client.get("/index/latest.json").json["url"] == f"https://city.example/index/{WEEK}"
    feed = client.get("/index/feed.atom").text
    assert f"<id>https://city.example/index/{WEEK}</id>" in feed
    assert f'content="https://city.example/index/{WEEK}/1/card.png"' in client.get(f"/index/{WEEK}").text
    assert '&lt;iframe src="https://city.example/index/widget"' in client.get(f"/index/{WEEK}").text


def test_other_sites_may_read_the_data_and_frame_the_widget_but_nothing_else(city):
    client = city.app().test_client()
    latest = client.get("/index/latest.json")
    assert latest.headers["Access-Control-Allow-Origin"] == "*"
    assert (latest.json["week"], latest.json["url"]) == (WEEK, f"/index/{WEEK}")
    widget = client.get("/index/widget")
    assert "frame-ancestors" not in widget.headers["Content-Security-Policy"]
    assert "80.00" in widget.text
    for path in (f"/index/{WEEK}", "/login"):
        answer = client.get(path)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_link_to_a_week_has_a_picture_and_words(city):
    page = city.app().test_client().get(f"/index/{WEEK}").text
    found = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)"', page))
    assert found["image"] == f"/index/{WEEK}/1/card.png"
    assert "80.00" in found["description"]


def test_weights_are_public(city):
    weights = city.app().test_client().get("/index/weights.json").json
    assert weights["roll_up"] == "sites"
    assert json.loads(json.dumps(weights)) == published(city.services, WEEK).head.weights


def test_a_page_is_light(city):
    """HTML and style sheets, compressed, far below 100 KB; charts come on their own."""
    client = city.app().test_client()
    page = client.get(f"/index/{WEEK}", headers={"Accept-Encoding": "br"})
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', client.get(f"/index/{WEEK}").text)
    sizes = [len(page.data), *(len(client.get(sheet, headers={"Accept-Encoding": "br"}).data) for sheet in sheets)]
    assert len(sizes) == 4
    assert sum(sizes) < 40_000
