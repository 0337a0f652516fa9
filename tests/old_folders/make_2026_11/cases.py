"""Cases on every way that the life cycle has, each act by the page or the interface that its party uses."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from inspect_app.services.reminders import remind

from tests.notices.servers import mail_server

from . import photos
from .hands import Office, hidden, moment
from .visits import METRE

PAST, FAR = "2026-11-13T18:00", "2049-12-31T18:00"
"""Deadlines that are over, and that are not, whenever the folder is read (before 2050)."""
LATER = "2049-12-31T23:00"
ACCOUNTS = {"市公安局": "unit-police", "市住建委": "unit-housing", "沙市区": "unit-shashi"}
Step = tuple[str, str, dict[str, Any]]
"""When, which act, and what it says."""

HANDLED: Step = ("11-11 10:00", "handle", {"note": "已更换门锁，请核查"})
WAYS: dict[str, list[Step]] = {
    "filed": [],
    "dispatched, overdue": [("11-09 11:00", "dispatch", {"unit": "市公安局", "deadline": PAST})],
    "dispatched, in time": [("11-09 11:00", "dispatch", {"unit": "市住建委", "deadline": FAR, "joint": ["沙市区"]})],
    "accepted, overdue": [
        ("11-09 11:00", "dispatch", {"unit": "市公安局", "deadline": PAST}),
        ("11-10 09:00", "accept", {}),
    ],
    "returned": [
        ("11-09 11:00", "dispatch", {"unit": "市公安局", "deadline": PAST}),
        ("11-10 09:10", "return", {"reason": "属社区管理，非本局职责"}),
    ],
    "returned, sent to another": [
        ("11-09 11:00", "dispatch", {"unit": "市公安局", "deadline": PAST, "joint": ["市住建委"]}),
        ("11-10 09:20", "accept", {}),
        ("11-10 09:30", "return", {"reason": "权属在住建部门"}),
        ("11-10 15:00", "dispatch", {"unit": "市住建委", "deadline": FAR}),
    ],
    "more time asked": [
        ("11-09 11:00", "dispatch", {"unit": "市住建委", "deadline": PAST}),
        ("11-10 10:00", "accept", {}),
        ("11-11 09:00", "extend", {"reason": "等待配件到货", "deadline": FAR}),
    ],
    "more time granted": [
        ("11-09 11:00", "dispatch", {"unit": "市住建委", "deadline": PAST}),
        ("11-10 10:00", "accept", {}),
        ("11-11 09:00", "extend", {"reason": "需停水施工", "deadline": FAR}),
        ("11-11 14:00", "grant", {"deadline": LATER}),
    ],
    "more time refused": [
        ("11-09 11:00", "dispatch", {"unit": "沙市区", "deadline": PAST}),
        ("11-10 10:00", "accept", {}),
        ("11-11 09:00", "extend", {"reason": "人手不足", "deadline": FAR}),
        ("11-11 14:10", "refuse", {"reason": "可以立即改正，不予延期"}),
    ],
    "handled, to be looked at again": [
        ("11-09 11:00", "dispatch", {"unit": "市住建委", "deadline": FAR}),
        ("11-10 10:00", "accept", {}),
        HANDLED,
        ("11-12 09:00", "recheck", {"inspector": "inspector-li"}),
    ],
    "sent back, then closed": [
        ("11-09 11:00", "dispatch", {"unit": "市住建委", "deadline": FAR}),
        ("11-10 10:00", "accept", {}),
        HANDLED,
        ("11-12 10:00", "send_back", {"reason": "照片上仍有积水", "deadline": FAR}),
        ("11-12 16:00", "handle", {"note": "已清掏", "photos": 2}),
        ("11-13 10:00", "close", {"reason": "现场核实"}),
    ],
    "suspended": [
        ("11-09 11:00", "dispatch", {"unit": "市公安局", "deadline": PAST}),
        ("11-10 11:00", "suspend", {"reason": "列入明年改造计划"}),
    ],
    "suspended, resumed": [
        ("11-09 11:00", "dispatch", {"unit": "市住建委", "deadline": PAST}),
        ("11-10 11:00", "suspend", {"reason": "施工许可待批"}),
        ("11-16 09:00", "resume", {"deadline": FAR}),
    ],
    "closed in time": [
        ("11-09 11:00", "dispatch", {"unit": "沙市区", "deadline": PAST, "joint": ["市公安局"]}),
        ("11-09 15:00", "accept", {}),
        ("11-10 16:00", "handle", {"note": "", "way": "form"}),
        ("11-11 10:00", "close", {"reason": ""}),
    ],
    "closed too late": [
        ("11-09 11:00", "dispatch", {"unit": "市公安局", "deadline": "2026-11-10T12:00"}),
        ("11-09 15:00", "accept", {}),
        ("11-12 16:00", "handle", {"note": "已加派人手疏导", "north_m": 700.0}),
        ("11-13 10:10", "close", {"reason": "逾期完成"}),
    ],
    "closed, reopened": [
        ("11-09 11:00", "dispatch", {"unit": "市公安局", "deadline": FAR}),
        ("11-09 15:00", "accept", {}),
        ("11-10 16:10", "handle", {"note": "已清理", "before": True}),
        ("11-11 10:10", "close", {"reason": ""}),
        ("11-16 10:00", "reopen", {"reason": "问题又出现", "deadline": PAST.replace("13", "17")}),
        ("11-16 15:00", "accept", {}),
    ],
    "cancelled, filed anew": [("11-09 16:00", "cancel", {"reason": "与另一件重复"})],
    "suspended, cancelled": [
        ("11-09 11:00", "dispatch", {"unit": "市公安局", "deadline": PAST}),
        ("11-10 11:10", "suspend", {"reason": "权属有争议"}),
        ("11-12 11:00", "cancel", {"reason": "已由法院受理"}),
    ],
    "handled late, not verified": [
        ("11-09 11:00", "dispatch", {"unit": "市公安局", "deadline": "2026-11-11T09:00"}),
        ("11-10 11:20", "accept", {}),
        ("11-11 10:10", "handle", {"note": "早已处理", "days_ago": 4}),
    ],
}
"""Each case's way, by what becomes of it; in the order in which they are filed."""


def file_first_week(office: Office) -> None:
    """The confirmed findings of 2026-W45, filed on the Monday after; two of them dispatched in the same breath."""
    office.clock.at("11-09 10:30")
    for name in WAYS:
        office.notes.setdefault("cases", {})[name] = file_next(office, "2026-W45", f"请限期整改（{name}）")
    steps = sorted(
        ((moment(step[0]), name, step) for name, way in WAYS.items() for step in way), key=lambda one: one[:2]
    )
    office.notes["to come"] = [(name, step) for _, name, step in steps]


def go_on(office: Office, until: str) -> None:
    """Every act that comes before a moment."""
    coming = office.notes["to come"]
    while coming and moment(coming[0][1][0]) < moment(until):
        name, step = coming.pop(0)
        act(office, office.notes["cases"][name], step)


def file_next(office: Office, week: str, description: str, site: str | None = None, **dispatch: str) -> str:
    """File the first finding of a week that waits, of a site where one is named (empty: an ad-hoc report's)."""
    by = office.by("supervisor")
    page = by.page(f"/cases/unfiled?week={week}")
    keys = re.findall(r'name="finding" value="([^"]+)"', page)
    of = {one.id: one.document["site"] for one in office.services.store.find("inspections", week=week)}
    key = next(key for key in keys if site in (None, of[key.partition("/")[0]]))
    fields = {"finding": key, f"description.{key}": description}
    if dispatch:
        fields |= {f"unit.{key}": office.units[dispatch["unit"]], f"deadline.{key}": dispatch["deadline"]}
    answer = by.post(f"/cases/unfiled?week={week}", **fields)
    return str(answer.headers["Location"].rpartition("/")[2])


def act(office: Office, case: str, step: Step) -> None:
    """One act of a case."""
    at, name, said = step
    office.clock.at(at)
    kept = office.services.store.get("cases", case)
    assert kept
    if name == "handle":
        handle(office, case, at, said)
        return
    fields: dict[str, Any] = {"revision": str(kept.revision), **said}
    if "unit" in fields:
        fields["unit"] = office.units[said["unit"]]
        fields["joint"] = [office.units[one] for one in said.get("joint", ())]
    path = f"/unit/cases/{case}/{name}" if name in ("accept", "return", "extend") else f"/cases/{case}/{name}"
    _hand(office, kept.document["unit"], name).post(path, **fields)


def _hand(office: Office, unit: str, act: str) -> Any:
    names = {id: name for name, id in office.units.items()}
    return office.by(ACCOUNTS[names[unit]] if act in ("accept", "return", "extend", "handle") else "supervisor")


def handle(office: Office, case: str, at: str, said: dict[str, Any]) -> None:
    """A unit's report with after-photos: by its phone's script, or by a plain form."""
    kept = office.services.store.get("cases", case)
    assert kept
    by = _hand(office, kept.document["unit"], "handle")
    contents = [photos.photo(f"after {case} {at} {number}") for number in range(said.get("photos", 1))]
    if said.get("before"):
        contents = [office.services.photos.read(kept.document["photos"][0]) or b""]
    id = str(uuid5(NAMESPACE_URL, f"old folder handling {case} {at}"))
    if said.get("way") == "form":
        files = [(io.BytesIO(content), "after.jpg") for content in contents]
        by.post(f"/unit/cases/{case}/handle", id=id, note=said["note"], photos=files)
        return
    for content in contents:
        by.put_bytes(f"/api/v1/photos/{photos.sha256(content)}", content)
    shown = [_after(kept.document["place"], content, at, said) for content in contents]
    raw = {"case": case, "note": said["note"], "photos": shown}
    by.put(f"/api/v1/handlings/{id}", raw)
    account = next(name for name, token in office.tokens.items() if by.headers["Authorization"].endswith(token))
    office.notes.setdefault("handlings", []).append({"id": id, "unit": account, "body": raw})


def _after(place: dict[str, Any], content: bytes, at: str, said: dict[str, Any]) -> dict[str, Any]:
    taken = moment(at) - timedelta(minutes=30, days=said.get("days_ago", 0))
    north = said.get("north_m", 5.0) * METRE
    fix = {"lat": round((place["lat"] or 30.33) + north, 6), "lon": place["lon"] or 112.245, "accuracy_m": 7.0}
    return {
        "sha256": photos.sha256(content),
        "item": "after",
        "captured_at": taken.isoformat(),
        "fix": {**fix, "source": "browser", "at": taken.isoformat()},
        "source": "live",
        "clock_error_ms": 90,
    }


def file_again(office: Office) -> None:
    """A cancelled case gives its finding free for another; and one is filed and dispatched in the same breath."""
    office.clock.at("11-09 17:00")
    office.notes["cases"]["filed anew"] = file_next(office, "2026-W45", "重新立案")
    dispatch = {"unit": "沙市区", "deadline": FAR}
    office.notes["cases"]["filed and dispatched at once"] = file_next(office, "2026-W45", "", **dispatch)


def file_report(office: Office) -> None:
    """An ad-hoc report as a case that is handled and, having no site, cannot be looked at again."""
    office.clock.at("11-10 08:30")
    case = file_next(office, "2026-W45", "清理盲道上的车辆", "", unit="市公安局", deadline=FAR)
    for step in (("11-10 09:40", "accept", {}), ("11-10 15:00", "handle", {"note": "已劝离"})):
        act(office, case, step)
    office.notes["cases"]["an ad-hoc report"] = case


def file_second_week(office: Office) -> None:
    """Findings that came again, of a week that is published."""
    office.clock.at("11-16 11:00")
    for site in ("T2", "R1", "M2"):
        name = f"{site} again"
        dispatch = {"unit": "市住建委", "deadline": PAST.replace("13", "18")}
        office.notes["cases"][name] = file_next(office, "2026-W46", f"再次发现（{site}）", site, **dispatch)
    case = office.notes["cases"]["T2 again"]
    for step in (
        ("11-16 15:10", "accept", {}),
        ("11-17 09:00", "handle", {"note": "已更换冲水阀"}),
        ("11-17 10:00", "recheck", {"inspector": ""}),
    ):
        act(office, case, step)


def file_third_week(office: Office) -> None:
    """A finding of the week that nobody has published."""
    office.clock.at("11-19 10:00")
    dispatch = {"unit": "市公安局", "deadline": FAR}
    office.notes["cases"]["of an unpublished week"] = file_next(office, "2026-W47", "本周新发现", "Z1", **dispatch)


def expose(office: Office) -> None:
    """Chosen for the public: one closed, one overdue, one taken back, one of a week that is not published."""
    by, of = office.by("supervisor"), office.notes["cases"]
    chosen = {
        "closed in time": "已整改，欢迎监督",
        "dispatched, overdue": "",
        "accepted, overdue": "待撤回",
        "of an unpublished week": "",
    }
    for name, text in chosen.items():
        case = of[name]
        office.clock.at("11-19 11:00")
        kept = office.services.store.get("cases", case)
        assert kept
        owners = [(kept.document["inspection"], kept.document["photos"][0])]
        owners += [(case, one["sha256"]) for one in kept.document["after"][:1]]
        for owner, sha256 in owners:
            path = f"/review/redactions/{owner}/{sha256}"
            if office.services.store.get("redactions", f"{owner}-{sha256}") is None:
                by.post_json(
                    path, {"revision": 0, "boxes": [{"x": 0.1, "y": 0.1, "width": 0.3, "height": 0.3, "kind": "other"}]}
                )
        fields = {"photo": [sha256 for _, sha256 in owners], "text": text, "days": "7"}
        by.post(f"/cases/{case}/exposure", revision=hidden(by.page(f"/cases/{case}/exposure"), "revision"), **fields)
    case = of["accepted, overdue"]
    office.clock.at("11-20 09:00")
    revision = hidden(by.page(f"/cases/{case}/exposure"), "revision")
    by.post(f"/cases/{case}/exposure/withdraw", revision=revision, reason="单位已在整改")


def set_cards(office: Office) -> None:
    office.clock.at("11-18 09:00")
    admin = office.by("admin")
    for yellow in ("85", "80"):
        fields = {"yellow_rate": yellow, "red_rate": "50", "yellow_overdue": "2", "red_overdue": "4"}
        admin.post("/cases/figures/cards", **fields)


def tell(office: Office) -> None:
    """Reminders by mail; a unit whose mailbox is full is told nothing, and nothing is noted."""
    now = office.clock.at("11-18 10:00")
    with mail_server(office.mail_port) as mailbox:
        told = remind(office.services, now)
    assert mailbox.messages, told
