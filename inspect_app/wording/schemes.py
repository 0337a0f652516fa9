"""What is said of problems with publication schemes and the figures filled in for them: where, and what."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "schemes.not_json": ("{file}", "JSON格式有误，应为一个对象"),
    "schemes.id_malformed": ("{at}", "代号应为1到40个小写字母、数字、连字符"),
    "schemes.title_malformed": ("{at}", "名称应为1到100个字，不含控制字符"),
    "schemes.steps_malformed": ("{at}", "应为 [[达到的数, 得分], …] 的列表"),
    "schemes.list_rule_malformed": ("{at}", "应写 places（前几名或后几名）或 bound（界限）之一"),
    "schemes.places": ("{at}", "应为1到1000的整数，实为{got}"),
    "schemes.number_out_of_range": ("{at}", "应为不超过1000000的数，实为{got}"),
    "schemes.number_not_positive": ("{at}", "应为大于0、不超过1000000的数，实为{got}"),
    "schemes.decimals": ("{at}", "小数位数应为0到6的整数，实为{got}"),
    "schemes.part_repeated": ("{at}", "代号「{id}」重复"),
    "schemes.title_repeated": ("{at}", "名称重复，表中会分不清"),
    "schemes.column_taken": (
        "{at}",
        "这个名称在数据表里另有用处，请换一个",
    ),
    "schemes.no_share": ("{at}", "下面没有任何计分的部分，至少要有一个"),
    "schemes.tie_part_unknown": ("同分时先比", "没有代号为「{id}」的部分"),
    "schemes.band_from_to": ("等级", "「{line}」写了起止两个数；一行只写名称和起点，例如 良 80"),
    "schemes.bands_equal": ("等级", "有两个等级的起点相同"),
    "schemes.of_unknown": ("{at}", "「{of}」不是「由下属部分合成」的部分，不能属于它"),
    "schemes.of_ring": ("{at}", "绕了一圈又属于自己"),
    "schemes.base_missing": ("{at}", "两数之比还缺除数的名称"),
    "schemes.key_missing": ("{at}", "「{source}」还须写明是哪一个"),
    "schemes.weight_not_positive": ("{at}", "权重应大于0"),
    "schemes.area_in_two_groups": ("分组", "「{area}」已在「{group}」里，不能再在另一组"),
    "schemes.area_repeated": ("{at}", "区域「{area}」重复"),
    "schemes.area_not_asked": ("{at}", "「{area}」不是这个方案排名的区域，或几个区域都叫这个名称；请写区划代码"),
    "schemes.area_missing": ("{at}", "没有写区域"),
    "schemes.figure_malformed": ("{at}", "「{column}」的「{value}」不是数"),
    "schemes.weight_negative": ("{at}", "权数不能小于0，实为「{value}」"),
    "schemes.weights_missing": ("{period}", "上级区域按权数平均，这些区域还没有填权数：{areas}"),
    "schemes.columns_changed": ("{title}", "方案刚刚更改过，要填的列可能不同；已填的按列名放在下面，请看过后重新保存"),
    "schemes.known_already": ("代号", "「{id}」已有他用，请换一个"),
    "schemes.changed_meanwhile": ("{title}", "刚刚有人更改过，请看过后重新提交"),
    "schemes.reason_too_long": ("更改说明", "最多500个字"),
    "schemes.reason_wanted": ("更正说明", "这一期已经发布，更正须写明理由"),
    "schemes.no_rows": ("{period}", "没有任何区域能算出结果，不能发布"),
    "schemes.period_open": ("{period}", "还没有结束，不能发布"),
    "schemes.id_changed": ("代号", "方案的代号不能更改"),
    "schemes.no_file": ("文件", "没有选择文件"),
    "schemes.no_table": ("文件", "没有选择文件，或文件是空的、超过5MB"),
}
