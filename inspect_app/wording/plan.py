"""What is said of problems with the weekly plan: where, and what."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "plan.argument_no_week": ("WEEK", "「{week}」不是一周，例如 2026-W48"),
    "plan.register_alone": ("--register", "不能与 --area、--type 同用"),
    "plan.register_incomplete": ("{file}", "每一行都应有 {accepted}"),
    "plan.register_code_repeated": ("{file}", "有点位编码重复"),
    "plan.seed_malformed": ("种子", "应为1到{most_seed}个字，并在抽取之前公布"),
    "plan.count_out_of_range": ("抽取数", "应为1到{whole}（在用的点位数），实为{count}"),
    "plan.least_too_many": ("每个区域至少", "各区域合计至少{least}个，多于抽取数{count}"),
    "plan.area_unknown": ("区域", "没有区域「{area}」"),
    "plan.week_past": ("周", "这一周已经过去"),
    "plan.seed_announced": ("种子", "{week} 的种子已经公布，不能更改"),
    "plan.drawn_already": ("{week}", "这一周已经抽取，不能再抽；需要调整的逐个更改"),
    "plan.inspector_unknown": ("测评员", "没有测评员「{inspector}」"),
    "plan.inspector_second_visit": ("测评员", "已是这个点位复测的人，两次须由不同的人测"),
    "plan.inspector_avoids": ("测评员", "须回避这个点位所在的区域"),
    "plan.avoided_area_unknown": ("回避区域", "没有区域「{code}」"),
    "plan.reason_wanted": ("理由", "更改计划须写明理由，最多{most_reason}个字"),
    "plan.site_unknown": ("点位", "计划里没有点位「{code}」"),
    "plan.seed_too_long": ("种子的值", "最多{most_seed}个字"),
    "plan.repeat_share_out_of_range": ("复测比例", "应为0到100之间的百分数"),
    "plan.pause_out_of_range": ("间隔周数", "应为0到52"),
    "plan.revision_missing": ("计划", "缺少版本号，请刷新页面后再试"),
    "plan.changed_meanwhile": ("计划", "刚被别人更改过，没有保存；下面是现在的样子"),
    "plan.avoidances_revision_missing": ("回避", "缺少版本号，请刷新页面后再试"),
    "plan.avoidances_changed_meanwhile": ("回避", "刚被别人更改过，没有保存；下面是现在的样子"),
    "plan.field_malformed": ("{field}", "{message}"),
}
