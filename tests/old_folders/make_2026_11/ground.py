"""Before the first inspection: accounts, devices, areas with their outlines, units with their rules, sites."""

from __future__ import annotations

import io
import json
import tomllib
from typing import Any

from inspect_app.first_run import first_run

from .hands import Office, hidden

PEOPLE = {
    "inspector-li": ("李测评", "inspector", ""),
    "inspector-wang": ("王测评", "inspector", ""),
    "inspector-gone": ("赵测评", "inspector", ""),
    "supervisor": ("督导张", "supervisor", ""),
    "supervisor-2": ("督导陈", "supervisor", ""),
    "unit-police": ("公安局联络员", "unit", "市公安局"),
    "unit-housing": ("住建委联络员", "unit", "市住建委"),
    "unit-shashi": ("沙市区联络员", "unit", "沙市区"),
}
UNITS = {
    "市公安局": {"names": "公安局、交警支队", "mail": "police@example.org"},
    "市住建委": {"names": "市住建局", "mail": "housing@example.org、duty@example.org"},
    "市城管局": {"names": "", "mail": "full@example.org"},
    "沙市区": {"names": "沙市区政府", "areas": "421002"},
    "市卫计委": {
        "names": "市卫健委",
        "webhook": "https://robot.example.org/send?key=k",
        "webhook_secret": "SEC-of-nobody",
    },
}
COMMUNITIES = "code,name,parent_code\n421002001001,江津社区,421002001\n421002001002,便河社区,421002001\n"
GRID = {
    "421002001": (112.240, 30.310),
    "421002002": (112.260, 30.310),
    "421002003": (112.280, 30.310),
    "421002004": (112.240, 30.330),
    "421002005": (112.260, 30.330),
    "421003001": (112.190, 30.350),
    "421071001": (112.300, 30.270),
}
"""The south-west corners of streets, each 0.02 degrees wide and high."""
SITES = """\
编码,名称,类型,区域,纬度,经度,误差
Z1,江津路口斑马线,zebra-crossing,421002001,30.3152,112.2461,8
Z2,崇文路口斑马线,zebra-crossing,421002002,30.3160,112.2655,8
Z3,解放路口斑马线,zebra-crossing,421002003,30.3171,112.2852,8
Z4,西城门斑马线,zebra-crossing,421003001,30.3561,112.1962,8
T1,江津公厕,public-toilet,421002001001,30.3181,112.2482,5
T2,崇文公厕,public-toilet,421002002,30.3190,112.2681,5
T3,胜利公厕,public-toilet,421002004,30.3352,112.2464,5
T4,西城公厕,public-toilet,421003001,30.3583,112.1981,5
S1,江津小学周边,school-perimeter,421002001,30.3201,112.2501,10
S2,崇文小学周边,school-perimeter,421002002,30.3210,112.2705,10
S3,西城小学周边,school-perimeter,421003001,30.3602,112.2003,10
M1,便河市场,market,421002001002,30.3221,112.2522,10
M2,解放市场,market,421002003,30.3235,112.2875,10
M3,朝阳市场,market,421002005,30.3371,112.2662,10
R1,江津路500米,main-road,421002001,30.3241,112.2543,15
R2,胜利路500米,main-road,421002004,,,
R3,西城路500米,main-road,421003001,30.3621,112.2024,15
A1,崇文一巷,back-alley,421002002,30.3250,112.2741,10
A2,朝阳一巷,back-alley,421002005,30.3390,112.2684,10
B1,江津一巷,back-alley,421002001,30.3263,112.2563,10
"""
MERGED = "421002050"


def open_office(office: Office) -> None:
    """Accounts, areas, units and sites, in the last week of October."""
    now = office.clock.at("10-26 09:00")
    office.passwords |= first_run(office.services, now)
    admin = office.by("admin")
    for name, fields in UNITS.items():
        admin.post(
            "/admin/units", name=name, **{"areas": "", "mail": "", "webhook": "", "webhook_secret": "", **fields}
        )
    office.units = {one.document["name"]: one.id for one in office.services.store.find("units")}
    for name, (title, role, unit) in PEOPLE.items():
        office.passwords[name] = f"old-folder-{name}"
        fields = {"name": name, "title": title, "role": role, "unit": office.units.get(unit, "")}
        admin.post("/admin/users", 200, password=office.passwords[name], **fields)
    _areas(office)
    _sites(office)
    _rules(office)


def _areas(office: Office) -> None:
    office.clock.at("10-27 10:00")
    admin = office.by("admin")
    admin.post("/admin/areas/import", 200, file=(io.BytesIO(COMMUNITIES.encode()), "社区.csv"), week="2026-W44")
    whole = feature("421002", 112.230, 30.300, 0.075, 0.055)
    take_outlines(office, [whole, *(feature(code, *corner) for code, corner in GRID.items())])


def feature(code: str, west: float, south: float, wide: float = 0.02, high: float = 0.02) -> dict[str, Any]:
    """A rectangle as a feature of GeoJSON."""
    east, north = round(west + wide, 6), round(south + high, 6)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def outlines_file(features: list[dict[str, Any]]) -> tuple[io.BytesIO, str]:
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return io.BytesIO(content), "轮廓.geojson"


def take_outlines(office: Office, features: list[dict[str, Any]]) -> None:
    """Outlines as the administrator takes them over: uploaded, looked at, taken."""
    admin = office.by("admin")
    fields = {"file": outlines_file(features), "system": "wgs84", "parent": ""}
    page = admin.post("/admin/areas/outlines", 200, **fields).text
    admin.post("/admin/areas/outlines/take", **{name: hidden(page, name) for name in ("draft", "system", "digest")})


def _sites(office: Office) -> None:
    """An import, one more by hand, and the shapes of some; a file that somebody left lying after its preview."""
    office.clock.at("10-27 14:00")
    admin = office.by("admin")
    page = admin.post("/admin/sites/import", 200, file=(io.BytesIO(SITES.encode()), "点位.csv"), system="wgs84").text
    fields = {name: hidden(page, name) for name in ("draft", "name", "digest")}
    admin.post("/admin/sites/import/take", system="wgs84", **fields)
    place = {"lat": "30.2760", "lon": "112.3061", "accuracy_m": "12"}
    for status in (303, 422):  # sent twice: the second is declared void in the log
        admin.post(
            "/admin/sites", status,
            code="L1", name="联合路口斑马线", type="zebra-crossing", area="421071001", reason="新增", **place,
        )  # fmt: skip
    school, around = [112.2501, 30.3201], 0.0004
    ring = [[school[0] + x * around, school[1] + y * around] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    gate = {"lat": round(school[1] - around, 6), "lon": school[0], "accuracy_m": 3.0}
    shape(office, "S1", outline={"type": "Polygon", "coordinates": [ring]}, gates=[gate])
    shape(office, "S3", place=None, gates=[{"lat": 30.3602, "lon": 112.2003, "accuracy_m": 4.0}])
    line = [[112.2543, 30.3241], [112.2569, 30.3243], [112.2594, 30.3240]]
    shape(office, "R1", outline={"type": "LineString", "coordinates": line})
    left = SITES.replace("江津公厕", "江津公共厕所").encode()
    admin.post("/admin/sites/import", 200, file=(io.BytesIO(left), "点位改.csv"), system="gcj02")


def shape(office: Office, code: str, **parts: Any) -> None:
    """A site's shape as drawn on the map; what is not named stays."""
    admin = office.by("admin")
    kept = office.services.store.get("sites", code)
    assert kept
    shaped = {"place": kept.document["place"], "outline": kept.document.get("outline"), "gates": []}
    admin.post_json(f"/admin/sites/{code}/shape", {"revision": kept.revision, "shape": {**shaped, **parts}})


def _rules(office: Office) -> None:
    """What the office changes in files of the checklists folder: by pages, and by hand."""
    office.clock.at("10-28 09:00")
    admin = office.by("admin")
    empty = {"clause": "", "checklist": "", "item": "", "area": ""}
    for rule in (
        {"unit": "市公安局", "clause": "(五)4(2)"},
        {"unit": "沙市区", "checklist": "market", "area": "421002"},
        {"unit": "市城管局", "checklist": "main-road", "item": "street-vending"},
        {"unit": "市卫计委", "item": "no-smoking"},
    ):
        admin.post("/admin/units/routing", **{**empty, **rule})
    rule = office.services.library.routing[3]
    admin.post("/admin/units/routing/4/remove", rule=repr(rule))
    page = admin.page(f"/admin/units/{office.units['市卫计委']}/edit")
    admin.post(
        f"/admin/units/{office.units['市卫计委']}",
        revision=hidden(page, "revision"), name="市卫计委", names="市卫健委", areas="", mail="",
        webhook="https://robot.example.org/send?key=k", webhook_secret="SEC-of-nobody",
    )  # fmt: skip
    edit_file(
        office, "deadlines.toml", {"remind_hours = 7": "remind_hours = 4", "working_days = 5": "working_days = 4"}
    )
    edit_file(office, "index.toml", {}, PARTS)


PARTS = """
[[parts]]
id = "civility"
title = "公共文明指数"
weight = 0.7

[[parts]]
id = "sanitation"
title = "环卫指数"
weight = 0.3
"""


def edit_file(office: Office, name: str, changes: dict[str, str], more: str = "") -> None:
    """A file of the checklists folder edited by hand, and taken over."""
    path = office.services.library.folder / name
    text = path.read_text("utf-8")
    for before, after in changes.items():
        assert before in text, (name, before)
        text = text.replace(before, after)
    tomllib.loads(text + more)
    path.write_text(text + more, "utf-8")
    office.services.library.look_again()
    assert not office.services.library.problems, office.services.library.problems
