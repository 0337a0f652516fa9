"""The icons of the home screen are what docs/develop/icons.py makes of the mark."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.conftest import PROJECT
from tests.world import World

ICONS = PROJECT / "static" / "icons"
SCRIPT = runpy.run_path(str(PROJECT / "docs" / "develop" / "icons.py"))


def test_running_the_script_gives_the_committed_icons(tmp_path: Path):
    """Pixel by pixel, but for what another version of Pillow may round differently at the edges."""
    SCRIPT["main"](tmp_path)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.name for path in ICONS.glob("*.png"))
    for name in made:
        with Image.open(tmp_path / name) as fresh, Image.open(ICONS / name) as committed:
            assert (fresh.size, fresh.mode) == (committed.size, committed.mode), name
            difference = ImageStat.Stat(ImageChops.difference(fresh.convert("RGBA"), committed.convert("RGBA")))
            assert max(difference.mean) < 0.2, name


def test_a_changed_mark_would_be_noticed():
    svg = (ICONS / "mark.svg").read_text("utf-8")
    look = SCRIPT["LOOKS"]["icon-192.png"]
    same = ImageChops.difference(SCRIPT["drawn"](look, svg), SCRIPT["drawn"](look, svg.replace("7.5", "6.5")))
    assert max(ImageStat.Stat(same).mean) > 1


@pytest.mark.parametrize(("name", "inside"), [("icon-maskable-512.png", 0.4), ("icon-monochrome-512.png", 0.4)])
def test_what_a_round_mask_cuts_off_is_empty(name: str, inside: float):
    """Outside the circle that every mask leaves, 0.4 of the side around the middle, there is one colour only."""
    with Image.open(ICONS / name) as icon:
        picture = icon.convert("RGBA")
    middle = picture.width / 2
    outside = {
        picture.getpixel((x, y))
        for x in range(0, picture.width, 4)
        for y in range(0, picture.height, 4)
        if (x - middle) ** 2 + (y - middle) ** 2 > (inside * picture.width) ** 2
    }
    assert len(outside) == 1


def test_every_icon_that_the_manifest_names_is_there_in_its_size(world: World):
    client = world.app().test_client()
    manifest = json.loads(client.get("/field/manifest.webmanifest").data)
    assert {"any", "maskable"} <= {icon["purpose"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        answer = client.get(icon["src"])
        assert answer.status_code == 200
        with Image.open(ICONS / Path(icon["src"]).name) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]
