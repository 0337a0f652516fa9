"""Maps on tiles and without: what is shown is shifted where the tiles are, what is kept never."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import expect

from inspect_app.domain.place.coordinates import gcj02_to_wgs84, wgs84_to_gcj02
from inspect_app.domain.place.positions import Place, distance_m
from tests.browser.conftest import DESK
from tests.browser.phone import let_in
from tests.browser.place.test_position_rules import page  # noqa: F401
from tests.browser.place.test_site_shape import kept, open_shape, save
from tests.browser.test_modules import run
from tests.ports import free_port
from tests.world import HERE, World

pytestmark = pytest.mark.browser
ANYWHERE = st.tuples(st.floats(-80, 80), st.floats(-179, 179)) | st.tuples(st.floats(18, 54), st.floats(73, 135))


class Tiles(ThreadingHTTPServer):
    """A tile server that remembers which tiles were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int, int]] = []
        super().__init__(("127.0.0.1", free_port()), Answer)

    @property
    def template(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{{z}}/{{x}}/{{y}}.png"


class Answer(BaseHTTPRequestHandler):
    server: Tiles

    def do_GET(self) -> None:
        z, x, y = (int(part.removesuffix(".png")) for part in self.path.strip("/").split("/"))
        self.server.asked.append((z, x, y))
        picture = BytesIO()
        Image.new("RGB", (256, 256), (200, 220, 200 if (x + y) % 2 else 180)).save(picture, "PNG")
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(picture.getvalue())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def tiles() -> Iterator[Tiles]:
    server = Tiles()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()


@settings(max_examples=100, deadline=None)
@given(ANYWHERE)
@example([45.0, 137.8346])
@example([*wgs84_to_gcj02(45.0, 137.8346)])
@example([*wgs84_to_gcj02(55.8271, 76.612149)])
def test_the_page_shifts_as_the_server_does(page, there):  # noqa: F811
    assert run(page, "place/map/gcj02.js", "m.toGcj02(a)", there) == pytest.approx(wgs84_to_gcj02(*there), abs=1e-9)
    assert run(page, "place/map/gcj02.js", "m.fromGcj02(a)", there) == pytest.approx(gcj02_to_wgs84(*there), abs=1e-9)


def tile_of(lat: float, lon: float, zoom: int) -> tuple[int, int, int]:
    """The tile that holds a position, by the formula of the usual tile schemes."""
    across = 2**zoom
    north = math.asinh(math.tan(math.radians(lat)))
    return zoom, math.floor((lon + 180) / 360 * across), math.floor((1 - north / math.pi) / 2 * across)


@pytest.mark.parametrize("system", ["wgs84", "gcj02"])
def test_tiles_lie_where_their_system_has_them_and_what_is_saved_is_wgs84(
    world: World, serve, open_browser, tiles: Tiles, monkeypatch, system: str
):
    monkeypatch.setenv("INSPECT_TILES", tiles.template)
    monkeypatch.setenv("INSPECT_TILES_SYSTEM", system)
    monkeypatch.setenv("INSPECT_TILES_ATTRIBUTION", "© 测试 <b>底图</b>")
    server = serve(world.data)
    page = open_browser(DESK).new_page()  # noqa: F811
    let_in(page, server.address, "administrator")
    open_shape(page, server.address)
    expect(page.locator("img.leaflet-tile-loaded").first).to_be_visible()
    expect(page.locator(".leaflet-control-attribution")).to_have_text("© 测试 <b>底图</b>")
    zoom = max(z for z, _, _ in tiles.asked)
    shown = wgs84_to_gcj02(HERE["lat"], HERE["lon"]) if system == "gcj02" else (HERE["lat"], HERE["lon"])
    handle = page.locator(".handle-place").bounding_box()
    assert handle
    under = page.evaluate(
        """([x, y]) => [...document.querySelectorAll("img.leaflet-tile")].filter((tile) => {
            const box = tile.getBoundingClientRect();
            return box.left <= x && x < box.right && box.top <= y && y < box.bottom;
        }).map((tile) => tile.src)""",
        [handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2],
    )
    _, x, y = tile_of(*shown, zoom)
    assert under == [f"{tiles.template.removesuffix('{z}/{x}/{y}.png')}{zoom}/{x}/{y}.png"]
    page.locator("[data-tool=place]").click()
    page.mouse.click(handle["x"] + handle["width"] / 2 + 60, handle["y"] + handle["height"] / 2)
    save(page)
    place = kept(world).place
    pixel_m = 2 * math.pi * 6_378_137 / 256 / 2**zoom * math.cos(math.radians(HERE["lat"]))
    assert distance_m(place, Place(HERE["lat"], HERE["lon"], 0)) == pytest.approx(60 * pixel_m, abs=2)
    assert place.lon > HERE["lon"]


def test_without_tiles_nothing_is_asked_from_anywhere_else(world: World, serve, open_browser):
    server = serve(world.data)
    page = open_browser(DESK).new_page()  # noqa: F811
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    let_in(page, server.address, "administrator")
    open_shape(page, server.address)
    expect(page.locator(".ground-plain")).to_be_visible()
    assert any("/libraries/leaflet/" in url for url in asked)
    assert all(url.startswith((server.address, "data:", "blob:")) for url in asked)
