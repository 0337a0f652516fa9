"""The locks name what requirements.txt and requirements-dev.txt allow, with hashes, and nothing too old."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.version import Version

from tests.conftest import PROJECT

PAIRS = [("requirements.txt", "requirements.lock"), ("requirements-dev.txt", "requirements-dev.lock")]
LENT = ("bin/bundling/requirements.txt", "bin/bundling/requirements.lock")
PIP = ("bin/packing/requirements.txt", "bin/packing/requirements.lock")
MODELS = ("bin/searching/requirements.txt", "bin/searching/requirements.lock")
# Each was mended in this version; an earlier one must not be allowed.
MENDED = {
    "flask": "3.1.1",  # CVE-2025-47278: sessions signed with a key that was replaced
    "pillow": "11.3",  # CVE-2025-48379: writing past a buffer
    "waitress": "3.0.1",  # CVE-2024-49768, CVE-2024-49769: requests smuggled, connections that stay
    "cryptography": "44.0.1",  # CVE-2024-12797, in the OpenSSL of its wheels
    "brotli": "1.2",  # CVE-2025-6176: decompression without end
}
MACHINES = {
    "Linux 3.11": {"sys_platform": "linux", "platform_system": "Linux", "python_version": "3.11"},
    "Windows 3.13": {"sys_platform": "win32", "platform_system": "Windows", "python_version": "3.13"},
    "macOS 3.12": {"sys_platform": "darwin", "platform_system": "Darwin", "python_version": "3.12"},
}


def wanted(name: str) -> list[Requirement]:
    lines = (PROJECT / name).read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def locked(name: str) -> dict[str, list[tuple[Version, Marker | None, int]]]:
    """Version, condition and number of hashes of each entry."""
    found = defaultdict(list)
    text = (PROJECT / name).read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        one = Requirement(line.partition("--hash")[0].strip())
        (pinned,) = one.specifier
        assert pinned.operator == "=="
        found[one.name].append(
            (Version(pinned.version), one.marker, len(re.findall(r"--hash=sha256:[0-9a-f]{64}", line)))
        )
    return found


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("asked", "lock"), [*PAIRS, LENT, PIP, MODELS])
def test_every_package_is_locked_within_its_bounds_on_every_system(asked, lock, machine):
    """Where this fails: ``bash bin/setup --lock``."""
    environment = MACHINES[machine] | {"python_full_version": MACHINES[machine]["python_version"] + ".4"}
    found = locked(lock)
    for one in wanted(asked):
        if one.marker and not one.marker.evaluate(environment):
            continue
        name = one.name.lower().replace("_", "-").replace(".", "-")
        here = [version for version, marker, _ in found[name] if marker is None or marker.evaluate(environment)]
        assert len(here) == 1, name
        assert here[0] in one.specifier, name


@pytest.mark.parametrize(("lock", "least"), [*((lock, 30) for _, lock in PAIRS), (LENT[1], 1), (MODELS[1], 2)])
def test_every_file_has_its_hash_and_no_place_to_fetch_it_from(lock, least):
    entries = locked(lock)
    assert len(entries) >= least
    assert [name for name, found in entries.items() if not all(hashes for _, _, hashes in found)] == []
    assert not re.search(r"https?:|file:|^-", (PROJECT / lock).read_text("utf-8"), re.MULTILINE)


def test_tests_run_on_the_versions_that_offices_run():
    run, dev = (locked(lock) for _, lock in PAIRS)
    assert {name: [one[0] for one in dev[name]] for name in run} == {
        name: [one[0] for one in run[name]] for name in run
    }


@pytest.mark.parametrize("name", MENDED)
def test_no_version_with_a_known_hole_is_allowed(name):
    (one,) = [one for one in wanted("requirements.txt") if one.name == name]
    (bound,) = [part.version for part in one.specifier if part.operator == ">="]
    assert max(Version(bound), Version(MENDED[name])) in one.specifier
    assert Version(bound) >= Version(MENDED[name])
