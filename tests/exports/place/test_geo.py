"""Map layers: read back by GDAL as they are, in WGS-84, with nothing in them that tells who inspected."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyogrio.raw import read

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.place.areas import Area
from inspect_app.domain.place.outlines import outline_to_json, parse_outline
from inspect_app.domain.place.positions import Place
from inspect_app.domain.place.sites import Site
from inspect_app.exports.place.geo import Attribute, Columns, Feature, csv_files, geojson, geojson_files
from inspect_app.exports.place.geo_layers import LAYERS
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.place.register import find_site
from tests.areas import keep_area_outline
from tests.sites import keep_site
from tests.web.builders import signed_in
from tests.world import HERE, NOW, STREET, WEEK, World, evidence, failing, first_item, new_id, photo, received, sha256

# Wound clockwise, as RFC 7946 does not have it; with a hole.
SQUARE: Any = {
    "type": "Polygon",
    "coordinates": [
        [[112.24, 30.31], [112.24, 30.32], [112.25, 30.32], [112.25, 30.31], [112.24, 30.31]],
        [[112.242, 30.312], [112.244, 30.312], [112.244, 30.314], [112.242, 30.314], [112.242, 30.312]],
    ],
}
ROAD: Any = {"type": "LineString", "coordinates": [[112.24, 30.31], [112.2451234567, 30.3112345678]]}


@pytest.fixture
def filled(world: World) -> World:
    """Outlines of an area, a school and a road, gates; two inspections with findings, one of them decided; a report."""
    store = world.services.store
    assert keep_area_outline(store, Area(STREET, "中山街道", "421002"), SQUARE)
    school, road = parse_outline(SQUARE, {}), parse_outline(ROAD, {}, ("LineString",))
    assert not isinstance(school, list)
    assert not isinstance(road, list)
    gates = (Place(30.31, 112.245, 3.0), Place(30.32, 112.245, 3.0))
    keep_site(store, Site("s-1", "=实验小学,“东区”", "school-perimeter", STREET, None, outline=school, gates=gates))
    keep_site(store, Site("r-1", "江津路\n东段", "main-road", STREET, None, outline=road))
    keep_site(store, Site("u-1", "不知在哪", "public-toilet", STREET, None, state="retired"))
    _inspect(world, 0, "inspector", decision="confirmed")
    _inspect(world, 1, "inspector2", decision=None)
    _report(world)
    return world


def _inspect(world: World, number: int, inspector: str, decision: str | None) -> str:
    checklist = world.checklist("public-toilet")
    item, content = first_item(checklist, "compliance").id, photo(number, (160, 120))
    assert received(world.services, content).is_new
    started = NOW + timedelta(minutes=20 * number)
    raw = world.submission(
        "public-toilet", started=started, photos=[{**evidence(content, item, lat=30.31111, lon=112.24321)}]
    )
    raw["answers"] = failing(raw["answers"], checklist, item)
    raw["answers"][item] |= {"note": "门锁着，“推不开”\n第二行"}
    user, id = find_user(world.services.store, inspector), new_id()
    assert user
    outcome = submit(world.services, user, id, raw, NOW + timedelta(hours=1))
    assert outcome.kept, outcome
    if decision:
        decide(
            world.services, "supervisor", id, item, decision, "照片清楚", 1, NOW + timedelta(hours=2), scope=EVERYTHING
        )
    return id


def _report(world: World) -> None:
    content = photo(9, (160, 120))
    assert received(world.services, content).is_new
    checklist = world.services.library.ad_hoc
    assert checklist
    kind = next(item.id for item in checklist.items if item.id != "other")
    raw = {
        "kind": "adhoc", "checklist": checklist.id, "version": checklist.version, "area": STREET, "place": "桥头",
        "started_at": NOW.isoformat(), "finished_at": NOW.isoformat(),
        "answers": {kind: {"value": "fail", "note": ""}}, "photos": [evidence(content, kind)],
    }  # fmt: skip
    user = find_user(world.services.store, "inspector")
    assert user
    outcome = submit(world.services, user, new_id(), raw, NOW + timedelta(hours=1))
    assert outcome.kept, outcome


def exported(world: World, folder: Path, *arguments: str) -> Path:
    result = world.app().test_cli_runner().invoke(args=["export", "geo", "--to", str(folder), *arguments])
    assert result.exit_code == 0, result.output
    return folder


def rows(path: Path) -> list[dict[str, Any]]:
    """The features of a file as GDAL reads them: the attributes, and the geometry under ``geometry``."""
    meta, _, geometries, columns = read(path, datetime_as_string=True)
    names = [str(name) for name in meta["fields"]]
    return [
        {
            **{name: column[number] for name, column in zip(names, columns, strict=True)},
            "geometry": shapely.from_wkb(geometries[number]) if geometries is not None else None,
        }
        for number in range(len(columns[0]))
    ]


@pytest.mark.parametrize("form", ["geojson", "csv"])
def test_every_layer_opens_in_gdal_in_wgs84_with_its_geometry_and_its_columns(filled: World, tmp_path: Path, form: str):
    folder = exported(filled, tmp_path / "out", "--format", form)
    expected = {"areas": 31, "sites": 25, "site-grounds": 1, "site-lines": 1, "site-gates": 2}
    for name, layer in LAYERS.items():
        info = pyogrio.read_info(folder / f"{name}.{form}", force_feature_count=True)
        assert info["crs"] == "EPSG:4326", name
        # A layer's type is told by its features in GeoJSON; CSV has none but what its rows say.
        assert info["geometry_type"] in {layer.columns.geometry, "Unknown" if form == "csv" else None}, name
        own = [field for field in info["fields"] if field != "WKT"]
        assert own == [field.name for field in layer.columns.fields], name
        assert info["features"] == {**expected, "inspections": 2, "findings": 3}.get(name), name


@pytest.mark.parametrize("form", ["geojson", "csv"])
def test_values_and_places_are_what_was_kept(filled: World, tmp_path: Path, form: str):
    folder = exported(filled, tmp_path, "--format", form)
    mark = "'" if form == "csv" else ""
    sites = {row["code"]: row for row in rows(folder / f"sites.{form}")}
    assert sites["s-1"]["name"] == f"{mark}=实验小学,“东区”"
    assert sites["s-1"]["area"] == STREET
    assert sites["s-1"]["registered"] == "outline gates"
    assert shapely.contains(shapely.geometry.shape(SQUARE), sites["s-1"]["geometry"])
    assert sites["r-1"]["name"] == "江津路\n东段"
    assert (sites["u-1"]["state"], sites["u-1"]["geometry"]) == ("retired", None)
    toilet = sites["public-toilet-1"]
    assert (toilet["geometry"].x, toilet["geometry"].y, toilet["accuracy_m"]) == (112.2412, 30.3105, 5)
    (road,) = rows(folder / f"site-lines.{form}")
    assert list(road["geometry"].coords) == [(112.24, 30.31), (112.2451235, 30.3112346)]
    assert [row["gate"] for row in rows(folder / f"site-gates.{form}")] == [1, 2]

    areas = {row["code"]: row for row in rows(folder / f"areas.{form}")}
    assert areas[STREET]["geometry"].equals(shapely.geometry.shape(SQUARE))
    assert areas["421002"]["geometry"] is None
    assert areas[STREET]["full_name"] == f"沙市区 {areas[STREET]['name']}"

    found = sorted(rows(folder / f"findings.{form}"), key=lambda row: (row["site"] or "", row["decision"]))
    report, decided, waiting = found
    assert [row["decision_name"] for row in found] == ["待复核", "确认", "待复核"]
    assert (decided["geometry"].x, decided["geometry"].y, decided["place_from"]) == (112.2412, 30.3105, "site")
    assert decided["photos"] == sha256(photo(0, (160, 120)))
    assert waiting["note"] == "门锁着，“推不开”\n第二行"
    assert report["site"] in ("", None)
    assert (report["name"], report["place_from"]) == ("随手拍：桥头", "photo")
    assert (report["geometry"].x, report["geometry"].y) == (HERE["lon"], HERE["lat"])
    visits = rows(folder / f"inspections.{form}")
    assert {str(row["day"])[:10].replace("/", "-") for row in visits} == {"2026-11-23"}
    assert {row["findings"] for row in visits} == {1}
    assert all(0 < row["rate"] < 100 for row in visits)


def test_nothing_tells_who_inspected_when_of_the_day_or_where_a_phone_was(filled: World, tmp_path: Path):
    """Everything that is written, searched for accounts, titles, times and the positions of photos at sites."""
    for form in ("geojson", "csv"):
        exported(filled, tmp_path / form, "--format", form)
    written = {path: path.read_text("utf-8") for folder in ("geojson", "csv") for path in (tmp_path / folder).iterdir()}
    assert len(written) == len(LAYERS) * 4
    kept = filled.services.store.find("inspections")
    users = [find_user(filled.services.store, name) for name in ("inspector", "inspector2", "supervisor")]
    secrets = {
        "inspector", "inspector2", "supervisor", "30.31111", "112.24321",
        *(user.title for user in users if user), *(str(one.document["fingerprint"]) for one in kept),
        *(str(one.document[name])[11:19] for one in kept for name in ("started_at", "finished_at", "received_at")),
    }  # fmt: skip
    assert {"02:30:00", "03:30:00"} <= secrets
    for path, text in written.items():
        assert not [secret for secret in secrets if secret in text], path


def test_within_a_week_the_order_is_by_site_and_not_by_time(filled: World, tmp_path: Path):
    """The site that is inspected last has the first code."""
    store = filled.services.store
    site = find_site(store, "public-toilet-1")
    assert site
    keep_site(store, Site("a-first", "甲", site.site_type, site.area, site.place))
    raw = {**filled.submission("public-toilet", started=NOW + timedelta(hours=5)), "site": "a-first"}
    user = find_user(store, "inspector")
    assert user
    assert submit(filled.services, user, new_id(), raw, NOW + timedelta(hours=6)).kept
    exported(filled, tmp_path, "inspections")
    assert [row["site"] for row in rows(tmp_path / "inspections.geojson")] == ["a-first", *["public-toilet-1"] * 2]


def test_a_week_and_an_area_narrow_what_is_exported(filled: World, tmp_path: Path):
    counts = {}
    for name, arguments in {
        "other week": ["--week", "2026-W40"],
        "week": ["--week", WEEK],
        "district": ["--area", "421002"],
        "other district": ["--area", "421003"],
    }.items():
        folder = exported(filled, tmp_path / name, *arguments, "findings", "sites")
        counts[name] = [
            len(json.loads((folder / f"{one}.geojson").read_text())["features"]) for one in ("findings", "sites")
        ]
    assert counts == {"other week": [0, 25], "week": [3, 25], "district": [3, 25], "other district": [0, 0]}


def test_geojson_is_as_rfc_7946_has_it(filled: World, tmp_path: Path):
    exported(filled, tmp_path, "site-grounds", "findings")
    whole = json.loads((tmp_path / "site-grounds.geojson").read_text("utf-8"))
    assert (whole["type"], whole["name"]) == ("FeatureCollection", "site-grounds")
    assert "crs" not in whole
    ((outer, hole),) = whole["features"][0]["geometry"]["coordinates"]
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(hole).is_ccw


def test_wrong_arguments_get_a_sentence_and_write_nothing(filled: World, tmp_path: Path):
    runner = filled.app().test_cli_runner()
    for arguments, said in ((["--week", "2026-W99"], "2026-W99"), (["--area", "999999"], "没有区域「999999」")):
        result = runner.invoke(args=["export", "geo", "--to", str(tmp_path / "no"), *arguments])
        assert result.exit_code == 1
        assert said in result.output
    assert not (tmp_path / "no").exists()


def test_an_export_that_breaks_off_leaves_the_file_of_before(filled: World, tmp_path: Path, monkeypatch):
    exported(filled, tmp_path, "sites")
    before = (tmp_path / "sites.geojson").read_bytes()

    def broken(*_: Any) -> Iterator[Feature]:
        yield Feature(None, {"code": "x"})
        raise RuntimeError("on the way")

    layer = LAYERS["sites"]
    monkeypatch.setitem(LAYERS, "sites", type(layer)(layer.title, layer.columns, layer.by_week, broken))
    result = filled.app().test_cli_runner().invoke(args=["export", "geo", "--to", str(tmp_path), "sites"])
    assert isinstance(result.exception, RuntimeError)
    assert [path.name for path in tmp_path.glob("*sites*")] == ["sites.geojson"]
    assert (tmp_path / "sites.geojson").read_bytes() == before


# On the page


def test_supervisors_download_layers_and_nobody_else_does(filled: World):
    for name, status in (("inspector", 403), ("supervisor", 200), ("administrator", 200)):
        client = signed_in(filled, name)
        for path in ("/exchange/", "/exchange/findings.geojson", "/exchange/findings.zip"):
            assert client.get(path).status_code == status, (name, path)
    assert filled.app().test_client().get("/exchange/findings.geojson").status_code == 302


def test_what_the_page_gives_is_what_the_command_writes(filled: World, tmp_path: Path):
    client = signed_in(filled, "supervisor")
    for form in ("geojson", "csv"):
        exported(filled, tmp_path, "--format", form, "--week", WEEK, "--area", "421002")
    for name in LAYERS:
        query = f"week={WEEK}&area=421002"
        answer = client.get(f"/exchange/{name}.geojson?{query}")
        assert answer.mimetype == "application/geo+json"
        assert f'filename="{name}-421002-{WEEK}.geojson"' in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.data == (tmp_path / f"{name}.geojson").read_bytes()
        packed = client.get(f"/exchange/{name}.zip?{query}")
        with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
            assert sorted(archive.namelist()) == [f"{name}.csv", f"{name}.csvt", f"{name}.prj"]
            for file in archive.namelist():
                assert archive.read(file) == (tmp_path / file).read_bytes()


def test_the_page_leads_to_each_layer_with_what_is_chosen(filled: World):
    client = signed_in(filled, "supervisor")
    page = client.get(f"/exchange/?week={WEEK}&area={STREET}").text
    for name in LAYERS:
        assert f'href="/exchange/{name}.geojson?week={WEEK}&amp;area={STREET}"' in page
        assert f'href="/exchange/{name}.zip?week={WEEK}&amp;area={STREET}"' in page
    assert client.get(f"/review/inspections?week={WEEK}").text.count(f'href="/exchange/?week={WEEK}"') == 1


@pytest.mark.parametrize("path", ["?week=2026-W99", "?area=999999", "findings.geojson?week=x", "findings.zip?area=x"])
def test_a_wrong_choice_is_refused_in_a_sentence(filled: World, path: str):
    answer = signed_in(filled, "supervisor").get(f"/exchange/{path}")
    assert answer.status_code == 400
    assert "不是有效的周" in answer.text or "没有区域" in answer.text
    assert signed_in(filled, "supervisor").get("/exchange/users.geojson").status_code == 404


def test_features_are_written_as_they_are_read():
    """The first is on its way before the second is looked for, whatever there will be."""
    asked = []

    def endless() -> Iterator[Feature]:
        number = 0
        while True:
            asked.append(number)
            yield Feature({"type": "Point", "coordinates": [112, 30]}, {"n": number})
            number += 1

    for files in (geojson_files, csv_files):
        asked.clear()
        columns = Columns("many", "Point", (Attribute("n", "数", "whole"),))
        pieces = next(iter(files(columns).values()))(endless())
        for _ in range(4):
            next(pieces)
        assert len(asked) == 3


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30)


@given(
    st.lists(
        st.tuples(
            TEXTS, st.integers(-(2**31), 2**31 - 1), st.floats(-1e6, 1e6), st.floats(-180, 180), st.floats(-90, 90)
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=40)
def test_any_value_comes_back_from_gdal_as_it_went(tmp_path_factory: pytest.TempPathFactory, values: list[Any]):
    folder = tmp_path_factory.mktemp("geo")
    columns = Columns(
        "any", "Point", (Attribute("t", "文"), Attribute("n", "数", "whole"), Attribute("x", "数", "number"))
    )
    features = [
        Feature({"type": "Point", "coordinates": [lon, lat]}, {"t": f"甲{text}", "n": whole, "x": number})
        for text, whole, number, lon, lat in values
    ]
    for files in (geojson_files, csv_files):
        for name, write in files(columns).items():
            (folder / name).write_text("".join(write(iter(features))), "utf-8", newline="")
    for name in ("any.geojson", "any.csv"):
        found = rows(folder / name)
        assert [row["t"] for row in found] == [f"甲{text}" for text, *_ in values], name
        assert [row["n"] for row in found] == [whole for _, whole, *_ in values]
        assert [row["x"] for row in found] == pytest.approx([number for _, _, number, *_ in values], rel=1e-14)
        for row, (*_, lon, lat) in zip(found, values, strict=True):
            assert (row["geometry"].x, row["geometry"].y) == pytest.approx((lon, lat), abs=5.1e-8)


def test_outlines_are_wound_and_rounded_and_otherwise_as_they_were():
    outline = parse_outline(SQUARE, {})
    assert not isinstance(outline, list)
    columns = Columns("a", "MultiPolygon", ())
    (feature,) = json.loads("".join(geojson(columns, [Feature(outline_to_json(outline), {})])))["features"]
    assert shapely.geometry.shape(feature["geometry"]).equals(shapely.geometry.shape(SQUARE))
