"""Bringing an old data folder forward, and folders that cannot be read."""

from __future__ import annotations

import errno
import json
import os
import signal
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inspect_app.collections import ALL, LAYOUTS
from inspect_app.collections.form import FORMS, MARK
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.collections.log_salt import LOG_SALTS
from inspect_app.exports.index.files import made
from inspect_app.services import open_services
from inspect_app.services.checking import check
from inspect_app.services.forms import FormUnreadable, behind, note_form, versions
from inspect_app.services.index.week_files import frozen_file
from inspect_app.services.upgrading import outdated, upgrade
from inspect_app.store import Store
from inspect_app.store.journal import JournalStorage
from inspect_app.store.tiny import open_store
from tests.old_folders import copied

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of a copy of the old folder."""
    return copied(tmp_path) / "data"


@pytest.fixture
def old(folder: Path) -> Iterator[Store]:
    store = open_store(folder / "store", LAYOUTS)
    yield store
    store.close()


def values(store: Store) -> dict[tuple[str, str], object]:
    """Everything that is kept, as values; without what the upgrade itself notes down."""
    found = {}
    for collection in ALL:
        parts = [{"week": week} for week in collection.weeks(store)] if collection.weekly else [{}]
        for part in parts:
            found.update({(collection.name, kept.id): kept.value for kept in collection.find(store, **part)})
    return {key: value for key, value in found.items() if key[0] not in (FORMS.name, LOG_SALTS.name)}


def test_an_old_folder_is_told_of_and_written_anew_with_a_backup_of_what_was(old: Store, tmp_path: Path):
    before, waiting = values(old), outdated(old)
    documents = {(c.name, one.id): one.document for c in ALL for one in c.outdated(old)}
    assert {"inspections", "cases"} <= {one.collection for one in waiting}
    assert behind(note_form(old))
    done, backup = upgrade(old, tmp_path / "before", NOW)
    assert done == waiting
    assert values(old) == before
    assert outdated(old) == []
    assert behind(note_form(old)) == []
    assert backup
    assert backup.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in backup.read_text("utf-8").splitlines()]
    assert {(one["collection"], one["id"]): one["document"] for one in lines} == documents
    assert upgrade(old, tmp_path / "before", NOW) == ([], None)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_on_a_full_disk_an_old_folder_opens_and_its_form_is_noted_at_the_next_start(folder, monkeypatch, number):
    def full(self: JournalStorage, line: bytes) -> None:
        raise OSError(number, os.strerror(number))

    store = open_store(folder / "store", LAYOUTS)
    kept = FORMS.get(store, MARK)
    with monkeypatch.context() as disk:
        disk.setattr(JournalStorage, "_write_whole", full)
        with nullcontext() if number == errno.ENOSPC else pytest.raises(OSError, match="error"):
            assert behind(note_form(store))
    assert FORMS.get(store, MARK) == kept
    noted = note_form(store)
    assert FORMS.get(store, MARK).value == noted
    store.close()


def test_a_kill_at_any_step_loses_nothing_and_the_next_run_goes_on(folder: Path, tmp_path: Path):
    store = open_store(folder / "store", LAYOUTS)
    before, steps = values(store), sum(one.documents for one in outdated(store))
    store.close()
    left = [steps]
    for step in range(0, steps, max(1, steps // 8)):
        _killed_after(folder, tmp_path / "before", 1 + step % 9)
        store = open_store(folder / "store", LAYOUTS)
        assert values(store) == before
        left.append(sum(one.documents for one in outdated(store)))
        store.close()
    assert left == sorted(left, reverse=True)
    assert left[-1] < left[0]
    store = open_store(folder / "store", LAYOUTS)
    upgrade(store, tmp_path / "before", NOW)
    assert (values(store), outdated(store)) == (before, [])
    store.close()


def _killed_after(folder: Path, backups: Path, updates: int) -> None:
    """A process that upgrades, and is killed in the middle of its so manieth update or act."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)
        return
    try:
        store = open_store(folder / "store", LAYOUTS)
        seen = [0]

        def counted(done):
            def do(*arguments, **more):
                seen[0] += 1
                if seen[0] == updates:
                    os.kill(os.getpid(), signal.SIGKILL)
                return done(*arguments, **more)

            return do

        store.update, store.act = counted(store.update), counted(store.act)
        upgrade(store, backups, NOW)
    finally:
        os._exit(1)


def test_what_somebody_else_wrote_meanwhile_stands(old: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = next(iter(INSPECTIONS.outdated(old)))
    act = old.act

    def raced(writes, entries=(), *, given=()):
        if writes[0].id == first.id and old.get(INSPECTIONS.name, first.id).revision == first.revision:
            kept = INSPECTIONS.kept(first)
            INSPECTIONS.update(old, kept, replace(kept.value, state="reviewed"))
        return act(writes, entries, given=given)

    monkeypatch.setattr(old, "act", raced)
    upgrade(old, tmp_path / "before", NOW)
    found = INSPECTIONS.get(old, first.id)
    assert found
    assert found.value.state == "reviewed"
    assert outdated(old) == []


def test_a_new_folder_has_nothing_to_write_anew(world):
    assert behind(note_form(world.services.store)) == []
    assert outdated(world.services.store) == []


def test_a_folder_of_a_newer_program_is_refused_and_left_alone(world):
    store = world.services.store
    kept = FORMS.get(store, MARK)
    for newest in ({**versions(), "cases": 99}, {**versions(), "questionnaires": 1}):
        FORMS.keep(store, MARK, replace(kept.value, newest=newest))
        with pytest.raises(FormUnreadable, match=r"更新版本的程序.*没有改动"):
            open_services(world.settings)
        assert FORMS.get(store, MARK).value.newest == newest


def test_a_folder_that_is_too_old_is_told_which_command_to_run(world, monkeypatch: pytest.MonkeyPatch):
    store = world.services.store
    FORMS.keep(store, MARK, replace(FORMS.get(store, MARK).value, oldest={**versions(), "inspections": 0}))
    with pytest.raises(FormUnreadable, match=r"inspections.*store upgrade"):
        open_services(world.settings)


def test_the_command_says_what_it_would_do_and_does_it(folder: Path, monkeypatch: pytest.MonkeyPatch):
    from inspect_app import create_app
    from inspect_app.settings import settings_from

    checklists = str(folder.parent / "checklists")
    app = create_app(settings_from({"INSPECT_DATA": str(folder), "INSPECT_CHECKLISTS": checklists}))
    names = ("index.xlsx", "areas.csv", "post.txt")  # enough of them: setting and drawing all takes seconds

    def some(week, zone):
        return [(name, made(week, name, zone)) for name in names]

    monkeypatch.setattr("inspect_app.commands.store.week_files", some)
    run, client, services = app.test_cli_runner().invoke, app.test_client(), app.extensions["inspect"]
    files = [(n, name) for n in (1, 2) for name in names[:2]]
    before = [client.get(f"/index/2026-W46/{n}/{name}").data for n, name in files]
    told = run(args=["store", "upgrade", "--dry-run"])
    assert "将改写 inspections" in told.output
    assert not (folder / "before-upgrade").exists()
    done = run(args=["store", "upgrade"])
    assert done.exit_code == 0
    assert "已改写 cases" in done.output
    assert "before-upgrade" in done.output
    assert "已冻结 2026-W46 的文件：2版" in done.output
    again = run(args=["store", "upgrade"]).output
    assert "无需改写" in again
    assert "冻结" not in again
    frozen = [frozen_file(services, "2026-W46", n, name) for n, name in files]
    assert [one.content for one in frozen if one] == before
    assert check(services, files=False) == []
