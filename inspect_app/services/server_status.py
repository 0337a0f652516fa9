"""What an administrator is shown of the server: each thing, how it stands, and in plain words what to do about it.

It is looked at while a page waits: what takes long, or changes anything, is left to the command ``doctor``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..domain.evidence.signals import duration_words
from ..version import program
from . import Services
from .cases.unsent_notices import unsent_notices
from .checkup import BACKUPS, Health, quick_check_up
from .readiness import Readiness
from .standing import NOTICES, queues

_LATE = timedelta(minutes=10)
_ENDS_SOON, _AUTHORITY_ENDS_SOON = timedelta(days=10), timedelta(days=60)
_NOTHING = "不用做什么。"


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One thing of the server: its state, what is said of it, and what to do."""

    title: str
    state: Health
    said: str
    to_do: str


@dataclass(frozen=True, slots=True)
class ServerWatched:
    """What the lines are made of: ``ends`` is until when certificates of our own are good, by name.

    ``processes`` says of each process of this server, where there are several, whether it serves; ``restarts`` how
    often any was started again.
    """

    services: Services
    readiness: Readiness
    ends: Mapping[str, datetime]
    now: datetime
    processes: Sequence[bool] = ()
    restarts: int = 0

    def local(self, instant: datetime) -> str:
        """For readers, in the city's time."""
        return f"{instant.astimezone(self.services.settings.timezone):%Y-%m-%d %H:%M}"


def server_status(watched: ServerWatched) -> list[StatusLine]:
    """All lines, those with something to be done first."""
    found = [line for lines in _LINES for line in lines(watched)]
    order = (Health.BAD, Health.NOTE, Health.GOOD)
    return sorted(found, key=lambda line: order.index(line.state))


def _program(watched: ServerWatched) -> Iterator[StatusLine]:
    since = watched.readiness.since
    said = (
        f"版本 {program()}；{watched.local(since)} 启动，已运行{duration_words((watched.now - since).total_seconds())}"
    )
    yield StatusLine("程序", Health.GOOD, said, "升级、更改设置以后要重新启动。升级前先做一次备份。")


def _processes(watched: ServerWatched) -> Iterator[StatusLine]:
    if not watched.processes:
        return
    number, serving = len(watched.processes), sum(watched.processes)
    again = f"；从启动到现在，有进程意外结束、重新启动了 {watched.restarts} 次" if watched.restarts else ""
    if serving < number:
        said = f"{number} 个进程里有 {number - serving} 个没有在服务，正在重新启动{again}"
        yield StatusLine("进程", Health.BAD, said, "请看运行日志里它为什么结束。其余的照常服务。")
    elif again:
        yield StatusLine("进程", Health.NOTE, f"{number} 个进程都在服务{again}", "请看运行日志里为什么。")
    else:
        yield StatusLine("进程", Health.GOOD, f"{number} 个进程都在服务", _NOTHING)


def _documents(watched: ServerWatched) -> Iterator[StatusLine]:
    services, title = watched.services, "记录"
    where = (
        "PostgreSQL 数据库（INSPECT_DATABASE）" if services.settings.database else f"数据目录 {services.settings.data}"
    )
    if why := watched.readiness.failing().get("store"):
        yield StatusLine(title, Health.BAD, f"存在{where}；现在存不进去：{why}", "请检查数据库或磁盘。手机会自动重发。")
    elif damaged := services.store.damaged():
        said = f"有 {len(damaged)} 处缺损，例如：{damaged[0]}"
        yield StatusLine(title, Health.BAD, said, "请运行 flask --app inspect_app check，从备份取回缺损的文件。")
    else:
        yield StatusLine(title, Health.GOOD, f"存在{where}，能读能写", _NOTHING)


def _originals(watched: ServerWatched) -> Iterator[StatusLine]:
    settings, title = watched.services.settings, "照片原件"
    where = f"对象存储 {settings.objects}" if settings.objects else f"目录 {settings.photos}"
    if why := watched.readiness.failing().get("originals"):
        yield StatusLine(title, Health.BAD, f"存在{where}；现在用不了：{why}", "请检查对象存储或磁盘。手机会自动重发。")
    else:
        yield StatusLine(title, Health.GOOD, f"存在{where}，能用", _NOTHING)


def _queues(watched: ServerWatched) -> Iterator[StatusLine]:
    for one in queues(watched.services):
        if one.name == NOTICES:
            continue
        if one.set_aside:
            said = f"{one.set_aside} 项多次失败，已搁置"
            to_do = "原因和「重试」在「管理 → 后台任务」；多半是内存、磁盘不够，或要换新版本。"
            yield StatusLine(one.title, Health.BAD, said, to_do)
        if one.oldest is None:
            yield StatusLine(one.title, Health.GOOD, "没有等着做的", _NOTHING)
            continue
        waits = watched.now - one.oldest
        said = f"{one.length} 张等着做，最早的等了{duration_words(waits.total_seconds())}"
        if waits >= _LATE:
            to_do = "会自己做完。一直不减少时，请看运行日志，重新启动。"
            yield StatusLine(one.title, Health.NOTE, said, to_do)
        else:
            yield StatusLine(one.title, Health.GOOD, said, _NOTHING)


def _notices(watched: ServerWatched) -> Iterator[StatusLine]:
    settings, title = watched.services.settings, "邮件和群消息"
    left = unsent_notices(watched.services)
    if left.since:
        said = f"{left.messages} 封发不出去，从 {watched.local(left.since)} 起：{left.problem}"
        to_do = (
            "没有应答的每隔几分钟自动再发，被退回的一天以后再试；原因和「重试」在「管理 → 后台任务」。"
            "请核对邮箱、INSPECT_SMTP_… 或群机器人的网址。"
        )
        yield StatusLine(title, Health.BAD, said, to_do)
    elif settings.mail is None and settings.office_robot is None:
        said = "没有设置办公室的邮箱和群机器人：磁盘快满、备份失败只在页面上提醒"
        yield StatusLine(
            title, Health.NOTE, said, "请设置 INSPECT_SMTP_HOST 和 INSPECT_OFFICE_MAIL，或 INSPECT_OFFICE_WEBHOOK。"
        )
    else:
        yield StatusLine(title, Health.GOOD, "没有发不出去的", _NOTHING)


def _certificates(watched: ServerWatched) -> Iterator[StatusLine]:
    for name, title, soon, to_do in (
        ("server", "HTTPS 证书", _ENDS_SOON, "到期前会自动换新。没有换时，请看运行日志。"),
        ("authority", "自建的证书机构", _AUTHORITY_ENDS_SOON, "到期后重新启动会另建一个，每部手机要重新装证书。"),
    ):
        if name not in watched.ends:
            continue
        left = watched.ends[name] - watched.now
        said = f"到 {watched.local(watched.ends[name])} 为止，还有 {max(left.days, 0)} 天"
        yield StatusLine(title, Health.NOTE if left < soon else Health.GOOD, said, to_do)
    settings = watched.services.settings
    if not watched.ends and (settings.trusted_proxy or settings.address.startswith("https://")):
        yield StatusLine("HTTPS 证书", Health.GOOD, "本服务没有自建的证书：在代理后面", "请在代理那里看证书何时到期。")
    elif not watched.ends:
        said = "没有自建的证书，也没有设置代理：只供本机打开，或用 --plain-http 启动，同一网络里的人能看到密码和照片"
        yield StatusLine("HTTPS 证书", Health.NOTE, said, "给别的机器用的，请去掉 --plain-http，重新启动。")


def _doctor(watched: ServerWatched) -> Iterator[StatusLine]:
    """What the command says as well. Its sentences hold what to do where there is something."""
    for one in quick_check_up(watched.services, watched.now):
        to_do = _WHEN_GOOD.get(one.title, _NOTHING) if one.state is Health.GOOD else "请照左边写的做。"
        yield StatusLine(one.title, one.state, one.said, _TO_DO.get(one.title, to_do))


_TO_DO = {
    "磁盘": "少于十分之一时清理或换大的；满了以后收不了照片，也不能登录。",
    "节假日": "每年国务院公布安排以后，在「放假调休」页填入。",
    "时钟": "请打开自动校时（NTP）。",
    "依赖": "每季度运行一次 bash bin/setup --upgrade，取安全修补。",
}
_WHEN_GOOD = {BACKUPS: "每季度在别的机器上恢复一次，看是不是真的能用。"}
_LINES = (_program, _processes, _documents, _originals, _queues, _notices, _certificates, _doctor)
