"""The log of every act on evidence and scores: who, when, what, on what, before and after (chain of custody).

What an act changes in the store is kept with its entry, whole or not at all (``keep``). An act that touches files as
well is logged before it takes effect, so that there is none without an entry; one that then fails is declared void by a
second entry (``logged``). The log holds no answers and no photos, only what identifies them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..collections.index.publication import PUBLICATIONS
from ..domain.cases.life_cycle import ACTS as CASE_ACTS
from ..domain.weeks import utc_text
from ..store import Broken, Given, Head, Store, Stored, Write

if TYPE_CHECKING:
    from . import Services

ACTS: Mapping[str, str] = {
    "inspection.submitted": "提交测评",
    "inspection.imported": "导入测评",
    "finding.confirmed": "确认问题",
    "finding.rejected": "驳回问题",
    "finding.reopened": "撤回复核",
    "redaction.finished": "完成打码",
    "photo.published": "公开照片",
    "photo.withdrawn": "撤回公开",
    "evidence.exported": "导出证据",
    "evidence.sealed": "导出封存证据",
    "week.published": "发布指数",
    "week.corrected": "更正指数",
    "site.added": "新增点位",
    "site.changed": "更改点位",
    "site.retired": "停用点位",
    "site.restored": "恢复点位",
    "areas.renamed": "区域更名",
    "areas.merged": "区域合并",
    "areas.withdrawn": "撤回区划变更",
    "areas.outlined": "更新区域轮廓",
    "figures.taken": "导入其他指数",
    "plan.announced": "公布抽取",
    "plan.drawn": "抽取计划",
    "plan.changed": "更改计划",
    "plan.revealed": "揭示封存数",
    "plan.rules": "更改计划规则",
    "case.filed": "立案",
    **{f"case.{act.name}": act.label for act in CASE_ACTS.values()},
    "case.recheck": "安排复查",
    "account.added": "新建账号",
    "account.blocked": "停用账号",
    "account.unblocked": "恢复账号",
    "account.password_reset": "重设密码",
    "account.password_changed": "本人修改密码",
    "account.factor_added": "开启二次验证",
    "account.factor_removed": "停用二次验证",
    "account.factors_reset": "重设二次验证",
    "account.recovery_used": "使用恢复码",
    "token.made": "新建令牌",
    "token.revoked": "作废令牌",
    "code.made": "生成登录码",
    "code.revoked": "作废登录码",
    "device.revoked": "作废设备",
    "settings.second_factor": "更改二次验证的要求",
    "account.scoped": "更改账号范围",
    "unit.added": "新增责任单位",
    "unit.changed": "更改责任单位",
    "exposure.chosen": "选择公开曝光",
    "exposure.withdrawn": "撤回公开曝光",
    "cards.changed": "更改红黄牌",
    "routing.changed": "更改分派规则",
    "library.changed": "更改清单与规则",
    "void": "未生效",
}
"""Every act, as readers see it."""


@contextmanager
def logged(
    services: Services,
    who: str,
    act: str,
    of: str,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Log an act, then let it happen. Where it raises, the entry is declared void and the error goes on."""
    assert act in ACTS, act
    entry = {"at": utc_text(now), "who": who, "act": act, "of": of, "before": before, "after": after}
    kept = services.audit.append(entry)
    try:
        yield
    except BaseException as error:
        void = {"at": utc_text(now), "who": who, "act": "void", "of": of, "before": None}
        services.audit.append({**void, "after": {"seq": kept["seq"], "error": type(error).__name__}})
        raise


@dataclass(frozen=True, slots=True)
class Entry:
    """An act as the log tells it: of what, and what was before and after."""

    act: str
    of: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def keep(
    store: Store,
    who: str,
    now: datetime,
    entries: Sequence[Entry],
    writes: Sequence[Write],
    *,
    given: Sequence[Given] = (),
) -> list[Stored]:
    """Keep documents together with the entries of the acts that they come of: all of it, or nothing.

    Gives the documents as kept. Raises ``Stale``, with no entry left behind, where one is at another revision than
    its write expects, or what the acts rest on is.
    """
    assert all(entry.act in ACTS for entry in entries), entries
    at = utc_text(now)
    told = [
        {"at": at, "who": who, "act": one.act, "of": one.of, "before": one.before, "after": one.after}
        for one in entries
    ]
    return store.act(writes, told, given=given)


def entries_of(services: Services, of: str) -> list[dict[str, object]]:
    """The entries about one thing, in order: an inspection's id, or that with ``/item`` or ``/photo`` behind it."""
    return [entry for entry in services.audit.entries() if entry["of"] == of or entry["of"].startswith(f"{of}/")]


def verify(services: Services, known: Head | None = None) -> Head | Broken:
    """Whether the log is unbroken and still holds ``known`` and the last head that a publication noted down."""
    found = services.audit.verify(known)
    for noted in _noted(services):
        if isinstance(found, Broken):
            break
        found = services.audit.verify(noted)
    return found


def _noted(services: Services) -> list[Head]:
    publications = (kept.value for kept in PUBLICATIONS.find(services.store))
    noted = (revision.audit_head for publication in publications for revision in publication.revisions)
    heads = [Head(*head) for head in noted if head]
    return sorted(heads, key=lambda head: head.seq)[-1:]
