"""What is said of problems with the weekly index: where, and what."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "index.argument_no_week": ("WEEK", "「{week}」不是一周，例如 2026-W48"),
    "index.not_a_week": ("{week}", "不是有效的周，应形如 2026-W48"),
    "index.area_unknown": ("{at} area", "没有区域「{area}」"),
    "index.figure_out_of_range": ("{at} value", "「{value}」应为0到100之间的数"),
    "index.figure_repeated": ("{at}", "「{area}」的「{part}」重复"),
    "index.no_figures": ("{file}", "没有任何数"),
    "index.correction_reason_wanted": ("理由", "这一周已经发布，更正须写明理由"),
    "index.week_empty": ("{week}", "这一周还没有测评，不能发布"),
    "index.published_meanwhile": ("{week}", "刚刚已由他人发布"),
    "index.publishing_now": ("{week}", "正由他人发布，还没有做完，没有再发布一次；请稍后刷新"),
    "index.reason_too_long": ("理由", "最多500个字"),
    "index.unfinished": ("未完成事项", "请先处理，或勾选「仍然发布」"),
    "index.not_framed": ("{week}", "这一周的登记和规则还没有固定，现在用的就是最新的"),
    "index.frame_reason_wanted": ("理由", "重新固定须写明理由，最多{most_reason}个字"),
    "index.frame_same": ("登记和规则", "与固定的相同，不用重新固定"),
    "index.frame_changed_meanwhile": ("登记和规则", "刚被别人重新固定，没有保存；下面是现在的样子"),
    "index.not_late": ("{week}", "没有这些晚到的测评，可能刚被别人处理过"),
    "index.late_meanwhile": ("晚到的测评", "有的刚被别人处理过；下面是现在的样子"),
    "index.span_unknown": ("比较的范围", "应为几周：{spans:@}"),
    "index.two_areas_wanted": ("比较", "请选两个区域"),
    "index.same_area_twice": ("比较", "选的是同一个区域，请选两个不同的"),
    "index.area_without_figure": ("{area}", "没有可以比较的指数，或者不在您负责的区域"),
    "index.levels_differ": ("比较", "一个是{one}，一个是{other}；只能比同一级的"),
    "index.part_unknown": ("{at} part", "权重文件里没有「{part}」，可用：{accepted:@|无}"),
    "index.type_unknown": ("{at}", "没有这类点位"),
    "index.dimension_unknown": ("{at}", "没有这个维度"),
    "index.area_code_malformed": ("{at}", "不是区划代码"),
    "index.no_dimension_counts": ("{at}", "至少要有一个维度的权重大于0"),
    "index.own_part_missing": ("{at}", "应有一项的 id 为「{own}」，即本指数"),
    "index.weights_no_table": ("{at}", "应为「名称 = 权重」的表"),
    "index.weight_out_of_range": ("{at}", "应为0到1000000之间的数，实为{got}"),
    "index.part_weight_not_positive": ("{at}", "应为大于0的数，实为{got}"),
}
