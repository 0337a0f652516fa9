"""What the office changes is its own: through upgrades, restores, several processes, and edits in folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from inspect_app.collections import LAYOUTS
from inspect_app.collections.checklists.checklist import CHECKLISTS
from inspect_app.collections.checklists.last_good import LAST_GOOD, LastGoodText
from inspect_app.domain.checklists.checklist import Checklist
from inspect_app.domain.checklists.editions import FOLDER, UPGRADE, Edition, digest
from inspect_app.domain.checklists.files import parse_checklist
from inspect_app.services.checklists.folder import StartingSet, released
from inspect_app.services.checklists.library import ChecklistLibrary
from inspect_app.settings import PROJECT
from inspect_app.store import Head, Stale, Store
from inspect_app.store.tiny import open_store
from inspect_app.wording import say
from tests.world import NOW

HALF = "[types]\npublic-toilet = 0.5\n"
DOUBLE = "[types]\npublic-toilet = 2\n"
START = (PROJECT / "checklists" / "public-toilet.toml").read_text("utf-8")
OURS = START.replace('title = "公共厕所"', 'title = "公厕"')
THEIRS = START.replace('title = "公共厕所"', 'title = "厕所"')


@dataclass
class Office:
    """A data folder and a folder of checklists, which ``own`` tells from the program's."""

    data: Path
    folder: Path
    own: bool = False
    released: frozenset[str] = released().texts

    def __post_init__(self) -> None:
        self.store: Store = open_store(self.data, LAYOUTS)
        self.log = self.store.log

    def opened(self) -> ChecklistLibrary:
        """As a process that starts now has it."""
        start = StartingSet(self.folder, self.own, replace(released(), texts=self.released))
        return ChecklistLibrary(start, self.store, lambda: NOW)

    def opened_elsewhere(self) -> ChecklistLibrary:
        """As another process has it, with a store of its own on the same folder."""
        return replace(self).opened()

    def write(self, name: str, text: str) -> None:
        path = self.folder / f"{name}.toml"
        before = path.stat().st_mtime_ns if path.exists() else 0
        path.write_text(text, "utf-8")
        os.utime(path, ns=(before + 1_000_000, before + 1_000_000))

    def release(self, name: str, text: str) -> None:
        """As an upgrade of the program brings it."""
        self.released |= {digest(text)}
        self.write(name, text)

    def fresh_copy(self) -> None:
        """The program is installed anew: its folder is as it was brought."""
        shutil.rmtree(self.folder)
        shutil.copytree(PROJECT / "checklists", self.folder)

    def acts(self) -> list[tuple[str, str, str]]:
        return [(entry["who"], entry["act"], entry["of"]) for entry in self.log.entries()]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    shutil.copytree(PROJECT / "checklists", tmp_path / "checklists")
    office = Office(tmp_path / "data", tmp_path / "checklists")
    yield office
    office.store.close()


def said(editions: list[Edition]) -> list[tuple[int, str | None, str]]:
    return [(one.number, one.text, one.by) for one in editions]


def test_an_upgrade_improves_what_the_office_never_changed_and_leaves_what_it_did(office: Office):
    library = office.opened()
    assert library.keep("public-toilet", OURS, "li", NOW, "本地叫法") == []
    office.release("public-toilet", THEIRS)
    office.release("index", HALF)
    library = office.opened()
    assert library.current["public-toilet"].title == "公厕"
    assert library.weights.types == {"public-toilet": 0.5}
    assert library.with_newer_start() == ["public-toilet"]
    assert [one.name for one in library.newest_editions()] == ["public-toilet"]
    assert library.keep("public-toilet", OURS, "li", NOW, "看过新的，仍用本地的") == []
    assert library.with_newer_start() == []


def test_an_edition_says_who_when_why_and_what_it_was_and_the_log_holds_the_act(office: Office):
    library = office.opened()
    assert library.keep("index", HALF, "li", NOW, "市长要求") == []
    assert library.keep("index", DOUBLE, "wang", NOW) == []
    first, second = library.editions_of("index")
    start = (office.folder / "index.toml").read_text("utf-8")
    assert first == Edition("index", 1, HALF, "li", NOW, "市长要求", digest(start))
    assert (second.number, second.text, second.by) == (2, DOUBLE, "wang")
    assert office.acts() == [("li", "library.changed", "library/index"), ("wang", "library.changed", "library/index")]
    one, two = office.log.entries()
    assert one["before"] == {"edition": 0, "sha256": digest(start)}
    assert one["after"] == {"edition": 1, "sha256": digest(HALF), "reason": "市长要求"}
    assert two["before"] == {"edition": 1, "sha256": digest(HALF)}
    assert isinstance(office.log.verify(), Head)


def test_keeping_the_same_text_again_changes_nothing(office: Office):
    library = office.opened()
    assert library.keep("index", HALF, "li", NOW) == library.keep("index", HALF, "li", NOW) == []
    assert len(library.editions_of("index")) == 1
    assert len(office.acts()) == 1


def test_a_hand_edit_in_the_program_s_folder_is_taken_over_and_survives_a_fresh_copy(office: Office):
    library = office.opened()
    office.write("index", HALF)
    library.look_again()
    assert library.weights.types == {"public-toilet": 0.5}
    assert said(library.newest_editions()) == [(1, HALF, FOLDER)]
    office.fresh_copy()
    library.look_again()
    assert library.weights.types == {"public-toilet": 0.5}
    assert office.opened().weights.types == {"public-toilet": 0.5}
    office.write("index", DOUBLE)
    assert office.opened().weights.types == {"public-toilet": 2}
    assert office.acts() == [(FOLDER, "library.changed", "library/index")] * 2


def test_a_checklist_of_the_office_s_own_lives_on_where_the_program_has_none(office: Office):
    made = START.replace('id = "public-toilet"', 'id = "car-park"')
    assert office.opened().keep("car-park", made, "li", NOW) == []
    office.fresh_copy()
    assert "car-park" in office.opened().current


def test_files_of_the_operator_s_own_folder_are_followed_as_they_stand(office: Office):
    office.own = True
    library = office.opened()
    office.write("index", HALF)
    library.look_again()
    assert library.weights.types == {"public-toilet": 0.5}
    (office.folder / "adhoc.toml").unlink()
    library.look_again()
    assert library.ad_hoc is None
    assert library.newest_editions() == []
    assert office.acts() == []


def test_an_edit_in_the_operator_s_own_folder_comes_after_the_office_s(office: Office):
    office.own = True
    library = office.opened()
    assert library.keep("public-toilet", OURS, "li", NOW) == []
    library.look_again()
    assert library.current["public-toilet"].title == "公厕", "the file is older"
    office.write("public-toilet", THEIRS)
    library.look_again()
    assert library.current["public-toilet"].title == "厕所"
    office.write("public-toilet", START)
    assert office.opened().current["public-toilet"].title == "公共厕所", "edited while no server ran"
    assert said(library.editions_of("public-toilet")) == [(1, OURS, "li"), (2, THEIRS, FOLDER), (3, START, FOLDER)]
    assert [who for who, _, _ in office.acts()] == ["li", FOLDER, FOLDER]


def test_a_file_that_is_gone_from_the_operator_s_own_folder_is_gone_until_it_is_back(office: Office):
    office.own = True
    library = office.opened()
    assert library.keep("public-toilet", OURS, "li", NOW) == []
    (office.folder / "public-toilet.toml").unlink()
    library.look_again()
    assert "public-toilet" not in library.current
    office.write("public-toilet", START)
    library.look_again()
    assert library.current["public-toilet"].title == "公厕"
    assert len(library.editions_of("public-toilet")) == 1


def test_a_misprint_in_an_edited_file_leaves_the_office_s_text_in_force_and_is_told_until_it_is_mended(office: Office):
    office.own = True
    library = office.opened()
    assert library.keep("index", HALF, "li", NOW) == []
    office.write("index", "roll_up = 3")
    library.look_again()
    assert library.weights.types == {"public-toilet": 0.5}
    office.write("routing", "rules = []")
    library.look_again()
    assert "index.toml 字段 roll_up" in str(say(library.problems[0]))
    assert office.opened().problems == library.problems
    office.write("index", DOUBLE)
    library.look_again()
    assert (library.problems, library.weights.types) == ((), {"public-toilet": 2})


def test_a_misprint_where_nothing_was_changed_leaves_the_last_good_text_in_force(office: Office):
    """The last good text is the program's, so that it is no edition."""
    library = office.opened()
    office.write("deadlines", "nonsense")
    library.look_again()
    assert office.opened().deadlines == library.deadlines
    assert "deadlines.toml" in str(say(library.problems[0]))
    assert library.newest_editions() == []


def test_an_edition_that_the_plan_of_today_does_not_fit_goes_on_serving(office: Office):
    library = office.opened()
    assert library.keep("public-toilet", OURS, "li", NOW) == []
    clause = library.current["public-toilet"].items[0].clauses[0]
    plan = (office.folder / "plan.toml").read_text("utf-8").replace(f'number = "{clause}"', 'number = "(五)9(9)"')
    office.release("plan", plan)
    again = office.opened()
    assert again.current["public-toilet"].title == "公厕"
    assert any(f"没有条款「{clause}」" in say(problem).what for problem in again.problems)


def test_the_office_can_go_back_to_what_the_folder_has(office: Office):
    library = office.opened()
    assert library.keep("public-toilet", OURS, "li", NOW) == []
    assert library.keep("public-toilet", None, "li", NOW, "用回原来的") == []
    assert library.current["public-toilet"].title == "公共厕所"
    office.release("public-toilet", THEIRS)
    assert office.opened().current["public-toilet"].title == "厕所"
    made = START.replace('id = "public-toilet"', 'id = "car-park"')
    assert library.keep("car-park", made, "li", NOW) == []
    assert library.keep("car-park", None, "li", NOW) == []
    assert "car-park" not in library.current
    (office.folder / "plan.toml").unlink()
    office.opened().keep("plan", None, "li", NOW)
    assert len(office.opened().plan.clauses) == 93, "the last good one: nothing can be judged without a plan"


def test_the_office_can_do_without_what_the_folder_has(office: Office):
    library = office.opened()
    assert library.keep("adhoc", "", "li", NOW, "本市不开通随手拍") == []
    assert library.ad_hoc is None
    office.fresh_copy()
    assert office.opened().ad_hoc is None
    assert "plan.toml" in str(say(library.keep("plan", "", "li", NOW)[0]))
    assert library.keep("adhoc", None, "li", NOW) == []
    assert office.opened().ad_hoc


def test_a_wrong_text_is_told_and_changes_nothing(office: Office):
    library = office.opened()
    for name, text in [
        ("index", "roll_up = 3"),
        ("plan", "title = 1"),
        ("public-toilet", 'id = "bus"'),
        ("x y", "a"),
        ("a" * 300, "a"),
    ]:
        assert library.keep(name, text, "li", NOW)
    assert library.newest_editions() == []
    assert office.acts() == []


def test_a_text_that_others_do_not_fit_is_refused(office: Office):
    """Checklists name clauses of the plan, and weights name checklists."""
    library = office.opened()
    plan = library.text("plan").replace('number = "(五)2(6)"', 'number = "(五)9(9)"')
    assert any("没有条款「(五)2(6)」" in say(problem).what for problem in library.keep("plan", plan, "li", NOW))
    made = START.replace('id = "public-toilet"', 'id = "car-park"')
    assert library.keep("car-park", made, "li", NOW) == []
    assert library.keep("index", "[types]\ncar-park = 2\n", "li", NOW) == []
    assert "car-park" in str(say(library.keep("car-park", None, "li", NOW)[0]))


def test_rules_of_routing_can_be_kept_while_another_text_is_wrong(office: Office):
    library = office.opened()
    office.write("bus", "nonsense")
    rules = '[[rules]]\nunit = "市公安局"\nclause = "(五)2"\n'
    assert say(library.keep("routing", rules, "li", NOW)[0]).where.startswith("bus.toml")
    assert library.keep("routing", rules, "li", NOW, whole=False) == []
    assert library.keep("routing", "rules = 3", "li", NOW, whole=False)
    assert len(library.routing) == 1


def test_what_one_process_keeps_another_sees_and_of_two_at_once_the_second_is_told(office: Office):
    here, there = office.opened(), office.opened_elsewhere()
    assert here.keep("index", HALF, "li", NOW, expected=0) == []
    there.look_again()
    assert there.weights.types == {"public-toilet": 0.5}
    seen = there.number("index")
    assert here.keep("index", DOUBLE, "li", NOW, expected=1) == []
    with pytest.raises(Stale):
        there.keep("index", "[types]\nbus = 3\n", "wang", NOW, expected=seen)
    assert there.weights.types == {"public-toilet": 2}
    assert [one.by for one in there.editions_of("index")] == ["li", "li"]


def test_many_processes_at_once_lose_nothing_and_count_without_gaps(office: Office):
    libraries = [office.opened_elsewhere() for _ in range(8)]

    def keep(number: int) -> int:
        """How often another one was quicker."""
        for tries in range(100):
            try:
                assert libraries[number].keep("index", f"[types]\nbus = {number}\n", f"li{number}", NOW) == []
                return tries
            except Stale:
                continue
        raise AssertionError("never its turn")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(8)))
    kept = libraries[0].editions_of("index")
    assert [one.number for one in kept] == list(range(1, 9))
    assert {one.by for one in kept} == {f"li{number}" for number in range(8)}
    effective = sum(1 if act == "library.changed" else -1 for _, act, _ in office.acts())
    assert effective == 8


def test_an_edit_in_the_folder_that_several_processes_see_at_once_is_one_edition(office: Office):
    libraries = [office.opened_elsewhere() for _ in range(4)]
    office.write("index", HALF)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda library: library.look_again(), libraries))
    assert said(libraries[0].editions_of("index")) == [(1, HALF, FOLDER)]
    assert all(library.weights.types == {"public-toilet": 0.5} for library in libraries)


def test_two_servers_with_folders_of_their_own_do_not_take_turns(office: Office, tmp_path: Path):
    shutil.copytree(office.folder, tmp_path / "other")
    office.own = True
    here = office.opened()
    assert here.keep("index", HALF, "li", NOW) == []
    office.folder = tmp_path / "other"
    office.write("index", DOUBLE)
    there = office.opened_elsewhere()
    for _ in range(3):
        here.look_again()
        there.look_again()
    assert len(here.editions_of("index")) == 2
    assert here.weights == there.weights


def in_force_earlier(office: Office, texts: dict[str, str], checklists: dict[str, str]) -> None:
    """The store as an earlier version of the program left it, which kept what was in force, and no editions."""
    versions = {}
    for id, text in checklists.items():
        found = parse_checklist(text, f"{id}.toml")
        assert isinstance(found, Checklist)
        CHECKLISTS.put_once(office.store, found.version, found)
        versions[id] = found.version
    LAST_GOOD.put_once(office.store, "versions", LastGoodText(versions=versions))
    for name, text in texts.items():
        LAST_GOOD.put_once(office.store, name, LastGoodText(text))


def test_edits_that_an_earlier_version_wrote_into_the_program_come_back_after_a_restore(office: Office):
    made = START.replace('id = "public-toilet"', 'id = "car-park"')
    in_force_earlier(office, {"index": HALF}, {"public-toilet": OURS, "car-park": made})
    library = office.opened()
    assert library.current["public-toilet"].title == "公厕"
    assert "car-park" in library.current
    assert library.weights.types == {"public-toilet": 0.5}
    assert {(one.name, one.by) for one in library.newest_editions()} == {
        ("public-toilet", UPGRADE), ("car-park", UPGRADE), ("index", UPGRADE)
    }  # fmt: skip
    assert set(office.acts()) == {
        (UPGRADE, "library.changed", f"library/{name}") for name in ("public-toilet", "car-park", "index")
    }
    assert library.keep("index", None, "li", NOW) == []
    assert office.opened().weights.types == {}, "taken over once"


def test_an_earlier_starting_set_is_no_choice_of_the_office_s(office: Office):
    office.release("index", HALF)
    office.release("public-toilet", THEIRS)
    in_force_earlier(office, {"index": HALF}, {"public-toilet": START})
    office.release("index", DOUBLE)
    library = office.opened()
    assert library.weights.types == {"public-toilet": 2}
    assert library.current["public-toilet"].title == "厕所"
    assert library.newest_editions() == []


def test_an_upgrade_in_place_takes_over_what_stands_edited_in_the_program(office: Office):
    office.write("index", HALF)
    office.write("public-toilet", OURS)
    in_force_earlier(office, {"index": HALF}, {"public-toilet": OURS})
    library = office.opened()
    assert said(library.newest_editions()) == [(1, HALF, FOLDER), (1, OURS, FOLDER)]
    office.fresh_copy()
    assert office.opened().current["public-toilet"].title == "公厕"


def test_what_an_earlier_version_had_from_the_operator_s_own_folder_is_left_to_that_folder(office: Office):
    office.own = True
    in_force_earlier(office, {"index": HALF}, {})
    assert office.opened().weights.types == {}
    office.own = False
    assert office.opened().weights.types == {}


def test_every_text_of_the_starting_set_is_known_as_the_program_s_own(office: Office):
    texts = {path.name: digest(path.read_bytes()) for path in (PROJECT / "checklists").glob("*.toml")}
    unknown = [name for name, found in texts.items() if found not in released().texts]
    assert unknown == [], "run docs/develop/released.py"
    versions = {checklist.version for checklist in office.opened().checklists.values()}
    assert versions <= released().versions, "run docs/develop/released.py"
