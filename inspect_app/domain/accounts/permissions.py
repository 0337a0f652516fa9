"""What accounts may do: permissions, each a thing and what is done with it, and the roles that are sets of them.

A view declares the permission that it needs; a role is a row of ``GRANTS``. Nothing else asks for a role by name.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..labelled import LabelledEnum


class Permission(LabelledEnum):
    """One thing that somebody may do, with what it is called on pages."""

    ACCOUNT_OWN = "account.own", "管理自己的密码、二次验证、令牌"
    DEVICE_OWN = "device.own", "管理自己的设备"
    INSPECTION_SEND = "inspection.send", "提交测评，看自己的测评"
    PHOTO_SEND = "photo.send", "上传照片"
    CHECKLIST_READ = "checklist.read", "查阅清单"
    SITE_READ = "site.read", "查询点位和区域"
    EVIDENCE_READ = "evidence.read", "查看测评、照片和地图"
    EVIDENCE_ORIGINAL = "evidence.original", "查看原片、听录音"
    EVIDENCE_EXPORT = "evidence.export", "导出交责任单位的证据包"
    EVIDENCE_SEAL = "evidence.seal", "导出封存证据包（含原片）"
    INSPECTOR_SEE = "inspector.see", "查看是谁测评的"
    TEXT_BLANK = "text.blank", "隐去自由填写的文字"
    FINDING_DECIDE = "finding.decide", "复核问题"
    PHOTO_REDACT = "photo.redact", "给照片打码、公开照片"
    LAYER_EXPORT = "layer.export", "导出图层"
    PLAN_READ = "plan.read", "查看抽查计划"
    PLAN_DRAW = "plan.draw", "公布、抽取计划，设定回避和计划规则"
    PLAN_CHANGE = "plan.change", "更改计划里的点位"
    INDEX_PREVIEW = "index.preview", "查看未发布的指数"
    WEEK_PUBLISH = "week.publish", "发布和更正指数"
    QUALITY_READ = "quality.read", "查看测评质量"
    CALIBRATION_MANAGE = "calibration.manage", "组织校准，看校准结果"
    CASE_READ = "case.read", "查看整改件和统计"
    CASE_FILE = "case.file", "立案"
    CASE_DISPATCH = "case.dispatch", "派遣、核查、结案"
    CASE_EXPOSE = "case.expose", "公开曝光"
    CASE_HANDLE = "case.handle", "办理本单位的整改件"
    CARDS_SET = "cards.set", "设定红黄牌"
    CAPTION_SET = "caption.set", "设定照片下方的文字"
    ACCOUNT_MANAGE = "account.manage", "管理账号、令牌、设备"
    SERVER_WATCH = "server.watch", "查看服务器状态"
    UNIT_MANAGE = "unit.manage", "管理责任单位和分派规则"
    AREA_MANAGE = "area.manage", "管理区域"
    SITE_MANAGE = "site.manage", "管理点位"
    CHECKLIST_MANAGE = "checklist.manage", "更换清单"
    REFERENCE_MANAGE = "reference.manage", "管理参照照片"


class Role(LabelledEnum):
    """What somebody is to the office, with what that is called on pages."""

    INSPECTOR = "inspector", "测评员"
    SUPERVISOR = "supervisor", "督导员"
    ADMINISTRATOR = "administrator", "管理员"
    UNIT = "unit", "责任单位"
    LEADER = "leader", "领导"


_P = Permission
_READING = frozenset(
    {
        _P.ACCOUNT_OWN, _P.DEVICE_OWN, _P.CHECKLIST_READ, _P.SITE_READ, _P.EVIDENCE_READ, _P.LAYER_EXPORT,
        _P.PLAN_READ, _P.INDEX_PREVIEW, _P.QUALITY_READ, _P.CASE_READ,
    }
)  # fmt: skip

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.INSPECTOR: frozenset(
        {_P.ACCOUNT_OWN, _P.DEVICE_OWN, _P.INSPECTION_SEND, _P.PHOTO_SEND, _P.CHECKLIST_READ, _P.SITE_READ}
    ),
    Role.SUPERVISOR: _READING | {
        _P.EVIDENCE_ORIGINAL, _P.EVIDENCE_EXPORT, _P.INSPECTOR_SEE, _P.FINDING_DECIDE, _P.PHOTO_REDACT, _P.PLAN_DRAW,
        _P.PLAN_CHANGE, _P.WEEK_PUBLISH, _P.CASE_FILE, _P.CASE_DISPATCH, _P.CASE_EXPOSE, _P.REFERENCE_MANAGE,
        _P.CALIBRATION_MANAGE,
    },
    # All that the office does. What a unit does is the unit's alone: nobody accepts a case in its name.
    Role.ADMINISTRATOR: frozenset(Permission) - {_P.CASE_HANDLE},
    Role.UNIT: frozenset({_P.ACCOUNT_OWN, _P.DEVICE_OWN, _P.PHOTO_SEND, _P.CASE_HANDLE}),
    # Sees all that the office sees, but never who inspected, and decides nothing.
    Role.LEADER: _READING,
}  # fmt: skip
"""What each role may do."""

SCOPED = frozenset({Role.SUPERVISOR, Role.LEADER})
"""The roles whose accounts may be held to some areas."""

CITYWIDE = frozenset(
    {
        _P.PLAN_DRAW, _P.WEEK_PUBLISH, _P.CARDS_SET, _P.CAPTION_SET, _P.ACCOUNT_MANAGE, _P.UNIT_MANAGE, _P.AREA_MANAGE,
        _P.SITE_MANAGE, _P.CHECKLIST_MANAGE, _P.REFERENCE_MANAGE, _P.CALIBRATION_MANAGE,
        _P.SERVER_WATCH,
    }
)  # fmt: skip
"""What concerns the whole city: nobody who is held to some areas may do it, whatever the role."""
