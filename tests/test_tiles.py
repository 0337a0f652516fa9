"""The tile source that an administrator sets."""

from __future__ import annotations

import pytest

from inspect_app.settings import SettingsError, settings_from
from inspect_app.tiles import TileSource, tiles_from

TIANDITU = "https://t{s}.tianditu.gov.cn/vec_w/wmts?layer=vec&tilematrix={z}&tilerow={y}&tilecol={x}&tk=0123"


def test_without_a_setting_there_is_none():
    assert tiles_from({}) is None


def test_several_layers_with_subdomains_name_each_server_once():
    environment = {"INSPECT_TILES": f"{TIANDITU} {TIANDITU}", "INSPECT_TILES_SUBDOMAINS": "01"}
    assert tiles_from(environment) == TileSource((TIANDITU, TIANDITU), subdomains="01")
    assert settings_from(environment).tiles.origins == ("https://t0.tianditu.gov.cn", "https://t1.tianditu.gov.cn")


def test_tiles_of_the_same_server_need_no_origin():
    found = tiles_from({"INSPECT_TILES": "/tiles/{z}/{x}/{y}.png", "INSPECT_TILES_SYSTEM": "gcj02"})
    assert (found.origins, found.system) == ((), "gcj02")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INSPECT_TILES", "https://tiles/{z}/{x}.png"),
        ("INSPECT_TILES", "ftp://tiles/{z}/{x}/{y}.png"),
        ("INSPECT_TILES", "https://a;script-src *'/{z}/{x}/{y}.png"),
        ("INSPECT_TILES", "https://a b/{z}/{x}/{y}.png"),
        ("INSPECT_TILES_SYSTEM", "bd09"),
        ("INSPECT_TILES_MAX_ZOOM", "23"),
        ("INSPECT_TILES_MAX_ZOOM", "x"),
        ("INSPECT_TILES_SUBDOMAINS", "a b"),
    ],
)
def test_what_cannot_be_is_said_with_the_name_of_the_variable(name, value):
    with pytest.raises(SettingsError, match=f"^{name}："):
        settings_from({"INSPECT_TILES": "https://tiles/{z}/{x}/{y}.png", name: value})
