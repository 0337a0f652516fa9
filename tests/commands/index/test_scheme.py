"""``scheme``: a city's table computed from two files."""

from __future__ import annotations

import json

from tests.domain.index.test_schemes import WUHAN


def test_a_table_is_computed_from_a_scheme_and_its_figures(world, tmp_path):
    scheme, inputs = tmp_path / "武汉.toml", tmp_path / "数据.csv"
    scheme.write_text(WUHAN, "utf-8")
    inputs.write_text("区域,分组,第三方,城管委,问卷\n江岸区,中心城区,90,80,95\n蔡甸区,新城区,85,80,90\n", "utf-8")
    runner = world.app().test_cli_runner()
    done = runner.invoke(args=["scheme", "compute", str(scheme), str(inputs)])
    assert (done.exit_code, done.output.splitlines()) == (
        0,
        [
            "名次,区域,分组,组内名次,实地,第三方,城管委,问卷,综合得分",
            "1,江岸区,中心城区,1,89.00,90.00,80.00,95.00,91.40",
            "2,蔡甸区,新城区,1,84.50,85.00,80.00,90.00,86.70",
        ],
    )
    means = runner.invoke(args=["scheme", "compute", str(scheme), str(inputs), "--means"])
    assert "新城区,1,86.70" in means.output
    told = json.loads(runner.invoke(args=["scheme", "compute", str(scheme), str(inputs), "--json"]).output)
    assert [row["total"] for row in told["rows"]] == ["91.40", "86.70"]
    assert runner.invoke(args=["scheme", "convert", str(scheme)]).output.startswith('id = "wuhan"')
    inputs.write_text("区域,第三方\n江岸区,九十\n", "utf-8")
    wrong = runner.invoke(args=["scheme", "compute", str(scheme), str(inputs)])
    assert (wrong.exit_code, "「九十」不是数" in wrong.output) == (1, True)
