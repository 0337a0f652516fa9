"""The office says on pages of which site types, items and units its industries are made."""

from __future__ import annotations

import pytest

from inspect_app.domain.index.industries import parse_industries
from inspect_app.services.index.industries import industries_now
from tests.web.builders import hidden, signed_in
from tests.world import World

PAGE = "/industries/new"


def sent(client, page: str = PAGE, **fields: object):
    """What a browser sends from that page."""
    shown = client.get(page).text
    tokens = {name: hidden(shown, name) for name in ("csrf_token", "edition")}
    return client.post(page, data={**tokens, "title": "环卫", **fields})


def first_items(world: World, checklist: str) -> list[str]:
    return [f"{checklist}/{item.id}" for item in world.services.library.current[checklist].items]


def test_an_industry_is_added_changed_read_as_a_file_and_removed(world):
    client = signed_in(world, "supervisor")
    toilets, (market, *_) = first_items(world, "public-toilet"), first_items(world, "market")
    choices = {f"item.{market}": "in", f"item.{toilets[0]}": "out", f"item.{toilets[1]}": ""}
    assert sent(client, types=["public-toilet"], units="市公安局", **choices).status_code == 303
    ((industry,), edition) = industries_now(world.services)
    assert (industry.types, industry.units) == (("public-toilet",), ("市公安局",))
    assert (industry.items, industry.without) == ((market,), (toilets[0],))
    page = client.get("/industries").text
    assert "公共厕所" in page
    assert "不属于任何行业的" in page
    assert parse_industries(client.get("/industries/industries.toml").text) == (industry,)
    assert sent(client, "/industries/1", types=["market"], reason="划转").status_code == 303
    ((changed,), _) = industries_now(world.services)
    assert (changed.types, changed.units, changed.items) == (("market",), (), ())
    assert "划转" in client.get("/industries").text
    form = {"csrf_token": hidden(client.get("/industries").text, "csrf_token"), "edition": str(edition)}
    assert client.post("/industries/1/remove", data=form).status_code == 409
    assert client.post("/industries/1/remove", data={**form, "edition": str(edition + 1)}).status_code == 303
    assert industries_now(world.services)[0] == ()
    assert client.get("/industries/1").status_code == 404


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"types": ["moon"]}, "没有代号为「moon」的清单"),
        ({"units": "月球局"}, "都没有叫「月球局」的"),
        ({"item.market/moon": "in"}, "没有「market/moon」这一项"),
        ({}, "至少写一样"),
        ({"title": "", "types": ["market"]}, "名称：名称应为"),
        ({"types": ["market"], "reason": "长" * 501}, "最多500个字"),
    ],
)
def test_what_nobody_knows_is_refused_with_all_that_was_typed_still_there(world, fields, what):
    client = signed_in(world, "supervisor")
    answer = sent(client, **fields)
    assert answer.status_code == 422
    assert what in answer.text
    assert f'value="{fields.get("title", "环卫")}"' in answer.text
    assert industries_now(world.services) == ((), 0)


def test_two_at_once_do_not_overwrite_one_another(world):
    client = signed_in(world, "administrator")
    assert sent(client, types=["market"]).status_code == 303
    late = sent(client, title="城管", types=["public-toilet"], edition="0")
    assert late.status_code == 409
    assert 'name="edition" value="1"' in late.text
    assert sent(client, types=["public-toilet"], title="环卫").status_code == 422
    assert len(industries_now(world.services)[0]) == 1
