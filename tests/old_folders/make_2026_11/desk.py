"""What the office does with inspections: decides, hides faces, draws plans, publishes weeks, edits checklists."""

from __future__ import annotations

import io
from typing import Any

from inspect_app.services.outside_figures import keep_outside_figures
from inspect_app.services.planning import find_plan
from openpyxl import load_workbook

from .ground import MERGED, edit_file, feature, outlines_file, take_outlines
from .hands import Office, hidden

NO_REASON = ""


def decide(office: Office, week: str, *, rejected: dict[str, str], left: tuple[str, ...] = ()) -> None:
    """Confirm the findings of a week but those rejected (``site/item`` to the reason) and those left open."""
    by = office.by("supervisor")
    for number, (stored, item) in enumerate(findings(office, week)):
        name = f"{stored.document['site']}/{item}"
        if name in left or stored.document["site"] in left:
            continue
        decision, reason = ("rejected", rejected[name]) if name in rejected else ("confirmed", NO_REASON)
        wanted = {"inspection": stored.id, "item": item, "decision": decision, "reason": reason, "seen": None}
        if number % 2:
            fields = {"decision": decision, "reason": reason, "revision": _revision(office, stored.id)}
            by.post(f"/inspections/{stored.id}/findings/{item}", **fields)
        else:
            done = by.post_json("/review/desk/decisions", {"decisions": [wanted]})
            assert done["results"][0]["status"] == 200, done


def change_mind(office: Office, week: str, site: str, reason: str) -> None:
    """Take the first decision on a site's findings back, and reject what was confirmed."""
    stored, item = next(one for one in findings(office, week) if one[0].document["site"] == site)
    for decision, why in (("reopened", NO_REASON), ("rejected", reason)):
        kept = office.services.store.get("inspections", stored.id)
        assert kept
        review = kept.document["reviews"].get(item)
        wanted = {"inspection": stored.id, "item": item, "decision": decision, "reason": why}
        document = {"decisions": [{**wanted, "seen": review["at"] if review else None}]}
        done = office.by("supervisor-2").post_json("/review/desk/decisions", document)
        assert done["results"][0]["status"] == 200, done


def findings(office: Office, week: str) -> list[tuple[Any, str]]:
    kept = office.services.store.find("inspections", week=week)
    return [(one, item["item_id"]) for one in kept for item in one.document["items"] if item["failed"]]


def save_filters(office: Office) -> None:
    """A supervisor who keeps changing a filter: so often that the store compacts the file set."""
    by = office.by("supervisor")
    for number in range(270):
        by.post_json("/review/desk/filters", {"name": "中山街道", "query": f"area=421002001&decision=open&n={number}"})
    by.post_json("/review/desk/filters", {"name": "斑马线", "query": "type=zebra-crossing&decision=all"})


def redact(office: Office) -> None:
    """Photos of the first week: one public, one taken back, one only finished."""
    by = office.by("supervisor")
    wanted = [
        (stored, item) for stored, item in findings(office, "2026-W45") if stored.document["site"] in ("Z1", "T1", "R1")
    ]
    for (stored, item), publicity in zip(wanted, ((True,), (True, False), ()), strict=False):
        photo = next(one for one in stored.document["photos"] if one["item"] == item)
        path = f"/review/redactions/{stored.id}/{photo['sha256']}"
        by.page(path)
        boxes = [{"x": 0.25, "y": 0.25, "width": 0.2, "height": 0.3, "kind": "face"}]
        boxes.append({"x": 0.6, "y": 0.7, "width": 0.25, "height": 0.1, "kind": "plate"})
        kept = by.post_json(path, {"revision": 0, "boxes": boxes})
        for public in publicity:
            kept = by.post_json(path, {"revision": kept["revision"], "public": public})


def export_evidence(office: Office) -> None:
    """The bundle of one finding, which is noted in the log."""
    stored, item = findings(office, "2026-W45")[0]
    office.notes["bundle"] = f"/inspections/{stored.id}/findings/{item}/evidence.zip"
    office.by("supervisor").send("GET", office.notes["bundle"], 200)


def plan(office: Office) -> None:
    """The plan of 2026-W46, announced and drawn in the week before, and the areas that inspectors keep away from."""
    office.clock.at("11-05 17:00")
    by = office.by("supervisor")
    by.post("/plan/avoidances/inspector-wang", week="2026-W46", areas=["421003001", "421071001"])
    by.post("/plan/2026-W46/seed", seed="公开摇号 2026-11-05 03 17 29", count="12", least="1")
    office.clock.at("11-06 09:00")
    by.post("/plan/2026-W46/draw", value="", second="30", gap="0")


def change_plan(office: Office) -> None:
    """During the week: others for the sites of an inspector who left, and a site taken out."""
    office.clock.at("11-09 08:30")
    by, drawn = office.by("supervisor"), find_plan(office.services, "2026-W46")
    assert drawn
    for site in drawn.sites:
        if "inspector-gone" in site.inspectors:
            other = "inspector" if site.second != ("inspector",) else "inspector-li"
            by.post(f"/plan/2026-W46/sites/{site.code}/reassign", inspector=other, reason="赵测评已离职")
    out = next(site for site in drawn.sites if not site.second and site.area == "421002001")
    by.post(f"/plan/2026-W46/sites/{out.code}/drop", reason="施工围挡，无法进入")


def later_plans(office: Office) -> None:
    """2026-W47 with a seed that nobody could know yet, in pairs; of 2026-W49 only the seed is out."""
    office.clock.at("11-12 17:00")
    by = office.by("supervisor-2")
    by.post("/plan/2026-W47/seed", seed="上证综指 2026-11-13 收盘", count="8", least="0")
    retire(office, "B1", "拆迁，巷子已不存在")
    office.clock.at("11-14 10:00")
    by.post("/plan/2026-W47/draw", value="3990.49", second="25", gap="1", in_pairs="y")
    office.clock.at("11-20 17:00")
    by.post("/plan/2026-W49/seed", seed="福彩双色球 2026-11-26", count="10", least="1")


def publish(office: Office, week: str, at: str, reason: str = "") -> None:
    office.clock.at(at)
    office.by("supervisor").post(f"/index/{week}/publish", reason=reason, anyway="y")


def outside(office: Office, week: str, figures: str) -> None:
    text = f"area,part,value\n{figures}"
    done = keep_outside_figures(office.services, "命令行", week, text, "环卫.csv", office.clock.now)
    assert isinstance(done, int), done


def change_areas(office: Office) -> None:
    """A street renamed from 2026-W46, two merged into a new one from 2026-W47, and a rename taken back."""
    office.clock.at("11-05 10:00")
    admin = office.by("admin")
    renamed = {"code": "421002003", "name": "解放路街道", "week": "2026-W46", "reason": "荆政函〔2026〕31号"}
    admin.post("/admin/areas/rename", **renamed)


def merge_areas(office: Office) -> None:
    office.clock.at("11-12 10:00")
    admin = office.by("admin")
    merged = {"codes": ["421002004", "421002005"], "new_code": MERGED, "name": "胜朝街道", "into": ""}
    admin.post("/admin/areas/merge", **merged, week="2026-W47", reason="荆政函〔2026〕35号")
    mistaken = {"code": "421002002", "name": "崇文路街道", "week": "2026-W48", "reason": "误录"}
    admin.post("/admin/areas/rename", **mistaken)
    admin.post("/admin/areas/changes/3/withdraw")
    take_outlines(office, [feature(MERGED, 112.240, 30.330, 0.045)])
    left = {"file": outlines_file([feature("421003001", 112.180, 30.340)]), "system": "gcj02", "parent": ""}
    admin.post("/admin/areas/outlines", 200, **left)


def change_sites(office: Office) -> None:
    """A site moved and renamed, its history in the log; another retired by mistake and brought back."""
    office.clock.at("11-10 09:00")
    admin = office.by("admin")
    for name, lat in (("江津路口斑马线（东）", "30.3152"), ("江津路口斑马线（东移）", "30.3155")):
        revision = hidden(admin.page("/admin/sites/Z1/edit"), "revision")
        fields = {"type": "zebra-crossing", "area": "421002001", "lat": lat, "lon": "112.2461", "accuracy_m": "6"}
        admin.post("/admin/sites/Z1/edit", code="Z1", name=name, reason="重新测量", revision=revision, **fields)
    retire(office, "A2", "误停用")
    admin.post("/admin/sites/A2/restore", revision=hidden(admin.page("/admin/sites/A2/edit"), "revision"), reason="")


def retire(office: Office, code: str, reason: str) -> None:
    admin = office.by("admin")
    revision = hidden(admin.page(f"/admin/sites/{code}/edit"), "revision")
    admin.post(f"/admin/sites/{code}/retire", revision=revision, reason=reason)


def edit_checklists(office: Office) -> None:
    """Zebra crossings by an uploaded workbook, toilets by hand; a second workbook was looked at and not taken."""
    office.clock.at("11-08 16:00")
    admin = office.by("admin")
    changes = {"机动车礼让斑马线": "机动车主动礼让斑马线", 30: 32}
    page = upload(office, "zebra-crossing", changes)
    admin.post("/checklists/take", draft=hidden(page, "draft"))
    upload(office, "market", {"商品明码标价": "商品和服务明码标价"})
    edit_file(office, "public-toilet.toml", {"veto_cap = 60\n": "veto_cap = 55\nlive = true\n"})


def weigh_types(office: Office) -> None:
    """Other weights from the second publication on."""
    edit_file(office, "index.toml", {"[types]": '[types]\n"school-perimeter" = 1.5'})


def upload(office: Office, checklist: str, changes: dict[Any, Any]) -> str:
    """The page that shows what an edited workbook would change."""
    admin = office.by("admin")
    book = load_workbook(io.BytesIO(admin.send("GET", f"/checklists/{checklist}.xlsx", 200).data))
    cells = [cell for row in book["测评项"].iter_rows() for cell in row]
    for before, after in changes.items():
        next(cell for cell in cells if cell.value == before).value = after
    output = io.BytesIO()
    book.save(output)
    output.seek(0)
    return admin.post("/checklists/upload", 200, file=(output, f"{checklist}.xlsx")).text


def _revision(office: Office, id: str) -> int:
    kept = office.services.store.get("inspections", id)
    assert kept
    return kept.revision
