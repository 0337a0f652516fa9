"""What leaves of the log proves itself and tells nobody who acted."""

from __future__ import annotations

import hashlib
import json

import pytest

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.commitments import canonical, commitment, salts
from inspect_app.services import audit, open_services
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.evidence.unit_bundle import unit_bundle
from inspect_app.settings import settings_from
from inspect_app.store import Broken
from inspect_app.store.chain import chained, hash_of
from tests.old_folders import copied, environment, given
from tests.store import behind
from tests.web.evidence.test_desk import visit
from tests.world import NOW, World

CANDIDATES = (
    "inspector",
    "supervisor",
    *(f"demo-{number}" for number in range(150)),
    *(f"测评员{n}" for n in range(300)),
)
"""Names that whoever wants to know who acted may try."""


@pytest.fixture
def decided(tmp_path):
    world = World.in_memory(tmp_path)
    id = visit(world, 0)
    assert not isinstance(
        decide(world.services, "supervisor", id, "jam", "confirmed", "", 1, NOW, scope=EVERYTHING), list
    )
    return world, id


def everything_but_people(act: str, name: str, value: object) -> bool:
    return name != "who"


def guessed(extract: list[dict]) -> set[str]:
    """Who acted, as far as any of the names gives a hash or a commitment that stands in the extract."""
    text = json.dumps(extract)
    salts = ["", *(shown[0] for entry in extract for shown in entry.get("opened", {}).values())]
    return {name for name in CANDIDATES for entry in extract for tried in _hashes(entry, name, salts) if tried in text}


def _hashes(entry: dict, name: str, salts: list[str]):
    told = {"who": name, "before": None, "after": None, **{key: entry[key] for key in entry if key != "hash"}}
    yield hashlib.sha256(canonical(told)).hexdigest()
    yield hash_of({key: told[key] for key in told if key not in ("commitments", "opened")})
    yield hashlib.sha256(canonical(name)).hexdigest()
    yield from (commitment(one, "who", name) for one in salts)


def test_nobody_learns_who_acted_from_everything_else_by_trying_names(decided):
    world, id = decided
    extract = audit.extract(world.services, {id, f"{id}/jam"}, everything_but_people)
    assert [entry["act"] for entry in extract] == ["inspection.submitted", "finding.confirmed"]
    assert all("seed" not in entry and "who" not in entry and "who" in entry["commitments"] for entry in extract)
    assert guessed(extract) == set()


def test_who_tries_names_finds_them_where_the_hash_is_over_the_name():
    entry = {"at": "", "who": "demo-7", "act": "inspection.submitted", "of": "1", "before": None, "after": None}
    (kept,) = chained([entry], audit.Head(0, "0" * 64))
    assert guessed([{key: kept[key] for key in kept if key != "who"}]) == {"demo-7"}


def test_an_extract_proves_itself_and_a_change_of_what_it_shows_does_not(decided):
    world, id = decided
    (entry, _) = audit.extract(world.services, {id, f"{id}/jam"}, everything_but_people)
    assert hash_of(entry) == entry["hash"]
    for name, (shown, value) in entry["opened"].items():
        assert commitment(shown, name, value) == entry["commitments"][name]
        assert commitment(shown, name, "别的") != entry["commitments"][name]


def test_the_office_can_show_later_who_it_was(decided):
    world, id = decided
    (entry, _) = audit.entries_of(world.services, id)
    opened = commitment(salts(entry["seed"])("who"), "who", entry["who"])
    assert opened == audit.extract(world.services, {id}, everything_but_people)[0]["commitments"]["who"]


@pytest.mark.parametrize(
    "change", [{"who": "another"}, {"after": None}, {"seed": "0" * 64}, {"seed": None}, {"note": "x"}]
)
def test_a_field_that_is_not_what_was_committed_to_is_found(decided, change):
    world, _ = decided
    first, *others = (line for _, line in world.services.audit.lines())
    behind.write_log(world.services.store, [canonical({**json.loads(first), **change}) + b"\n", *others])
    found = world.services.audit.verify()
    assert isinstance(found, Broken)
    assert (found.line, found.reason) == (1, "内容与自身的承诺不符：这一条被改动")


def test_entries_written_before_there_were_commitments_stay_and_leave_without_their_hashes(tmp_path):
    services = open_services(settings_from(environment(copied(tmp_path))))
    log, earlier = services.audit, services.audit.head()
    assert log.verify() == earlier
    assert earlier.seq == given()["entries"]
    path = given()["bundle"].split("/")
    id, item = path[2], path[4]
    for _ in range(2):
        bundle = unit_bundle(services, "supervisor", id, item, NOW, scope=EVERYTHING)
        assert not isinstance(bundle, list)
        bundle.close()
    assert log.verify(earlier) == log.head()
    assert log.head().seq == earlier.seq + 2
    extract = audit.extract(services, {id, f"{id}/{item}"}, everything_but_people)
    # The first new one names the hash of one that is over a name.
    assert ["hash" in entry for entry in extract] == [False] * (len(extract) - 1) + [True]
    assert all(set(entry) == {"act", "of", "seq", "told"} for entry in extract[:-1])
    assert guessed(extract) == set()


def test_what_is_hidden_of_an_entry_without_commitments_cannot_be_tried_out(tmp_path):
    services = open_services(settings_from(environment(copied(tmp_path))))
    log, last = services.audit, services.audit.head().seq
    hidden = next(one for one in log.entries() if (one["after"] or {}).get("reason"))
    of = str(hidden["of"]).partition("/")[0]
    assert all("hash" in one for one in audit.entries_of(services, of)), "nothing is hidden yet"
    told = {"places": 1, "reason": "姓名", "log": [f"{hidden['seq']} after/reason"]}
    sign = [audit.Entry("text.blanked", of, after=told), *(audit.Entry("key.renewed", of) for _ in range(2))]
    audit.keep(services.store, "administrator", NOW, sign, [])
    shown = {one["seq"]: one for one in audit.entries_of(services, of)}
    assert hidden["after"]["reason"] not in json.dumps(shown[hidden["seq"]], ensure_ascii=False)
    later = [one for seq, one in shown.items() if hidden["seq"] <= seq <= last + 1]
    assert [set(one) & {"hash", "previous", "commitments", "seed"} for one in later] == [set()] * len(later)
    assert shown[last + 2]["previous"], "the one before it is over salts that nobody is told"
    assert log.verify() == log.head()
