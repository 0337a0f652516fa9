"""Whether an installation holds what it is said to hold: files, documents, originals, published weeks, the log."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ..collections import ALL
from ..collections.accounts.user import USERS
from ..collections.index.scheme import SCHEMES
from ..collections.inspecting.inspection import INSPECTIONS
from ..collections.place.site import SITES
from ..domain.index.schemes.reading import parse_scheme
from ..photos.damage import OriginalDamaged
from ..store import Broken, StoreDamaged
from . import Services
from .audit import verify
from .reconciling import Difference, compare, damages_of_tables, damages_published, media_named


def check(services: Services, *, files: bool = True) -> list[str]:
    """What is wrong with what is kept, a sentence in Chinese each that names the file; empty where nothing is.

    All files of the store are read, and every original where ``files``. Nothing is changed. Documents are compared with
    the log where all of them can be read: it would tell of the same loss once more otherwise.
    """
    lost = services.store.read_all()
    found = [*lost, *_log_broken(services, heads=not lost)]
    found += _contents(services) if not found else ()
    found += services.keys.lost()
    return list(dict.fromkeys([*found, *_published(services), *(_originals(services) if files else ())]))


def accept(services: Services) -> list[str]:
    """Take what there is for all there must be; what is damaged all the same, as ``check`` says it."""
    services.store.accept_losses()
    return [*services.store.read_all(), *_log_broken(services, heads=False)]


def was_worked_with(services: Services) -> bool:
    """Whether anybody was at work here: a first run that was interrupted leaves areas and settings, and no account."""
    if not all(place.is_empty() for place in (services.photos, services.recordings, services.frozen)):
        return True
    told = any(entry["act"] == "account.added" for entry in services.audit.entries())
    return told or bool(INSPECTIONS.weeks(services.store)) or bool(SITES.find(services.store))


def is_empty(services: Services) -> bool:
    """Whether there is no account, and nothing that anybody did: another folder was meant. What is lost was there."""
    try:
        return not USERS.find(services.store) and not was_worked_with(services)
    except StoreDamaged:
        return False


def _log_broken(services: Services, *, heads: bool) -> Iterator[str]:
    """Where the log is no chain any more; with ``heads``, also where it lacks one that a publication noted."""
    try:
        found = verify(services) if heads else services.audit.verify()
    except StoreDamaged as error:
        yield str(error)
        return
    if isinstance(found, Broken):
        yield f"audit/log.jsonl：第{found.line}条有问题：{found.reason}"


def _contents(services: Services) -> Iterator[str]:
    yield from _unfindable(services)
    compared = compare(services, files=False, weeks=False)  # of published weeks all is named, not the first alone
    if isinstance(compared, Difference):
        at = "，".join(one for one in (compared.of, compared.id, compared.field) if one)
        yield f"数据与日志不一致：{at}：{compared.reason}"


def _unfindable(services: Services) -> Iterator[str]:
    """Documents that are in their week and that nobody finds by their id."""
    for collection in ALL:
        for week in collection.weeks(services.store) if collection.weekly else ():
            ids = [stored.id for stored in services.store.find(collection.name, week=week)]
            lacking = [id for id in ids if services.store.get(collection.name, id) is None]
            if lacking:
                yield f"store/{collection.name}/ids：缺少 {week} 的 {len(lacking)} 个编号，例如 {lacking[0]}"


def _published(services: Services) -> Iterator[str]:
    """Frozen figures and files of published weeks that are gone or damaged; of publications that can be read."""
    try:
        damages = chain(damages_published(services), damages_of_tables(services))
        schemes = [(kept.id, one.text) for kept in SCHEMES.find(services.store) for one in kept.value]
    except StoreDamaged:
        return
    for id, text in schemes:
        if isinstance(parse_scheme(text, id, kept=True), list):
            yield f"发布方案「{id}」：有一版读不出来，请从备份恢复"
    yield from map(str, damages)


def _originals(services: Services) -> Iterator[str]:
    """Originals that are gone or damaged; of documents that can be read."""
    for _, store, sha256, owner in media_named(services):
        try:
            store.whole(sha256)
        except OriginalDamaged as error:
            yield f"{error}（{owner}）"
