"""The log of every act on evidence and scores: who, when, what, on what, before and after (chain of custody).

The chain is over commitments to who, when, before and after, not over themselves: what leaves can leave them out and
still prove itself (``extract``; docs/develop/log.md). Entries of earlier versions of the program have none.

What an act changes in the store is kept with its entry, whole or not at all (``keep``). An act that touches files as
well is logged before it takes effect, so that there is none without an entry; one that then fails is declared void by a
second entry (``logged``). The log holds no answers and no photos, only what identifies them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..collections.index.publication import PUBLICATIONS
from ..collections.noted_key import NOTED_KEYS
from ..domain.cases.life_cycle import ACTS as CASE_ACTS
from ..domain.commitments import SEED, committed, fields_of, opened
from ..domain.signed_heads import SignedHead
from ..domain.weeks import utc_text
from ..store import Broken, Given, Head, Store, Stored, Write
from .hidden import as_hidden, hidden_in, unchained
from .witness import as_they_stand, witnesses

if TYPE_CHECKING:
    from . import Services

ACTS: Mapping[str, str] = {
    "inspection.submitted": "提交测评",
    "inspection.imported": "导入测评",
    "inspection.corrected": "更正测评",
    "presence.accepted": "确认到场",
    "presence.left_out": "不计入测评",
    "presence.moved": "改点位并计入",
    "presence.partner_declined": "否认同行",
    "presence.denial_withdrawn": "撤回否认同行",
    "presence.partner_along": "认定同去",
    "presence.partner_absent": "认定没有同去",
    "import.held": "收下导出文件",
    "import.refused": "不收等待的测评",
    "submission.refused": "没有接收，交办公室",
    "report.taken_over": "接受没有通过的整改反馈",
    "finding.confirmed": "确认问题",
    "finding.rejected": "驳回问题",
    "finding.reopened": "撤回复核",
    "redaction.finished": "完成打码",
    "photo.published": "公开照片",
    "photo.withdrawn": "撤回公开",
    "photo.turned": "转正照片",
    "retention.removed": "按保存期限删除",
    "retention.thinned": "按保存期限减去个人信息",
    "caption.chosen": "更改照片下方的文字",
    "evidence.exported": "导出证据",
    "evidence.sealed": "导出封存证据",
    "week.published": "发布指数",
    "week.corrected": "更正指数",
    "week.files_frozen": "冻结已发布的文件",
    "job.retried": "重试后台任务",
    "job.given_up": "放弃后台任务",
    "week.framed": "固定指数依据的登记和规则",
    "site.added": "新增点位",
    "site.changed": "更改点位",
    "site.retired": "停用点位",
    "site.restored": "恢复点位",
    "areas.imported": "导入区域",
    "areas.renamed": "区域更名",
    "areas.merged": "区域合并",
    "areas.withdrawn": "撤回区划变更",
    "areas.outlined": "更新区域轮廓",
    "figures.taken": "导入其他指数",
    "scheme.changed": "更改发布方案",
    "scheme.filled_in": "填报综合指数的数",
    "scheme.published": "发布综合指数",
    "plan.announced": "公布抽取",
    "plan.drawn": "抽取计划",
    "plan.changed": "更改计划",
    "plan.revealed": "揭示封存数",
    "plan.rules": "更改计划规则",
    "plan.missed": "说明没有测评的原因",
    "plan.avoided": "更改回避区域",
    "validation.rules": "更改独立核验的规则",
    "validation.chosen": "抽取独立核验",
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
    "token.dated": "给令牌定期限",
    "code.made": "生成登录码",
    "code.revoked": "作废登录码",
    "device.revoked": "作废设备",
    "device.key": "登记手机的公钥",
    "settings.second_factor": "更改二次验证的要求",
    "settings.changed": "更改启动设置",
    "account.scoped": "更改账号范围",
    "unit.added": "新增责任单位",
    "unit.changed": "更改责任单位",
    "exposure.chosen": "选择公开曝光",
    "exposure.withdrawn": "撤回公开曝光",
    "cards.changed": "更改红黄牌",
    "routing.changed": "更改分派规则",
    "library.changed": "更改清单与规则",
    "reference.uploaded": "上传参照照片",
    "references.changed": "更改参照照片",
    "complaints.taken": "录入投诉件数",
    "plausibility.rule": "更改是否公布与投诉的符合程度",
    "calibration.opened": "开始校准",
    "calibration.judged": "作出校准判断",
    "calibration.closed": "结束校准",
    "log.signed": "签署日志",
    "log.stamped": "盖时间戳",
    "store.upgraded": "升级数据格式",
    "store.repaired": "修复损坏的数据",
    "log.witnessed": "补记数据摘要",
    "text.blanked": "隐去文字",
    "key.renewed": "更换密钥",
    "key.exported": "导出密钥给另一台服务器",
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
    kept = services.audit.append(_committed(entry))
    try:
        yield
    except BaseException as error:
        void = {"at": utc_text(now), "who": who, "act": "void", "of": of, "before": None}
        services.audit.append(_committed({**void, "after": {"seq": kept["seq"], "error": type(error).__name__}}))
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
    # With as many documents as acts each act has one; else the first tells of them all.
    kept = [[one] for one in writes] if len(writes) == len(entries) else [writes, *([] for _ in entries[1:])]
    told = [
        _committed({**_told(one, who, at), "kept": witnesses(store, own)})
        for one, own in zip(entries, kept, strict=True)
    ]
    return store.act(writes, told, given=given)


def note_witnesses(store: Store, who: str, now: datetime, collection: str, some: Sequence[Stored]) -> None:
    """Have the log tell what documents are, as they stand. Raises ``Stale`` where one was changed meanwhile."""
    entry = _told(Entry("log.witnessed", f"store/{collection}"), who, utc_text(now))
    given = [Given(collection, one.id, one.revision) for one in some]
    store.act([], [_committed({**entry, "kept": as_they_stand(store, collection, some)})], given=given)


def entries_of(services: Services, *of: str) -> list[Mapping[str, Any]]:
    """The entries about some things, in order: an inspection's id, or that with ``/item`` or ``/photo`` behind it.

    As they may be shown: without words that were blanked since. From a hidden one on, an entry without commitments, or
    right behind one, has no hashes: what is hidden could be tried out by them, one entry after the other. The log is
    read twice, and no more of it held than what is asked for.
    """
    names, within = frozenset(of), tuple(f"{one}/" for one in of)
    places, found, is_sealed = hidden_in(services.audit.entries()), [], True
    first = min((seq for seq, _ in places), default=None)
    for entry in services.audit.entries():
        before, is_sealed = is_sealed, SEED in entry
        if entry["of"] in names or entry["of"].startswith(within):
            is_open = first is not None and entry["seq"] >= first and not (before and is_sealed)
            shown = as_hidden(entry, places)
            found.append(unchained(shown) if is_open else shown)
    return found


def extract(services: Services, of: Collection[str], shown: Callable[[str, str, Any], bool]) -> list[dict[str, object]]:
    """The entries about some things as they may leave: of each what its hash is over, and the fields that are shown.

    ``shown`` is asked by act, name (「who」, 「after/rate」) and value whether a field may be read, its salt with it.
    An entry without commitments, or right behind one, gives its fields only: from a hash over it one could guess who.
    """
    found, is_sealed, hidden = [], True, hidden_in(services.audit.entries())
    for entry in services.audit.entries():
        before, is_sealed = is_sealed, SEED in entry
        if entry["of"] in of:
            gone = {name for seq, name in hidden if seq == entry["seq"]}
            names = {
                name: value
                for name, value in fields_of(entry).items()
                if "/".join(name.split("/")[:2]) not in gone and shown(entry["act"], name, value)
            }
            found.append(opened(entry, names) if before and is_sealed else _plain(entry, names))
    return found


def _plain(entry: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, object]:
    return {**{name: entry[name] for name in ("act", "of", "seq")}, "told": dict(names)}


def _told(entry: Entry, who: str, at: str) -> dict[str, object]:
    return {"at": at, "who": who, "act": entry.act, "of": entry.of, "before": entry.before, "after": entry.after}


def _committed(entry: Mapping[str, Any]) -> dict[str, object]:
    return committed(entry, secrets.token_hex(32))


def sign_head(services: Services, who: str, of: str, now: datetime) -> SignedHead:
    """The head of the log, signed to be published with something (a week).

    It is that of an entry made for it: the hash of an entry without commitments would tell who acted. Raises
    ``KeyLost``, with no entry made.
    """
    services.office.refuse_lost()
    entry = {"at": utc_text(now), "who": who, "act": "log.signed", "of": f"log/{of}", "before": None, "after": None}
    kept = services.audit.append(_committed(entry))
    return services.office.signed_head(f"{kept['seq']}:{kept['hash']}", utc_text(now))


def verify(services: Services, known: Sequence[Head] = ()) -> Head | Broken:
    """Whether the log is unbroken and still holds every head in ``known`` and of a publication; these are signed."""
    noted, unsigned = _noted(services)
    return unsigned or services.audit.verify(*known, *noted)


def _noted(services: Services) -> tuple[list[Head], Broken | None]:
    """The heads that publications noted down, and the first whose signature is not the office's."""
    heads = []
    for kept in PUBLICATIONS.find(services.store):
        for revision in kept.value.revisions:
            noted = Head(*revision.audit_head) if revision.audit_head else None
            heads += [noted] if noted else []
            signed = services.frozen.log_head(revision.digest) if revision.digest else None
            said = f"{kept.id} 第{revision.number}版发布的日志末条"
            if signed and not _is_signed(services, signed):
                return heads, Broken(signed.seq, f"{said}的签名不是本办公室的公钥 {services.office.fingerprint} 作出的")
            if signed and noted != Head(signed.seq, signed.hash):
                return heads, Broken(signed.seq, f"{said}与发布记录里的不符")
    return heads, None


def _is_signed(services: Services, head: SignedHead) -> bool:
    """Whether the office signed a head; nobody can tell as long as no public half is known, and that is told of the
    key. Raises ``StoreDamaged`` where that of an earlier key cannot be read.
    """
    if not services.office.pem or services.office.has_signed(head):
        return True
    NOTED_KEYS.find(services.store)
    return False
