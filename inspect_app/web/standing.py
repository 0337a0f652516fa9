"""How the installation stands, as metrics: what waits, disks, backups, certificates.

Nothing here tells that somebody is out right now: what waits for less than ten minutes is not told, and disks are told
in whole GiB, so that no photo shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ..processes import ProcessSeen
from ..services import Services
from ..services.backing_up import last_backup
from ..services.disk import disks
from ..services.standing import queues
from ..store import StoreAway
from ..version import program

__all__ = ["CONTENT_TYPE_LATEST", "StandingMetrics", "exposition"]
_SHORT_WAIT = timedelta(minutes=10)
_GIB = 1024**3
_DAY_S = 24 * 3600


def exposition(counts: CollectorRegistry, standing: StandingMetrics) -> bytes:
    """Counts and standing in Prometheus' own format."""
    registry = CollectorRegistry()
    registry.register(standing)
    return generate_latest(counts) + generate_latest(registry)


@dataclass(frozen=True, slots=True, eq=False)
class StandingMetrics(Collector):
    """Looked up when it is asked for: the same whichever process is asked.

    ``since`` is when this process began; ``failing`` what does not work, ``ends`` until when certificates are good, by
    name; ``processes`` are those of this server, where there are several.
    """

    of: Services
    now: datetime
    since: datetime
    failing: Mapping[str, str]
    ends: Mapping[str, datetime]
    processes: Sequence[ProcessSeen] = ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield self._info()
        yield _gauge(
            "inspect_start_time_seconds", "When this process began, in seconds since 1970.", self.since.timestamp()
        )
        yield self._ready()
        yield from self._queues()
        yield self._disks()
        yield from self._backup()
        yield from self._certificates()
        yield from self._processes()

    def _info(self) -> GaugeMetricFamily:
        settings = self.of.settings
        names = {
            "version": program(),
            "store": "postgresql" if settings.database else "folder",
            "originals": "objects" if settings.objects else "folder",
        }
        found = GaugeMetricFamily("inspect_info", "Version and kinds of stores.", labels=list(names))
        found.add_metric(list(names.values()), 1)
        return found

    def _ready(self) -> GaugeMetricFamily:
        return _gauge("inspect_ready", "Whether what is submitted now would be kept.", not self.failing)

    def _queues(self) -> Iterator[GaugeMetricFamily]:
        length = GaugeMetricFamily("inspect_queue_length", "What waits for ten minutes or more.", labels=["queue"])
        oldest = GaugeMetricFamily("inspect_queue_oldest_seconds", "For how long the oldest does.", labels=["queue"])
        aside = GaugeMetricFamily("inspect_queue_set_aside", "What failed too often to be tried.", labels=["queue"])
        try:
            found = queues(self.of)
        except StoreAway:
            return
        for one in found:
            waits = self.now - one.oldest if one.oldest else timedelta()
            is_told = waits >= _SHORT_WAIT
            length.add_metric([one.name], one.length if is_told else 0)
            oldest.add_metric([one.name], waits.total_seconds() if is_told else 0)
            aside.add_metric([one.name], one.set_aside)
        yield from (length, oldest, aside)

    def _disks(self) -> GaugeMetricFamily:
        free = GaugeMetricFamily("inspect_disk_free_bytes", "Room on the disk, in whole GiB.", labels=["folder"])
        for name, disk in zip(("data", "photos"), _found_disks(self.of), strict=False):
            free.add_metric([name], disk // _GIB * _GIB)
        return free

    def _backup(self) -> Iterator[GaugeMetricFamily]:
        if self.of.settings.backups is None or (last := last_backup(self.of)) is None:
            return
        yield _gauge("inspect_backup_ok", "Whether the last backup was made whole.", not last.problem)
        if last.made_at:
            age = (self.now - last.made_at).total_seconds()
            yield _gauge("inspect_backup_age_seconds", "Since the last one that was made.", age)

    def _certificates(self) -> Iterator[GaugeMetricFamily]:
        if not self.ends:
            return
        left = GaugeMetricFamily("inspect_certificate_days_left", "Until a certificate ends.", labels=["certificate"])
        for name, end in self.ends.items():
            left.add_metric([name], (end - self.now).total_seconds() / _DAY_S)
        yield left

    def _processes(self) -> Iterator[GaugeMetricFamily]:
        if not self.processes:
            return
        yield _gauge("inspect_processes", "Processes of this server.", len(self.processes))
        serving = sum(one.serves for one in self.processes)
        yield _gauge("inspect_processes_serving", "Those that take requests.", serving)
        restarts = sum(one.restarts for one in self.processes)
        yield _gauge("inspect_process_restarts", "How often any was started again since the server began.", restarts)


def _found_disks(of: Services) -> list[int]:
    try:
        return [disk.free for disk in disks(of.settings)]
    except OSError:
        return []


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, told, value=float(value))
