"""What is said of problems with accounts, devices and units: where, and what."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "accounts.code_just_used": ("登录码", "刚刚被一部手机用掉，请用 devices list 查看并作废那台设备"),
    "accounts.address_wanted": ("--address", "请给出手机打开本站的地址，以 http:// 或 https:// 开头"),
    "accounts.name_malformed": ("账号", "应为2到32个小写字母、数字、点、横线或下划线"),
    "accounts.role_unknown": ("角色", "没有角色「{role}」，可用：{accepted}"),
    "accounts.unit_wanted": ("单位", "责任单位的账号应属于一个已登记的责任单位"),
    "accounts.unit_unwanted": ("单位", "只有责任单位的账号属于责任单位"),
    "accounts.full_name_too_long": ("姓名", "最多40个字"),
    "accounts.name_taken": ("账号", "账号「{name}」已经存在"),
    "accounts.password_too_short": ("密码", "至少{minimum_password}个字符"),
    "accounts.scope_area_unknown": ("范围", "没有区域「{code}」"),
    "accounts.scope_too_many_areas": ("范围", "最多{most_areas}个区域"),
    "accounts.scope_other_role": ("范围", "只有{labels}的账号可以限定区域"),
    "accounts.unknown": ("账号", "没有账号「{name}」"),
    "accounts.device_name_malformed": ("设备名称", "最多{longest_name}个字，不能有控制字符"),
    "units.name_malformed": ("名称", "应为1到{most_name}个字"),
    "units.list_too_long": ("{field}", "最多{most_listed}个，每个最多100个字"),
    "units.area_code_malformed": ("管辖区域", "「{code}」不是区划代码"),
    "units.mail_malformed": ("邮箱", "「{mail}」不是邮箱地址"),
    "units.robot_malformed": ("群机器人", "应为 http 或 https 开头的地址，最多500个字"),
    "units.name_taken": ("名称", "「{taken}」已是「{unit}」的名称"),
    "accounts.own_account": ("账号", "不能停用自己的账号"),
    "units.rules_changed_meanwhile": ("分派规则", "规则刚被别人改过，没有保存；请核对后再试"),
    "units.revision_missing": ("责任单位", "缺少版本号，请刷新页面后再试"),
    "units.rule_unit_unknown": ("责任单位", "没有名为「{unit}」的责任单位"),
    "units.rule_checklist_unknown": ("清单", "没有清单「{checklist}」"),
    "units.rule_area_unknown": ("区域", "没有区域「{area}」"),
    "accounts.token_ambiguous": ("令牌", "编号「{number}」不唯一"),
    "accounts.token_unknown": ("令牌", "编号「{number}」不存在"),
    "accounts.device_ambiguous": ("设备", "编号「{number}」不唯一"),
    "accounts.device_unknown": ("设备", "编号「{number}」不存在"),
    "accounts.not_active": ("账号", "账号「{name}」已停用"),
    "accounts.not_there": ("账号", "账号「{name}」不存在"),
    "units.changed_meanwhile": ("责任单位", "这个单位刚被别人修改过，没有保存；下面是现在的样子"),
}
