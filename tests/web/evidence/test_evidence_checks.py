"""The checks end to end: photos and submissions through the API, signals by the worker, and the same on the command
line."""

from __future__ import annotations

import http.client
import io
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from inspect_app.domain.evidence.signals import SIGNALS, Limits
from inspect_app.domain.place.coordinates import wgs84_to_gcj02
from inspect_app.photos.similar import NEAR_BITS
from inspect_app.services import open_services
from inspect_app.settings import PROJECT
from tests.measured import PATIENCE_S
from tests.store import behind
from tests.world import HERE, World, evidence, failing, first_item, headers, new_id, photo, sha256

METRE = 1 / 110_850
"""Degrees of latitude to a metre at 30 degrees north."""
CHINA = timedelta(hours=8)
LIVE, PLAIN = "public-toilet", "zebra-crossing"


def north(metres: float, **more: Any) -> dict[str, Any]:
    """A position so far north of the site."""
    return {**HERE, "lat": HERE["lat"] + metres * METRE, **more}


def file(
    seed: int,
    *,
    taken: datetime | None = None,
    at: tuple[float, float] | None = None,
    size: tuple[int, int] = (640, 480),
    make: str = "HUAWEI",
    software: str = "EMUI 13",
    quality: int = 80,
) -> bytes:
    """A photo as a camera writes it: with its make, its local time, and where it was if it knows."""
    exif = Image.Exif()
    if make:
        exif[0x010F], exif[0x0110] = make, "P60"
    if software:
        exif[0x0131] = software
    if taken:
        exif.get_ifd(0x8769)[0x9003] = (taken + CHINA).strftime("%Y:%m:%d %H:%M:%S")
    if at:
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2] = "N", (IFDRational(round(at[0] * 10**7), 10**7), IFDRational(0, 1), IFDRational(0, 1))
        gps[3], gps[4] = "E", (IFDRational(round(at[1] * 10**7), 10**7), IFDRational(0, 1), IFDRational(0, 1))
    output = io.BytesIO()
    Image.open(io.BytesIO(photo(seed, size))).save(output, "JPEG", quality=quality, exif=exif)
    return output.getvalue()


@dataclass
class Office:
    """An application with its worker; each photo that is sent was taken half an hour after the one before."""

    world: World
    client: Any = None
    services: Any = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0) - timedelta(hours=40))
    seed: int = 1000

    def __post_init__(self) -> None:
        app = self.world.app()
        self.client, self.services = app.test_client(), app.extensions["inspect"]

    def next(self) -> tuple[int, datetime]:
        """A scene and an instant that nobody has used."""
        self.seed, self.now = self.seed + 1, self.now + timedelta(minutes=30)
        return self.seed, self.now

    def send(self, content: bytes, at: datetime, said: dict[str, Any], *, checklist: str = PLAIN) -> dict[str, Any]:
        """The photo's signals after its way through API and worker: name to numbers, text among them."""
        id = self.submit(content, at, said, checklist=checklist)
        self.services.after.wait()
        return signals(self.services, id)[sha256(content)]

    def submit(self, content: bytes, at: datetime, said: dict[str, Any], *, checklist: str = PLAIN) -> str:
        auth, id = headers(self.world.tokens["inspector"]), new_id()
        path = f"/api/v1/photos/{sha256(content)}"
        assert self.client.put(path, data=content, headers={**auth, "X-Only-Copy": "1"}).status_code in (200, 201)
        raw = submission(self.world, checklist, [(content, at, said)])
        answer = self.client.put(f"/api/v1/inspections/{id}", json=raw, headers=auth)
        assert answer.status_code == 201, answer.json
        return id


def submission(world: World, checklist: str, photos: list[tuple[bytes, datetime, dict[str, Any]]]) -> dict[str, Any]:
    """An inspection whose first compliance item failed; its photos say what an honest phone says, and this."""
    found = world.checklist(checklist)
    item = first_item(found, "compliance").id
    sent = []
    for content, at, said in photos:
        honest = {"captured_at": at.isoformat(), "clock_error_ms": 120, "clock_offset_ms": 900, "source": "live"}
        shown = {**evidence(content, item), **honest, **said}
        if shown["fix"]:
            shown["fix"] = {**shown["fix"], "at": at.isoformat()}
        sent.append(shown)
    raw = world.submission(checklist, started=min(at for _, at, _ in photos), photos=sent)
    return {**raw, "answers": failing(raw["answers"], found, item)}


def signals(services: Any, id: str) -> dict[str, dict[str, Any]]:
    """What is kept about an inspection's photos: SHA-256 to names to numbers, with the sentence."""
    kept = services.store.get("evidence", id)
    assert kept is not None
    return {
        one["sha256"]: {signal["name"]: {**signal["numbers"], "text": signal["text"]} for signal in one["signals"]}
        for one in kept.document["photos"]
    }


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Public toilets ask for photos taken on the spot, the rest does not."""
    folder = tmp_path_factory.mktemp("checklists")
    for path in (PROJECT / "checklists").glob("*.toml"):
        text = path.read_text("utf-8")
        live = path.stem == LIVE
        (folder / path.name).write_text(
            text.replace("[[items]]", "live = true\n[[items]]", 1) if live else text, "utf-8"
        )
    world = World.made_in(tmp_path_factory.mktemp("office") / "data")
    world.services.store.close()
    world.settings = replace(world.settings, checklists=folder)
    world.services = open_services(world.settings)
    return Office(world)


# Of each signal: what the phone says and what the file is where it must be given, the same where it must not, and the
# numbers it must carry. A function of the instant where it depends on it.
Said = Callable[[datetime], dict[str, Any]]


def says(**said: Any) -> Said:
    return lambda at: said


GCJ = wgs84_to_gcj02(HERE["lat"], HERE["lon"])
CASES: list[tuple[str, tuple[dict[str, Any], Said], tuple[dict[str, Any], Said], dict[str, Any]]] = [
    ("no_position", ({}, says(fix=None, no_fix="denied")), ({}, says()), {}),
    (
        "weak_position",
        ({}, says(fix={**HERE, "accuracy_m": 250.0})),
        ({}, says(fix={**HERE, "accuracy_m": 99.0})),
        {"accuracy_m": 250, "limit_m": 100},
    ),
    (
        "far_from_site",
        ({}, says(fix=north(500))),
        ({}, says(fix=north(110))),  # 110 - 8 - 5 m
        {"distance_m": pytest.approx(500, abs=1), "uncertainty_m": 13, "limit_m": 100},
    ),
    (
        "positions_apart",
        ({"at": (HERE["lat"] + 300 * METRE, HERE["lon"])}, says()),
        ({"at": (HERE["lat"] + 50 * METRE, HERE["lon"])}, says()),
        {"distance_m": pytest.approx(300, abs=1), "uncertainty_m": 108, "gcj02_explains": False},
    ),
    (
        "positions_apart",
        ({"at": GCJ}, says()),
        ({"at": (HERE["lat"], HERE["lon"])}, says()),
        {
            "distance_m": pytest.approx(550, abs=100),
            "gcj02_explains": True,
            "gcj02_distance_m": pytest.approx(0, abs=0.1),
        },
    ),
    (
        "positions_apart",
        ({}, says(original={"fix": {"lat": HERE["lat"] - 400 * METRE, "lon": HERE["lon"]}})),
        ({}, says(original={"fix": {"lat": HERE["lat"], "lon": HERE["lon"]}})),
        {"distance_m": pytest.approx(400, abs=1)},
    ),
    (
        "times_apart",
        ({"late": timedelta(hours=2)}, says()),
        ({"late": timedelta(minutes=4)}, says()),
        {"apart_s": 7200, "limit_s": 300},
    ),
    (
        "times_apart",
        ({"taken": None}, lambda at: {"original": {"taken_at": f"{at + CHINA - timedelta(days=1):%Y-%m-%dT%H:%M:%S}"}}),
        ({"taken": None}, lambda at: {"original": {"taken_at": f"{at + CHINA:%Y-%m-%dT%H:%M:%S}"}}),
        {"apart_s": 86_400},
    ),
    (
        "clock_skew",
        ({}, says(clock_offset_ms=-7_200_000)),
        ({}, says(clock_offset_ms=-50_000)),
        {"offset_s": -7200, "limit_s": 60},
    ),
    ("clock_skew", ({}, says(clock_error_ms=None)), ({}, says(clock_error_ms=59_000)), {"error_s": None}),
    ("edited", ({"software": "Adobe Photoshop 25.1"}, says()), ({}, says()), {"software": "Adobe Photoshop 25.1"}),
    (
        "edited",
        ({}, says(original={"software": "美图秀秀"})),
        ({}, says(original={"software": "EMUI"})),
        {"software": "美图秀秀"},
    ),
    (
        "screenshot",
        ({"size": (1080, 2400), "make": "", "software": ""}, says(source="gallery")),
        ({"size": (1080, 2400)}, says(source="gallery")),
        {"size": [1080, 2400]},
    ),
]


def sent(office: Office, made: dict[str, Any], said: Said, checklist: str = PLAIN) -> dict[str, Any]:
    seed, at = office.next()
    more = dict(made)
    taken = at + more.pop("late", timedelta(0))
    return office.send(file(seed, **{"taken": taken, **more}), at, said(at), checklist=checklist)


@pytest.mark.parametrize(
    ("name", "wrong", "right", "numbers"), CASES, ids=[f"{case[0]} {n}" for n, case in enumerate(CASES)]
)
def test_a_signal_is_given_with_its_numbers_where_it_should_be_and_only_there(office, name, wrong, right, numbers):
    found = sent(office, *wrong)
    assert set(found) == {name}
    assert {key: found[name].get(key) for key in numbers} == numbers
    assert sent(office, *right) == {}


def test_gcj02_is_named_where_it_explains_the_difference(office):
    assert "GCJ-02" in sent(office, {"at": GCJ}, says())["positions_apart"]["text"]
    assert "GCJ-02" not in sent(office, {"at": (HERE["lat"] - 0.01, HERE["lon"])}, says())["positions_apart"]["text"]


@pytest.mark.parametrize("source", ["camera", "gallery", None])
def test_not_live_is_given_where_the_checklist_asks_for_live_photos(office, source):
    found = sent(office, {}, says(source=source), checklist=LIVE)
    assert set(found) == {"not_live"}
    assert found["not_live"]["source"] == source
    assert sent(office, {}, says(source="live"), checklist=LIVE) == {}
    assert sent(office, {}, says(source=source)) == {}


def test_a_late_submission_is_given_after_two_days(office):
    seed, _ = office.next()
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    found = office.send(file(seed, taken=at), at, {})
    assert set(found) == {"late_submission"}
    assert found["late_submission"]["late_s"] == pytest.approx(3 * 86_400, abs=60)
    seed, _ = office.next()
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=47)
    assert office.send(file(seed, taken=at), at, {}) == {}


def test_the_same_file_again_and_a_copy_of_it_are_told_from_each_other_and_from_another_scene(office):
    seed, at = office.next()
    first = file(seed, taken=at)
    id = office.submit(first, at, {})
    office.services.after.wait()
    assert signals(office.services, id)[sha256(first)] == {}
    _, later = office.next()
    again = office.send(first, at, {"captured_at": at.isoformat()})
    assert set(again) == {"same_bytes"}
    assert again["same_bytes"]["inspections"] == [id]
    picture = Image.open(io.BytesIO(first))
    output = io.BytesIO()
    picture.crop((20, 15, 620, 465)).resize((450, 338)).save(output, "JPEG", quality=40)
    copy = office.send(output.getvalue(), later, {})
    assert set(copy) == {"near_duplicate"}
    assert copy["near_duplicate"]["photos"][0][0] == sha256(first)
    assert copy["near_duplicate"]["bits"] <= NEAR_BITS
    assert sent(office, {}, says()) == {}


def test_a_jump_that_no_car_makes_is_given_whichever_of_the_two_arrives_first(office):
    seed, at = office.next()
    office.next()
    minute_later = at + timedelta(minutes=1)
    near = {"fix": north(90)}
    far = {"fix": north(20_000)}
    assert office.send(file(seed, taken=at), at, {}) == {}
    jumped = office.send(file(seed + 500, taken=minute_later), minute_later, far)
    assert set(jumped) == {"impossible_speed", "far_from_site"}
    said = jumped["impossible_speed"]
    assert said["distance_m"] == pytest.approx(20_000 - 16, abs=2)
    assert said["seconds"] == pytest.approx(60.12)
    assert said["km_per_hour"] == pytest.approx(said["distance_m"] / said["seconds"] * 3.6)
    # Taken half a minute before the jump, but sent after it.
    between = at + timedelta(seconds=30)
    assert set(office.send(file(seed + 600, taken=between), between, near)) == {"impossible_speed"}
    _, hours_later = office.next()
    assert office.send(file(seed + 700, taken=hours_later), hours_later, near) == {}


def test_a_place_that_a_hand_put_on_the_map_neither_is_a_jump_nor_hides_one(office):
    seed, at = office.next()
    office.next()
    by_hand = at + timedelta(seconds=20)
    after = at + timedelta(minutes=1)
    assert office.send(file(seed, taken=at), at, {}) == {}
    put = office.send(file(seed + 500, taken=by_hand), by_hand, {"fix": north(15_000, source="manual")})
    assert set(put) == {"far_from_site"}
    assert "impossible_speed" in office.send(file(seed + 600, taken=after), after, {"fix": north(20_000)})


def test_other_inspectors_do_not_make_a_jump(office):
    seed, at = office.next()
    assert office.send(file(seed, taken=at), at, {}) == {}
    world = office.world
    content = file(seed + 500, taken=at)
    auth, id = headers(world.tokens["inspector2"]), new_id()
    assert office.client.put(f"/api/v1/photos/{sha256(content)}", data=content, headers=auth).status_code == 201
    raw = submission(world, PLAIN, [(content, at + timedelta(seconds=5), {"fix": north(20_000)})])
    assert office.client.put(f"/api/v1/inspections/{id}", json=raw, headers=auth).status_code == 201
    office.services.after.wait()
    assert set(signals(office.services, id)[sha256(content)]) == {"far_from_site"}


def test_an_only_copy_that_is_not_whole_is_given_as_partial(office):
    seed, at = office.next()
    whole = file(seed, taken=at)
    found = office.send(whole[: len(whole) // 2], at, {})
    assert set(found) == {"partial"}


def test_every_signal_is_tried_here_or_where_cases_and_areas_are():
    files = [
        "web/evidence/test_evidence_checks.py",
        "web/cases/test_unit.py",
        "web/place/test_areas.py",
        "services/inspecting/test_correcting.py",
    ]
    source = "".join((PROJECT / "tests" / file).read_text("utf-8") for file in files)
    assert [name for name in SIGNALS if f'"{name}"' not in source] == []


def test_the_page_for_the_office_has_every_signal_and_the_limits_that_are_in_force():
    page = (PROJECT / "docs" / "use" / "evidence.md").read_text("utf-8")
    assert re.findall(r"^\| (\S+) \| .*\|.*\|.*\|$", page.split("## 提示")[1].split("\n## ")[0], re.MULTILINE)[2:] == [
        kind.title for kind in SIGNALS.values()
    ]
    limits = Limits()
    said = {
        f"误差超过 {limits.accuracy_m:.0f} 米": "weak_position",
        f"减去双方误差后超过 {limits.site_m:.0f} 米": "far_from_site",
        f"减去误差后超过 {limits.positions_m:.0f} 米": "positions_apart",
        f"（GCJ-02）只差 {limits.gcj02_m:.0f} 米以内": "positions_apart",
        f"相差超过 {limits.times_s / 60:.0f} 分钟": "times_apart",
        f"相差超过 {limits.clock_s / 60:.0f} 分钟": "clock_skew",
        f"超过 {limits.late_s / 3600:.0f} 小时": "late_submission",
        f"{limits.times_s / 60:.0f} 分钟以上": "outside_visit",
        f"不超过 {NEAR_BITS} 位": "near_duplicate",
        f"超过每小时 {limits.speed_m_s * 3.6:.0f} 公里": "impossible_speed",
    }
    for words, name in said.items():
        (row,) = re.findall(rf"^\| {SIGNALS[name].title} \|.*$", page, re.MULTILINE)
        assert words in row, name


# After a crash


def put(port: int, path: str, body: bytes, token: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("PUT", path, body, headers(token))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_what_was_not_checked_when_the_server_was_killed_is_checked_after_the_next_start_by_itself(world, serve):
    """Twelve inspections of large photos, killed with the last acknowledgement, and once more in the catching up."""
    token = world.tokens["inspector"]
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    contents = [photo(seed, (2000, 1500)) for seed in range(12)]
    contents[11] = contents[2]
    ids = {number: new_id() for number in range(12)}
    # The fourth is a minute after the third and 20 km away.
    said = {number: {"fix": north(20_000)} if number == 3 else {} for number in ids}
    sent = {
        number: submission(world, PLAIN, [(contents[number], start + timedelta(minutes=number), said[number])])
        for number in ids
    }
    world.services.store.close()
    server = serve(world.data)
    for content in contents:
        assert put(server.port, f"/api/v1/photos/{sha256(content)}", content, token) in (200, 201)
    for number, id in ids.items():
        assert put(server.port, f"/api/v1/inspections/{id}", json.dumps(sent[number]).encode(), token) == 201
    server.kill()
    checked = done(world, ids)
    assert len(checked) < 12, "the worker was done already: nothing to catch up with"
    server.start()
    time.sleep(0.1)
    server.kill()
    server.start()
    deadline = time.monotonic() + PATIENCE_S
    while len(done(world, ids)) < 12 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(done(world, ids)) == 12
    services = open_services(world.settings)
    for number, id in ids.items():
        name = sha256(contents[number])
        assert Image.open(io.BytesIO(services.photos.derived("thumbnails", name))).size == (320, 240)
        assert services.store.get("evidence", id).revision == 1
    assert not (world.data / "photos" / "reviews").exists(), "copies are made when somebody looks"
    assert services.after.waiting.backlog("checks").photos == 0
    said = {number: set(signals(services, id)[sha256(contents[number])]) for number, id in ids.items()}
    assert "impossible_speed" in said[3]
    assert "far_from_site" in said[3]
    assert ("same_bytes" in said[2], "same_bytes" in said[11]) == (False, True)
    assert not any(said[number] - {"impossible_speed"} for number in (0, 1, 5, 6, 7, 8, 9, 10))


def done(world: World, ids: dict[int, str]) -> list[str]:
    store = open_services(world.settings).store
    found = [id for id in ids.values() if store.get("evidence", id)]
    store.close()
    return found


# The command line


def test_photos_check_prints_a_line_of_json_for_each_file_and_keeps_nothing(office, tmp_path):
    seed, at = office.next()
    earlier = file(seed, taken=at)
    id = office.submit(earlier, at, {})
    office.services.after.wait()
    files = {
        "good.jpg": file(seed + 500, taken=at, at=(HERE["lat"], HERE["lon"])),
        "again.jpg": earlier,
        "edited.jpg": file(seed + 501, taken=at, software="Snapseed 2", at=(HERE["lat"] + 0.1, HERE["lon"])),
        "cut.jpg": earlier[:-4000],
        "no.jpg": b"GIF89a" + bytes(40),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    before = sorted(path for path in office.world.data.rglob("*") if path.is_file())
    runner = office.world.app().test_cli_runner()
    site = f"{PLAIN}-1"
    told = runner.invoke(args=["photos", "check", *(str(tmp_path / name) for name in files), "--site", site, "--json"])
    assert told.exit_code == 0, told.output
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [Path(line["file"]).name for line in lines] == list(files)
    good, again, edited, cut, no = lines
    assert (good["problem"], good["whole"], good["signals"], good["sha256"]) == (
        None,
        True,
        [],
        sha256(files["good.jpg"]),
    )
    assert (good["bytes"], good["exif"]["make"], len(good["prints"])) == (len(files["good.jpg"]), "HUAWEI", 5)
    assert good["exif"]["lat"] == pytest.approx(HERE["lat"], abs=1e-6)
    assert {one["name"]: one["numbers"] for one in again["signals"]} == {
        "no_position": {},
        "same_bytes": {"inspections": [id]},
    }
    assert {one["name"] for one in edited["signals"]} == {"edited", "far_from_site"}
    assert "照片不完整" in cut["problem"]
    assert (cut["whole"], {"partial", "near_duplicate"} <= {one["name"] for one in cut["signals"]}) == (False, True)
    assert "不是可以识别的照片文件" in no["problem"]
    assert (no["whole"], no["exif"], no["signals"]) == (False, None, [])
    assert sorted(path for path in office.world.data.rglob("*") if path.is_file()) == before
    words = runner.invoke(args=["photos", "check", str(tmp_path / "edited.jpg"), "--site", site]).stdout
    assert "[编辑过]" in words
    assert "[远离点位]" in words
    assert runner.invoke(args=["photos", "check", str(tmp_path / "good.jpg"), "--site", "nowhere"]).exit_code == 1


def test_audit_shows_every_act_and_names_the_first_entry_that_was_changed(tmp_path):
    office = Office(World.made_in(tmp_path / "data"))
    ids = []
    for _ in range(3):
        seed, at = office.next()
        ids.append(office.submit(file(seed, taken=at), at, {}))
    office.services.after.wait()
    runner = office.world.app().test_cli_runner()
    whole = runner.invoke(args=["audit", "verify"])
    assert whole.exit_code == 0
    assert "日志完整，共 3 条" in whole.stdout
    head = whole.stdout.split("末条 ")[1].split()[0]
    (entry,) = [
        json.loads(line) for line in runner.invoke(args=["audit", "show", ids[1], "--json"]).stdout.splitlines()
    ]
    assert (entry["seq"], entry["who"], entry["act"], entry["of"]) == (2, "inspector", "inspection.submitted", ids[1])
    assert entry["after"]["photos"]
    shown = runner.invoke(args=["audit", "show", ids[2]]).stdout
    assert f"inspector\t提交测评\t{ids[2]}" in shown
    assert runner.invoke(args=["audit", "show", new_id()]).stdout == ""

    store = office.world.services.store
    lines = [line for _, line in store.log.lines()]
    behind.write_log(store, [lines[0], lines[1].replace(b'"inspector"', b'"inspectoR"'), lines[2]])
    broken = runner.invoke(args=["audit", "verify"])
    assert broken.exit_code == 1
    assert "日志第 2 条有问题" in broken.stderr
    behind.write_log(store, [lines[0], lines[2]])
    assert "日志第 2 条有问题" in runner.invoke(args=["audit", "verify"]).stderr
    # A log cut at its end is whole in itself: what is kept tells, and the head that somebody noted down.
    behind.write_log(store, lines[:2])
    cut = runner.invoke(args=["audit", "verify"])
    assert (cut.exit_code, f"inspections，{ids[2]}：数据中有，日志中没有" in cut.stderr) == (1, True)
    missing = runner.invoke(args=["audit", "verify", "--head", head])
    assert missing.exit_code == 1
    assert "第 3 条" in missing.stderr
    behind.write_log(store, lines)
    assert runner.invoke(args=["audit", "verify", "--head", head]).exit_code == 0
