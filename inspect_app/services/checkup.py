"""What is old, open or weak about an installation: for whoever runs it, before somebody else finds it."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from ..domain.accounts.permissions import Role
from ..domain.cases.working_time import last_known_day
from ..domain.evidence.signals import duration_words
from ..durable import UNSYNCED, is_unsynced
from ..object_place import ObjectPlace
from ..photos.models import Fault, model_faults
from ..photos.objects import ObjectsUnfit
from ..private import belongs_to_another, inside, is_open
from ..settings import PROJECT
from ..sftp_address import SftpAddress
from ..store import StoreAway
from . import Services
from .accounts.accounts import all_users, signed_in
from .backing_up import backup_warning, last_backup, newest, repository_of
from .cases.recounting import count_provisional
from .disk import Room, disks, warning
from .evidence.working import TITLES, backlog
from .opening import log_of

_COMMON = ("12345678", "123456789", "88888888", "11111111", "password", "1qaz2wsx")
_IN_OFFICE = (Role.ADMINISTRATOR, Role.SUPERVISOR)
_LATE_CHECKS, _OLD_BACKUP = timedelta(minutes=10), timedelta(days=8)
BACKUPS = "备份"
"""The title of what is said of them."""
_BACK_UP = "运行 flask --app inspect_app backup create"
_LOCK = PROJECT / "requirements.lock"
_PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)( ;.*)?", re.MULTILINE)
_PYTHON_UNTIL = {11: date(2027, 10, 31), 12: date(2028, 10, 31), 13: date(2029, 10, 31), 14: date(2030, 10, 31)}
"""Until when a Python 3 gets security fixes (PEP 664, 693, 719, 745)."""


class Health(Enum):
    """How a thing stands. ``BAD`` needs doing soon."""

    GOOD = "正常"
    NOTE = "注意"
    BAD = "有问题"


_OF_ROOM = {Room.AMPLE: Health.GOOD, Room.LOW: Health.NOTE, Room.SHORT: Health.BAD, Room.FULL: Health.BAD}


@dataclass(frozen=True, slots=True)
class CheckedUp:
    """One thing that was looked at, and what there is to say of it."""

    title: str
    state: Health
    said: str


def check_up(services: Services, now: datetime) -> list[CheckedUp]:
    """Everything that can be looked at from here. Nothing is changed."""
    return [finding for check in _CHECKS for finding in check(services, now)]


def quick_check_up(services: Services, now: datetime) -> list[CheckedUp]:
    """What can be looked at while a page waits, and changes nothing anywhere."""
    return [finding for check in _QUICK for finding in check(services, now)]


def _permissions(services: Services, _: datetime) -> Iterator[CheckedUp]:
    title = "数据目录的权限"
    for folder in services.settings.folders:
        open_ones = [path for path in (folder, *inside(folder)) if is_open(path)]
        if open_ones:
            said = (
                f"{folder} 里有 {len(open_ones)} 个文件或目录本机其他账号能读，例如 {open_ones[0]}。重新启动服务即改正"
            )
            yield CheckedUp(title, Health.BAD, said)
        elif belongs_to_another(folder):
            yield CheckedUp(title, Health.NOTE, f"{folder} 属于另一个系统账号。请用拥有它的账号运行服务和命令")
        else:
            yield CheckedUp(title, Health.GOOD, f"{folder} 只有本账号能读写")


def _passwords(services: Services, _: datetime) -> Iterator[CheckedUp]:
    """Those of who may do most, against the few that come to everybody's mind first."""
    people = [user.name for user in all_users(services.store) if user.active and user.role in _IN_OFFICE]
    tried = [(name, word) for name in people for word in (*_COMMON, name, f"{name}123", f"{name}1234")]
    with ThreadPoolExecutor(4) as threads:
        fits = threads.map(lambda pair: signed_in(services.store, *pair) is not None, tried)
        weak = sorted({name for (name, _), right in zip(tried, fits, strict=True) if right})
    if weak:
        yield CheckedUp("密码", Health.BAD, f"{'、'.join(weak)} 的密码人人都猜得到，请马上更换：users password 账号")
    else:
        yield CheckedUp("密码", Health.GOOD, f"试过 {len(people)} 个管理员、督导员账号，没有用最常见密码的")


def _encryption(services: Services, _: datetime) -> Iterator[CheckedUp]:
    address = services.settings.address
    if address and urlsplit(address).scheme != "https":
        said = f"INSPECT_ADDRESS 是 {address}，不加密：同一网络里的人能看到密码和照片"
        yield CheckedUp("HTTPS", Health.BAD, f"{said}。请改用 https，见 docs/operate/https.md")
        return
    said = f"本站地址 {address}" if address else "没有 --plain-http 时，其他机器只能用 HTTPS 打开"
    yield CheckedUp("HTTPS", Health.GOOD, said)


def _proxy(services: Services, _: datetime) -> Iterator[CheckedUp]:
    trusted = services.settings.trusted_proxy
    if not trusted:
        return
    if trusted == "*":
        said = "INSPECT_TRUSTED_PROXY 是 *：任何人都能冒充别的访客地址。请写代理的 IP 地址"
        yield CheckedUp("反向代理", Health.BAD, said)
        return
    yield CheckedUp("反向代理", Health.GOOD, f"只信任 {trusted} 转告的访客地址")


def _disk(services: Services, _: datetime) -> Iterator[CheckedUp]:
    for disk in disks(services.settings):
        said = f"{disk.folder}：{warning(disk)}" if disk.room else f"{disk.folder} 还有 {disk.left}（共 {disk.size}）"
        yield CheckedUp("磁盘", _OF_ROOM[disk.room], said)
        if is_unsynced(disk.folder):
            yield CheckedUp("磁盘", Health.NOTE, f"{disk.folder} {UNSYNCED}")


def _database(services: Services, _: datetime) -> Iterator[CheckedUp]:
    title = "数据库"
    if not services.settings.database:
        return
    try:
        risks = services.store.risks()
    except StoreAway as error:
        yield CheckedUp(title, Health.BAD, str(error))
        return
    for risk in risks:
        yield CheckedUp(title, Health.NOTE if risk.is_averted else Health.BAD, risk.said)
    if not risks:
        yield CheckedUp(title, Health.GOOD, "写实以后才答应（fsync、full_page_writes、synchronous_commit 都开着）")


def _objects(services: Services, now: datetime) -> Iterator[CheckedUp]:
    place, title = services.settings.objects, "对象存储"
    if place is None or services.objects is None:
        return
    try:
        services.objects.probe()
    except ObjectsUnfit as error:
        yield CheckedUp(title, Health.BAD, str(error))
        return
    if lacking := sum(one.late(now) for one in services.settling):
        said = (
            f"本机留存的 {lacking} 个原件，对象存储一直没有再给出来，服务器没有删去本机的。请看运行日志，核对对象存储"
        )
        yield CheckedUp(title, Health.BAD, said)
    if place.is_readable_on_the_way:
        yield CheckedUp(title, Health.BAD, f"{place} 不加密：同一网络里的人能看到照片。请改用 https 的网址")
    else:
        yield CheckedUp(title, Health.GOOD, f"{place} 能写入、能读出，不会覆盖已有的")


def _photos(services: Services, now: datetime) -> Iterator[CheckedUp]:
    waiting = backlog(services)
    aside = services.after.waiting.set_aside()
    if photos := sum(one.kind in TITLES for one in aside):
        said = f"{photos} 项照片任务多次失败，已搁置；原因和重试：「管理 → 后台任务」，或 photos retry"
        yield CheckedUp("照片检查", Health.BAD, said)
    if others := len(aside) - photos:
        said = f"{others} 项发送多次失败，已搁置，一天以后再试；原因和重试：「管理 → 后台任务」"
        yield CheckedUp("提醒和通知", Health.BAD, said)
    if waiting.oldest is None:
        yield CheckedUp("照片检查", Health.GOOD, "没有等待检查的照片")
        return
    waits = now - waiting.oldest
    state = Health.NOTE if waits >= _LATE_CHECKS else Health.GOOD
    said = f"{waiting.photos} 张尚未检查，最早的等了{duration_words(waits.total_seconds())}"
    yield CheckedUp("照片检查", state, said)


def _models(_: Services, now: datetime) -> Iterator[CheckedUp]:
    """By what faces and number plates are found before a supervisor hides them."""
    title, faults = "查找人脸和车牌", model_faults()
    again = "照片公开前全靠人看。请运行 bin/models"
    damaged = [name for name, fault in faults.items() if fault is Fault.DAMAGED]
    if damaged:
        yield CheckedUp(title, Health.BAD, f"模型文件损坏：{'、'.join(damaged)}，不再查找，{again}")
    elif faults:
        yield CheckedUp(title, Health.NOTE, f"没有安装模型，{again}")
    else:
        yield CheckedUp(title, Health.GOOD, "模型齐全")


def _clock(services: Services, now: datetime) -> Iterator[CheckedUp]:
    """The clock of this machine decides to which week a visit belongs: what was written last cannot lie ahead."""
    log = log_of(services.settings)
    last = datetime.fromtimestamp(log.stat().st_mtime, UTC) if log.exists() else now
    if last > now + timedelta(minutes=5):
        said = f"本机时钟是 {now:%Y-%m-%d %H:%M} UTC，比日志最后一次写入（{last:%Y-%m-%d %H:%M}）还早"
        yield CheckedUp("时钟", Health.BAD, f"{said}。请核对时钟，打开自动校时")
    else:
        yield CheckedUp("时钟", Health.GOOD, f"本机时钟 {now.astimezone(services.settings.timezone):%Y-%m-%d %H:%M}")


def _noted_backups(services: Services, now: datetime) -> Iterator[CheckedUp]:
    """By what became of the last try, without asking the place of the backups."""
    title, last = BACKUPS, last_backup(services)
    if services.settings.backups is None and (services.shelf is None or last is None):
        said = "没有设置 INSPECT_BACKUPS，本程序不做备份：请设置（docs/operate/backup.md），或确认用别的办法每天备份"
        yield CheckedUp(title, Health.NOTE, said)
    elif warned := backup_warning(services, now):
        yield CheckedUp(title, Health.BAD, f"{warned}。请处理写明的原因，{_BACK_UP} 再试")
    elif last is None or last.made_at is None:
        yield CheckedUp(title, Health.NOTE, f"还没有做过备份，请{_BACK_UP}")
    else:
        made_at = last.made_at.astimezone(services.settings.timezone)
        age = duration_words((now - last.made_at).total_seconds()).strip()
        state = Health.GOOD if now - last.made_at < _OLD_BACKUP else Health.BAD
        by = f"，由 {last.host} 做" if services.shelf and last.host else ""
        yield CheckedUp(title, state, f"最近一份做于 {made_at:%Y-%m-%d %H:%M}，{age}前{by}")


def _backups(services: Services, now: datetime) -> Iterator[CheckedUp]:
    """What is noted, and what lies in the place; that is all where copies are made by other means."""
    where, title = services.settings.backups, BACKUPS
    if where is None or last_backup(services) is not None:
        yield from _noted_backups(services, now)
    if where is None:
        return
    try:
        last = newest(repository_of(services.settings)) or _last_change(where)
    except OSError as error:
        yield CheckedUp(title, Health.BAD, f"{where} 读不出来：{error}")
        return
    if last is None:
        yield CheckedUp(title, Health.BAD, f"{where} 里没有备份")
        return
    state = Health.BAD if now - last > _OLD_BACKUP else Health.GOOD
    yield CheckedUp(title, state, f"{where} 里最新的备份是 {last.astimezone(services.settings.timezone):%Y-%m-%d}")


def _last_change(where: Path | ObjectPlace | SftpAddress) -> datetime | None:
    """Of copies that were made by other means."""
    times = [path.stat().st_mtime for path in where.iterdir()] if isinstance(where, Path) and where.is_dir() else []
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _holidays(services: Services, now: datetime) -> Iterator[CheckedUp]:
    known = last_known_day(services.library.deadlines.office(services.settings.timezone))
    put_in = "国务院公布安排后，请在「放假调休」页填入，或运行 bash bin/setup --upgrade"
    waiting = count_provisional(services)
    if now.date() > known:
        state, more = Health.BAD, f"此后的期限只按法定节假日和周一至周五暂定。{put_in}"
    elif waiting or now.date() > known - timedelta(days=30):
        state, more = Health.NOTE, put_in
    else:
        state, more = Health.GOOD, ""
    provisional = f"；{waiting} 件的期限是暂定的" if waiting else ""
    yield CheckedUp("节假日", state, f"知道到 {known:%Y年%m月%d日} 为止{provisional}{'；' + more if more else ''}")


def _dependencies(_: Services, now: datetime) -> Iterator[CheckedUp]:
    text = _LOCK.read_text("utf-8") if _LOCK.exists() else ""
    behind = [f"{name} {have}（应为 {want}）" for name, want, have in _behind(text) if have]
    if behind:
        yield CheckedUp("依赖", Health.BAD, f"比锁定的版本旧：{'、'.join(behind)}。请运行 bash bin/setup")
    else:
        yield CheckedUp("依赖", Health.GOOD, "不旧于 requirements.lock")
    if text and now - datetime.fromtimestamp(_LOCK.stat().st_mtime, UTC) > timedelta(days=180):
        yield CheckedUp(
            "依赖", Health.NOTE, "requirements.lock 半年没有更新，会缺安全修补。请运行 bash bin/setup --upgrade"
        )


def _behind(lock: str) -> Iterator[tuple[str, str, str]]:
    """Packages that are older than every version that the lock names: name, the least of those, what is installed."""
    wanted: dict[str, list[str]] = {}
    for name, version, _ in _PINNED.findall(lock):
        wanted.setdefault(name, []).append(version)
    for name, versions in wanted.items():
        try:
            have = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system or Python
        least = min(versions, key=_numbers)
        if _numbers(have) < _numbers(least):
            yield name, least, have


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _python(_: Services, now: datetime) -> Iterator[CheckedUp]:
    until = _PYTHON_UNTIL.get(sys.version_info.minor)
    name = f"Python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    if until and now.date() > until:
        yield CheckedUp("Python", Health.BAD, f"{name} 自 {until:%Y年%m月} 起没有安全修补，请换新版本")
    else:
        yield CheckedUp("Python", Health.GOOD, name)


_CHECKS: Sequence[Callable[[Services, datetime], Iterator[CheckedUp]]] = (
    _permissions,
    _passwords,
    _encryption,
    _proxy,
    _disk,
    _database,
    _objects,
    _photos,
    _models,
    _clock,
    _backups,
    _holidays,
    _dependencies,
    _python,
)
_QUICK = (_noted_backups, _disk, _encryption, _proxy, _models, _clock, _holidays, _dependencies, _python)
