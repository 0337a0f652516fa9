"""Two machines that share a database: of photos that look alike the later one is told, whoever looks at which first."""

from __future__ import annotations

import itertools
import random
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from inspect_app.collections.evidence.checks import PHOTO_CHECKS
from inspect_app.photos.similar import similar_in
from inspect_app.services import Services, open_services
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.examining import CHECKED_AGAIN, check_again, check_inspection, look_at
from inspect_app.services.evidence.lookalikes import share_own
from inspect_app.services.inspecting.submitting import submit
from tests.store.databases import empty_database
from tests.world import NOW, World, evidence, failing, new_id, photo, received, sha256

_moments = itertools.count(1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_database(tmp_path / "one" / "data", empty_database())


def machine(world: World, folder: Path) -> Services:
    """Another machine's server: a data folder of its own, with the keys; the originals are on a share."""
    folder.mkdir(parents=True)
    for key in world.data.glob("*.key"):
        shutil.copy(key, folder)
    (folder / "photos").mkdir()
    (folder / "photos" / "originals").symlink_to(world.settings.photos / "originals")
    services = open_services(replace(world.settings, data=folder, photos=folder / "photos"))
    services.after.hand_over(0)
    return services


@pytest.fixture
def machines(world: World, tmp_path: Path) -> Iterator[tuple[Services, Services]]:
    """Neither does anything by itself."""
    world.services.after.hand_over(0)
    received(world.services, photo(99))
    other = machine(world, tmp_path / "two")
    yield world.services, other
    other.store.close()


def sent(world: World, to: Services, content: bytes) -> str:
    """An inspection with this photo, which came after all those before it."""
    received(to, content)
    raw = world.submission("public-toilet", photos=[evidence(content, "open")])
    raw["answers"] = failing(raw["answers"], world.checklist("public-toilet"), "open")
    inspector, id = find_user(to.store, "inspector"), new_id()
    assert inspector
    assert submit(to, inspector, id, raw, NOW + timedelta(minutes=20, seconds=next(_moments))).kept
    return id


def alike(scene: int, count: int) -> list[bytes]:
    """Files that show the same to the last pixel."""
    return [photo(scene) + bytes([number]) for number in range(count)]


def told(services: Services, id: str) -> set[str]:
    """Of which earlier photos it is told that they look the same."""
    kept = PHOTO_CHECKS.get(services.store, id)
    assert kept
    (photo,) = kept.value.photos
    found = [signal.numbers["photos"] for signal in photo.signals if signal.name == "near_duplicate"]
    return {sha256 for one in found for sha256, _ in one}


def done_again(machines: tuple[Services, Services], rng: random.Random) -> int:
    """Do what was listed to be checked again, on any machine, until nothing is; how often."""
    times = 0
    while found := machines[0].after.waiting.due((CHECKED_AGAIN,), 9):
        for work in found:
            assert check_again(rng.choice(machines), work.id)
            machines[1].after.waiting.done(work)
            times += 1
    return times


def test_each_is_told_of_those_that_came_before_it_in_whatever_order_and_wherever_they_are_checked(
    world, machines, run_seed
):
    """Two are checked at once; of some the first machine was killed when their hashes were known, and nothing else."""
    rng = random.Random(run_seed)
    for scene in range(6):
        contents = alike(scene, 6)
        ids = [sent(world, rng.choice(machines), content) for content in contents]
        order = rng.sample(range(6), 6)
        for number in rng.sample(order, 2):
            look = look_at(machines[0], sha256(contents[number]))
            assert look
            rng.choice(machines).similar.add(sha256(contents[number]), ids[number], look.prints)

        def checked(which: int, mine: list[str]) -> None:
            for id in mine:
                assert check_inspection(machines[which], id)

        halves = [ids[number] for number in order[:3]], [ids[number] for number in order[3:]]
        with ThreadPoolExecutor(2) as both:
            list(both.map(checked, (0, 1), halves))
        done_again(machines, rng)
        for number, id in enumerate(ids):
            before = {sha256(content) for content in contents[:number]}
            assert told(machines[number % 2], id) == before, f"seed {run_seed}, scene {scene}, photo {number}"


def test_who_checks_in_the_order_of_arrival_checks_nothing_twice(world, machines):
    contents = alike(1, 4)
    for number, content in enumerate(contents):
        assert check_inspection(machines[number % 2], sent(world, machines[0], content))
    assert done_again(machines, random.Random(1)) == 0


def test_a_machine_with_an_empty_folder_knows_all_that_the_others_took_in(world, machines, tmp_path):
    first, later = alike(2, 2)
    check_inspection(machines[0], sent(world, machines[0], first))
    third = machine(world, tmp_path / "three")
    id = sent(world, third, later)
    check_inspection(third, id)
    assert told(machines[0], id) == {sha256(first)}
    assert third.similar.has(sha256(first)), "presence is judged by what any machine took in"
    third.store.close()


@pytest.mark.parametrize("damage", ["none", "flipped", "cut"])
def test_what_an_earlier_program_knew_on_one_machine_alone_is_known_to_all_once(world, machines, damage):
    here, there = machines
    contents = alike(3, 3)
    known, unknown = [sent(world, here, content) for content in contents[:2]]
    check_inspection(here, known)
    look = look_at(here, sha256(contents[0]))
    assert look
    with psycopg.connect(world.settings.database) as database:
        database.execute(b"TRUNCATE _prints")
    own = there.settings.photos / "similar.bin"
    similar_in(own).add(sha256(contents[0]), known, look.prints)
    similar_in(own).add(sha256(contents[1]), unknown, look.prints)
    whole = own.read_bytes()
    own.write_bytes({"none": whole, "cut": whole[:-1], "flipped": whole[:-80] + b"\1" + whole[-79:]}[damage])
    share_own(there)
    check_inspection(here, unknown)
    assert told(there, unknown) == {sha256(contents[0])}
    last = sent(world, here, contents[2])
    check_inspection(here, last)
    assert told(there, last) == set(map(sha256, contents[:2])), "a hash of a photo that no inspection has says nothing"
    before = len(here.similar)
    (there.settings.photos / "similar.taken").write_text("what nobody wrote")
    share_own(there)
    assert len(here.similar) == before
