"""What is said of problems with the ground around schools: where, and what."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "zones.no_schools": ("学校", "没有登记了位置的校园周边点位；可用 --schools 指定GeoJSON"),
    "zones.id_repeated": ("{file} 第{entry}条 id", "「{id}」重复"),
    "zones.too_many_problems": ("{file}", "错误太多，后面的没有再看"),
    "zones.no_premises": ("{file}", "没有任何场所"),
    "zones.text_malformed": ("{at} {column}", "应为1到100个字，不含控制字符"),
    "zones.out_of_range": ("{at} {column}", "「{value}」应为{low:g}到{high:g}之间的数"),
    "zones.schools_not_json": ("{file}", "不是有效的JSON"),
    "zones.schools_no_collection": ("{file}", "应为GeoJSON的FeatureCollection，至少有一个要素"),
    "zones.school_no_feature": ("{at}", "应有 properties 和 geometry"),
    "zones.school_name_malformed": ("{at} name", "应为1到100个字"),
    "zones.school_kind_unknown": ("{at} kind", "应为{accepted:或}，实为{kind}"),
    "zones.school_accuracy_out_of_range": ("{at} accuracy_m", "应为0到10000之间的米数"),
    "zones.school_gates_malformed": ("{at} gates", "应为[[经度, 纬度], …]"),
    "zones.school_point_malformed": ("{at} geometry", "点应为[经度, 纬度]"),
    "zones.walk_no_object": ("{at}", "应为对象，含 metres、by"),
    "zones.walk_field_unknown": ("{at} {key}", "没有这个字段，可用：{accepted}"),
    "zones.walk_out_of_range": ("{at} metres", "步行距离应为0到{most_m:g}之间的米数，实为{got}"),
    "zones.track_out_of_range": ("{at}", "轨迹应有2到{most_points}个点"),
    "zones.track_point_malformed": ("{at} 第{number}点", "应为 [纬度, 经度, 误差米数]"),
    "zones.track_point_out_of_range": ("{at} 第{number}点", "坐标应在地球上，误差应为0到{poor_m:g}米"),
    "zones.walk_by_unknown": ("{at} by", "应为{accepted}"),
    "zones.reach_out_of_range": ("{at}", "应为0到2000之间的米数，实为{got}"),
    "zones.radius_out_of_range": ("{at}", "应为0到5000之间的米数，实为{got}"),
    "zones.school_kind_not_known": ("{at}", "没有学校类别「{entry}」{near:，是否指 @|}"),
}
