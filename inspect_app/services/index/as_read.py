"""What a publication was made of, frozen beside its figures; nobody outside is shown it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ...collections import Kept
from ...domain.index.as_read import AsRead, counted_print
from ...domain.index.publication import Revision
from ...domain.inspecting.inspection import Inspection
from .. import Services
from .frozen import FrozenDamaged, WeekFile

_FILE = "visits.json"


def keep_as_read(services: Services, visits: Iterable[Kept[Inspection]]) -> str:
    """Freeze which visits figures are made of; the hash that names it. Returns once it is on disk."""
    read = {one.id: (one.revision, counted_print(one.value)) for one in visits}
    content = json.dumps(read, sort_keys=True, separators=(",", ":")).encode()
    return services.frozen.keep_files([(_FILE, WeekFile("application/json", content))])


def as_read(services: Services, revision: Revision) -> AsRead | None:
    """The visits that a revision was made of; None where it does not say, or that is damaged, which ``check`` tells."""
    if not revision.visits:
        return None
    try:
        found = services.frozen.file(revision.visits, _FILE)
    except FrozenDamaged:
        return None
    return {id: (number, counted) for id, (number, counted) in json.loads(found.content).items()} if found else None
