"""What a data folder says, asked through the web and the command line, as its users do: no module of the program.

``KEPT`` is what was kept, or follows from it by rules that were fixed when it was made: it stays for ever. ``COMPUTED``
is worked out anew by the methods of the day: it changes when a method is changed on purpose, and only then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import product
from typing import Any

from tests.old_folders.answers import (
    Document,
    Reader,
    canonical,
    case_numbers,
    extent,
    hashes,
    lines,
    made_by,
    of_finding,
    rows,
    sha256,
    sheet,
    signs_in,
    words,
    workbook_cells,
)

WEEKS = ("2026-W44", "2026-W45", "2026-W46", "2026-W47")
PUBLISHED = (("2026-W44", 1), ("2026-W45", 1), ("2026-W46", 1), ("2026-W46", 2))
PLAIN = (
    "index.json",
    "areas.csv",
    "parts.csv",
    "sites.csv",
    "areas.geojson",
    "datapackage.json",
    "post.txt",
)
"""Files of a published week that the program writes letter by letter."""
SET = {"data.zip": "", "index.xlsx": "openpyxl", "bulletin.docx": "python-docx", "bulletin.pdf": "typst"}
"""Those that are packed or typeset, and by which package: another version of it may give other bytes."""
COPIES = ("thumbnail", "review")
DRAWN = ("ranking-9-narrow", "heat", "trend-4210")
STREETS = [(30.3152, 112.2461, 8), (30.3160, 112.2602, 30), (30.3352, 112.2464, 8), (30.2, 112.9, 8)]

OF_VISITS = {"identical_fixes", "one_burst", "impossible_order", "shared_phone", "clock_jump"}
"""Signals that later versions show beside each photo of a visit."""


def inspections(reader: Reader) -> Document:
    """Rate, cap, each item's score, state and the signed receipt, as the inspector is told."""
    found = {id: reader.json(f"/api/v1/inspections/{id}", who) for id, who in reader.inspections.items()}
    return {id: {name: value for name, value in told.items() if name != "page"} for id, told in found.items()}


def photos(reader: Reader) -> Document:
    """The bytes of every original and recording, and that pictures are made of some."""
    found: dict[str, Any] = {}
    for one in reader.given["sent"]:
        root = f"/inspections/{one['id']}"
        for photo in one["body"]["photos"]:
            original = reader.get(f"{root}/photos/{photo['sha256']}/original", "supervisor")
            found[photo["sha256"]] = [sha256(original.data), original.content_type]
        if len(one["body"]["photos"]) == 1:
            found[root] = [
                reader.get(f"{root}/photos/{photo['sha256']}/{kind}", "supervisor").content_type for kind in COPIES
            ]
        for spoken in one["body"].get("audio", ()):
            recording = reader.get(f"{root}/audio/{spoken['sha256']}", "supervisor")
            found[spoken["sha256"]] = [sha256(recording.data), recording.content_type]
    return found


def desk(reader: Reader) -> Document:
    """Every photo with the finding that it shows, the decision on that, and the signals that the photo itself gave."""
    fields = ("inspection", "sha256", "item", "failed", "review", "captured_at", "distance_m", "note", "detail")
    found = {}
    for week in WEEKS:
        told = reader.json(f"/review/desk/photos.json?week={week}&decision=all", "supervisor")
        assert told["total"] == len(told["photos"])
        found[week] = {
            "open": told["open"],
            "photos": [
                {
                    **{name: photo[name] for name in fields},
                    "fix": photo["fix"] and [photo["fix"][name] for name in ("lat", "lon", "accuracy_m")],
                    "signals": [[one["name"], one["text"]] for one in photo["signals"] if one["name"] not in OF_VISITS],
                    "recordings": len(photo["recordings"]),
                }
                for photo in told["photos"]
            ],
        }
    return found


def published(reader: Reader) -> Document:
    """The SHA-256 of the files of every revision that the program writes letter by letter."""
    found = {}
    for week, revision in PUBLISHED:
        for file in PLAIN:
            found[f"{week}/{revision}/{file}"] = sha256(reader.get(f"/index/{week}/{revision}/{file}").data)
    return found


def typeset(reader: Reader) -> Document:
    """The same of packed, typeset and drawn files, of the first and the last; each with the package that made it."""
    found: dict[str, Any] = {}
    for (week, revision), (file, package) in product((PUBLISHED[0], PUBLISHED[-1]), SET.items()):
        content = reader.get(f"/index/{week}/{revision}/{file}").data
        found[f"{week}/{revision}/{file}"] = {"by": made_by(package), "sha256": hashes(content)}
    for name in DRAWN:
        drawn = reader.get(f"/index/2026-W46/2/charts/{name}.svg").data
        found[f"charts/{name}.svg"] = {"by": made_by("matplotlib"), "sha256": sha256(drawn)}
    card = reader.get("/index/2026-W46/2/card.png").data
    found["card.png"] = {"by": made_by("pillow"), "sha256": sha256(card)}
    return found


def latest(reader: Reader) -> Document:
    """What other sites read of the newest week, and the feed of all."""
    feed = reader.get("/index/feed.atom").text
    return {
        "latest": reader.json("/index/latest.json"),
        "weights": reader.json("/index/weights.json"),
        "week": {week: sha256(reader.get(f"/index/{week}.csv").data) for week in WEEKS[:3]},
        "feed": re.findall(r"<updated>(.*?)</updated>", feed),
        "not published": reader.ask("/index/2026-W47.json").status_code,
    }


def cases(reader: Reader) -> Document:
    """Every case with its state, unit and dates; who sees which in what list; what is said of it on its page."""
    views = ("overdue", "asked", "handled", "filed", "with_unit", "suspended", "closed", "cancelled")
    found: dict[str, Any] = {
        "list": {view: case_numbers(reader.get(f"/cases/?view={view}&q=2026", "supervisor").text) for view in views},
        "unit": {
            who: case_numbers(reader.get("/unit/", who).text) for who in ("unit-police", "unit-housing", "unit-shashi")
        },
        "workbook": sheet(reader.get("/cases/figures.xlsx?first=2026-W44&last=2026-W47", "supervisor").data, "整改件"),
    }
    for case, texts in reader.given["texts"].items():
        page = words(reader.get(f"/cases/{case}", "supervisor").text)
        found[case] = [text for text in texts if text in page]
    return found


def proposals(reader: Reader) -> Document:
    """Which unit each confirmed finding that is no case yet would be sent to, by rules, checklists and areas."""
    found = {}
    for week in WEEKS:
        page = reader.get(f"/cases/unfiled?week={week}", "supervisor").text
        parts = re.split(r'name="finding" value="([^"]+)"', page)[1:]
        for key, part in zip(parts[::2], parts[1::2], strict=True):
            chosen = re.search(r'<option value="([^"]*)"[^>]* selected', part)
            found[key] = chosen[1] if chosen else ""
    return found


def plans(reader: Reader) -> Document:
    """What was drawn, who inspects it, what was changed; the registers that were drawn from, byte for byte."""
    found: dict[str, Any] = {"seeds": words(reader.get("/plan/seeds").text)}
    seeds = ("旧种子 10-23", "公开摇号 2026-11-05 03 17 29", "上证综指 2026-11-13 收盘", "福彩双色球 2026-11-26")
    found["seeds"] = [seed for seed in seeds if seed in found["seeds"]]
    for week in ("2026-W44", "2026-W46", "2026-W47"):
        found[week] = {
            "drawn": [row[:2] + row[4:] for row in rows(reader.get(f"/plan/{week}/drawn").text)],
            "shared": [row[:1] + row[3:7] for row in rows(reader.get(f"/plan/{week}", "supervisor").text)],
        }
    for week in ("2026-W46", "2026-W47"):
        found[week]["register"] = sha256(reader.get(f"/plan/{week}/register.csv").data)
    return found


def places(reader: Reader) -> Document:
    """Areas of every week with their outlines, sites with grounds, lines and gates, retired ones among them."""
    found: dict[str, Any] = {
        "changes": reader.command("areas", "changes"),
        "sites": reader.json("/api/v1/sites", "admin"),
    }
    for week in WEEKS:
        areas = reader.json(f"/exchange/areas.geojson?week={week}", "supervisor")["features"]
        found[week] = [[one["properties"], one["geometry"] and extent(one["geometry"])] for one in areas]
    for layer in ("sites", "site-grounds", "site-lines", "site-gates"):
        found[layer] = reader.json(f"/exchange/{layer}.geojson?week=2026-W47", "supervisor")["features"]
    return found


def layers(reader: Reader) -> Document:
    """Inspections and findings as other programs get them."""
    fields = (
        "inspection",
        "day",
        "site",
        "area",
        "version",
        "state",
        "rate",
        "capped",
        "item",
        "decision",
        "place_from",
    )
    found = {}
    for layer, week in product(("inspections", "findings"), WEEKS):
        features = reader.json(f"/exchange/{layer}.geojson?week={week}", "supervisor")["features"]
        found[f"{layer} {week}"] = [
            [one["geometry"] and one["geometry"]["coordinates"]]
            + [one["properties"][name] for name in fields if name in one["properties"]]
            for one in features
        ]
    return found


def checklists(reader: Reader) -> Document:
    """The checklists in force, and the versions that came before."""
    found = {one["id"]: one for one in reader.json("/api/v1/checklists", "inspector")}
    versions = {(one["body"]["checklist"], one["body"]["version"]) for one in reader.given["sent"]}
    return {
        "in force": {id: sha256(canonical(one)) for id, one in found.items()},
        "versions": {
            f"{id} {version}": workbook_cells(reader.get(f"/checklists/{id}.xlsx?version={version}", "inspector").data)
            for id, version in sorted(versions)
            if id != "adhoc"
        },
    }


def log(reader: Reader) -> Document:
    """That the log of acts is whole, its head as it was, and what it says of one week, one site, one case.

    Behind that head stands what reading has added: a token from before tokens ended gets its end when it is used.
    """
    about_the_last = lines(reader.command("audit", "show", "2026-00004", "--json"))
    head = next(f"{one['seq']}:{one['hash']}" for one in about_the_last if one["seq"] == reader.given["entries"])
    assert "日志完整" in reader.command("audit", "verify", "--head", head)
    about = ("2026-W46", "site/Z1", "2026-00016", "areas/000002")
    found = {of: lines(reader.command("audit", "show", of, "--json")) for of in about}
    return {"head": head, **found}


def people(reader: Reader) -> Document:
    """Who may sign in, by password and by token; devices; what became of sign-in codes."""
    tokens = {who: reader.ask("/api/v1/session", who) for who in reader.given["tokens"]}
    sessions = {who: answer.json for who, answer in tokens.items() if answer.status_code == 200 and answer.json}
    key = next(iter(sessions.values()))["receipt_key"]
    devices = reader.get("/admin/devices", "admin").text
    return {
        "passwords": {
            who: signs_in(reader, who)
            for who in ("admin", "inspector-wang", "supervisor", "unit-police", "inspector-gone")
        },
        "tokens": {who: answer.status_code for who, answer in tokens.items()},
        "sessions": {who: [one[name] for name in ("user", "title", "role")] for who, one in sessions.items()},
        "receipt key": key,
        "revoked": reader.app.test_client()
        .get("/api/v1/session", headers={"Authorization": f"Bearer {reader.given['revoked_token']}"})
        .status_code,
        "devices": sorted(set(re.findall(r'id="device-([0-9a-f]{8})', devices))),
        "named": "李测评的华为" in devices,
        "codes": [reader.json(f"/admin/sign-in-codes/{id}/state", "admin")["state"] for id in reader.given["codes"]],
        "filters": [name for name in ("中山街道", "斑马线") if name in reader.get("/review/desk/", "supervisor").text],
    }


def shown(reader: Reader) -> Document:
    """What the public sees of photos and cases, and which regions are hidden."""
    found: dict[str, Any] = {"exposed": case_numbers(reader.get("/exposure/").text, "/exposure/")}
    for case in found["exposed"]:
        page = reader.get(f"/exposure/{case}").text
        names = re.findall(rf"/exposure/{case}/photos/[\w-]+\.jpg", page)
        found[case] = {name: reader.get(name).content_type for name in names}
    chosen = ("closed in time", "dispatched, overdue", "accepted, overdue", "of an unpublished week")
    found["chosen"] = [reader.ask(f"/exposure/{reader.given['cases'][name]}").status_code for name in chosen]
    for owner, photo in reader.given["redacted"]:
        page = reader.get(f"/review/redactions/{owner}/{photo}", "supervisor").text
        data = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', page, re.DOTALL)
        assert data
        told = json.loads(data[1])
        found[f"{owner} {photo}"] = {name: told[name] for name in ("boxes", "finished", "public")}
        if told["public"]:
            found[told["public"]] = reader.get(told["public"]).content_type
    return found


def live(reader: Reader) -> Document:
    """Every week as it would be published now: figures, intervals and ranks of every area, the parts of the widest."""
    found = {}
    for week in WEEKS:
        told = reader.json(f"/index/{week}/0/index.json", "supervisor")
        parts = told.pop("details")[0]
        # A week is framed when it is first read, which is now.
        told.get("sample", {}).pop("frozen_at", None)
        found[week] = {
            **told,
            "history": parts["history"],
            "parts": {
                kind: {
                    part["key"]: [part[name] for name in ("rate", "low", "high", "sites", "share")]
                    for part in parts[kind]
                }
                for kind in ("types", "dimensions", "clauses", "items")
            },
        }
    return found


def case_figures(reader: Reader) -> Document:
    """The figures of cases by unit, area, clause and week, with 红黄牌."""
    content = reader.get("/cases/figures.xlsx?first=2026-W44&last=2026-W47", "supervisor").data
    return {name: sheet(content, name) for name in ("责任单位", "区域", "条款", "周")}


def quality(reader: Reader) -> Document:
    """Agreement, severity and haste: the figures on the page of each week."""
    return {week: rows(reader.get(f"/quality/{week}", "supervisor").text) for week in WEEKS}


def maps(reader: Reader) -> Document:
    """Where the map of a week draws findings and sites, and in which areas positions are said to lie."""
    found: dict[str, Any] = {}
    for week in WEEKS:
        told = reader.json(f"/map/findings.json?week={week}", "supervisor")
        fields = ("state", "at", "lat", "lon", "accuracy_m")
        found[week] = [[of_finding(one["url"]), *(one[name] for name in fields)] for one in told["findings"]]
        found[f"{week} unplaced"] = told["unplaced"]
    sites = reader.json("/map/layers.json?week=2026-W47", "supervisor")["sites"]
    found["sites"] = {site["code"]: site["at"] for site in sites}
    found["rings"] = {site["code"]: site["ring"]["coordinates"][0][:2] for site in sites if "ring" in site}
    for lat, lon, accuracy_m in STREETS:
        asked = f"/api/v1/areas/at?lat={lat}&lon={lon}&accuracy_m={accuracy_m}"
        found[f"{lat}, {lon}"] = reader.json(asked, "inspector")
    return found


def draws(reader: Reader) -> Document:
    """The draws of weeks that are over made once more by the rule of their day, and the order of the sites by lot."""
    found = {}
    for week in ("2026-W46", "2026-W47"):
        checked = rows(reader.get(f"/plan/{week}/check").text)
        ordered = reader.get(f"/plan/{week}/drawn.csv").text.splitlines()
        found[week] = {"checked": checked, "ordered": ordered}
    return found


KEPT: dict[str, Callable[[Reader], Document]] = {
    read.__name__: read
    for read in (
        inspections,
        photos,
        desk,
        published,
        typeset,
        latest,
        cases,
        plans,
        places,
        layers,
        checklists,
        log,
        people,
        shown,
    )
}
COMPUTED: dict[str, Callable[[Reader], Document]] = {
    read.__name__: read for read in (live, case_figures, proposals, quality, maps, draws)
}
