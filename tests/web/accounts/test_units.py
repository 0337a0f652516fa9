"""The administrator's pages of units, their accounts and the rules of routing; and the same on the command line."""

from __future__ import annotations

import html
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from inspect_app import create_app
from inspect_app.domain.cases.routing import RoutingRule
from inspect_app.services import open_services
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.accounts.units import all_units, find_unit
from inspect_app.services.audit import entries_of
from inspect_app.services.cases.acts import proposal_for
from inspect_app.services.cases.routing import keep_rules, rules_now
from inspect_app.settings import PROJECT
from inspect_app.store import Stale
from tests.cases import DEADLINE, acted_on, dispatched, filed
from tests.web.builders import hidden, signed_in
from tests.world import BUREAU, DISTRICT, NOW


@pytest.fixture
def own_checklists(world, tmp_path):
    """A world whose folder of checklists may be written to."""
    shutil.copytree(PROJECT / "checklists", tmp_path / "checklists")
    world.services.store.close()
    world.settings = replace(world.settings, checklists=tmp_path / "checklists")
    world.services = open_services(world.settings)
    return world


def post(client, page: str, path: str, **fields):
    return client.post(path, data={"csrf_token": hidden(page, "csrf_token"), **fields})


def test_a_unit_is_registered_changed_and_retired(world):
    client = signed_in(world, "administrator")
    page = client.get("/admin/units").text
    assert "市住建委" in page, "named by checklists and not registered"
    fields = {"name": "市住建委", "names": "住建委、市建委", "mail": "a@x.cn，b@x.cn"}
    assert post(client, page, "/admin/units", **fields).status_code == 303
    kept = next(one for one in all_units(world.services.store) if one.unit.name == "市住建委")
    assert (kept.unit.names, kept.reach.mail) == (("住建委", "市建委"), ("a@x.cn", "b@x.cn"))
    page = client.get(f"/admin/units/{kept.unit.id}/edit").text
    fields |= {"revision": hidden_value(page, "revision"), "name": "市住建局"}
    assert post(client, page, f"/admin/units/{kept.unit.id}", **fields).status_code == 303
    changed = find_unit(world.services.store, kept.unit.id)
    assert (changed.unit.name, changed.active) == ("市住建局", False)
    assert post(client, page, f"/admin/units/{kept.unit.id}", **fields).status_code == 409
    added, renamed = entries_of(world.services, f"units/{kept.unit.id}")
    assert (added["act"], added["before"]) == ("unit.added", None)
    assert added["after"] == {"name": "市住建委", "names": ["住建委", "市建委"], "areas": [], "active": True}
    assert (renamed["act"], renamed["before"]) == ("unit.changed", added["after"])
    assert renamed["after"] == {**added["after"], "name": "市住建局", "active": False}
    assert not [entry for entry in world.services.audit.entries() if entry["act"] == "void"], "none is taken back"


def test_where_a_unit_is_reached_is_not_in_the_log(world):
    client = signed_in(world, "administrator")
    reach = {"mail": "a@x.cn", "webhook": "https://robot.example/send?key=secret-1", "webhook_secret": "secret-2"}
    assert post(client, client.get("/admin/units").text, "/admin/units", name="市住建委", **reach).status_code == 303
    (entry,) = [entry for entry in world.services.audit.entries() if entry["act"] == "unit.added"]
    assert not [word for word in ("secret", "a@x.cn") if word in str(entry)]


def hidden_value(page: str, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": ""}, "名称"),
        ({"name": BUREAU}, "已是"),
        ({"name": "新局", "names": BUREAU}, "已是"),
        ({"name": "新局", "areas": "沙市"}, "不是区划代码"),
        ({"name": "新局", "mail": "不是邮箱"}, "不是邮箱地址"),
        ({"name": "新局", "webhook": "ftp://x"}, "http"),
    ],
)
def test_a_wrong_unit_is_refused_with_a_sentence_and_leaves_nothing(world, fields, told):
    client = signed_in(world, "administrator")
    before, log = all_units(world.services.store), len(list(world.services.audit.entries()))
    answer = post(client, client.get("/admin/units").text, "/admin/units", **fields)
    assert (answer.status_code, told in html.unescape(answer.text)) == (422, True)
    assert all_units(world.services.store) == before
    assert len(list(world.services.audit.entries())) == log


def test_an_account_of_a_unit_belongs_to_one(world):
    client = signed_in(world, "administrator")
    page = client.get("/admin/users").text
    new = {"name": "cg1", "role": "unit", "password": "right-password-1"}
    assert post(client, page, "/admin/users", **new).status_code == 422
    assert post(client, page, "/admin/users", **new, unit=world.unit(DISTRICT)).status_code == 200
    assert find_user(world.services.store, "cg1").unit == world.unit(DISTRICT)
    assert signed_in(world, "cg1").get("/").location == "/unit/"


def test_a_rule_is_kept_in_the_store_taken_over_at_once_and_removed(own_checklists):
    world = own_checklists
    case = filed(world)
    assert proposal_for(world.services, case.value).lead == world.unit(DISTRICT)
    client = signed_in(world, "administrator")
    page = client.get("/admin/units/routing").text
    rule = {"unit": BUREAU, "clause": "(五)2"}
    assert post(client, page, "/admin/units/routing", **rule).status_code == 303
    world.services.library.look_again()
    assert 'clause = "(五)2"' in world.services.library.text("routing")
    assert proposal_for(world.services, case.value).lead == world.unit(BUREAU)
    page = client.get("/admin/units/routing").text
    assert post(client, page, "/admin/units/routing/1/remove", rule="another").status_code == 409
    shown = html.unescape(hidden(page, "rule"))
    assert post(client, page, "/admin/units/routing/1/remove", rule=shown).status_code == 303
    world.services.library.look_again()
    assert "[[rules]]" not in world.services.library.text("routing")
    assert [edition.by for edition in world.services.library.editions_of("routing")] == ["administrator"] * 2
    (added, removed) = entries_of(world.services, "routing")
    assert (added["before"]["rules"], added["after"]["rules"]) == ([], [f"条款(五)2 → {BUREAU}"])
    assert removed["after"]["rules"] == []


def test_of_rules_added_at_the_same_moment_none_is_lost_and_whoever_was_slower_is_told(world):
    """Four processes on one store; an answer of 409 has what was typed still in its form."""
    clients = [signed_in(world, "administrator") for _ in range(4)]
    page = clients[0].get("/admin/units/routing").text
    tokens = [hidden(client.get("/admin/units/routing").text, "csrf_token") for client in clients]
    assert "还没有规则" in page

    def add(number: int) -> list[int]:
        found = []
        for part in range(6):
            rule = {"csrf_token": tokens[number], "unit": BUREAU, "clause": f"(五){number}({part})"}
            answer = clients[number].post("/admin/units/routing", data=rule)
            assert answer.status_code == 303 or f'value="(五){number}({part})"' in answer.text
            found.append(answer.status_code)
        return found

    with ThreadPoolExecutor(4) as pool:
        statuses = [status for found in pool.map(add, range(4)) for status in found]
    assert set(statuses) <= {303, 409}
    world.services.library.look_again()
    assert len(world.services.library.routing) == statuses.count(303)
    assert len(world.services.library.editions_of("routing")) == statuses.count(303)


def test_rules_that_were_changed_since_they_were_read_are_not_kept(world):
    rules, edition = rules_now(world.services)
    assert keep_rules(world.services, "li", [*rules, RoutingRule(BUREAU, clause="(五)1")], NOW, edition) == []
    with pytest.raises(Stale):
        keep_rules(world.services, "wang", [*rules, RoutingRule(BUREAU, clause="(五)2")], NOW, edition)
    assert [rule.clause for rule in world.services.library.routing] == ["(五)1"]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"unit": "没有的局", "clause": "(五)"}, "没有名为"),
        ({"unit": BUREAU}, "至少写一个"),
        ({"unit": BUREAU, "checklist": "none"}, "没有清单"),
        ({"unit": BUREAU, "area": "999999"}, "没有区域"),
    ],
)
def test_a_wrong_rule_is_refused(own_checklists, rule, told):
    client = signed_in(own_checklists, "administrator")
    answer = post(client, client.get("/admin/units/routing").text, "/admin/units/routing", **rule)
    assert (answer.status_code, told in html.unescape(answer.text)) == (422, True)
    own_checklists.services.library.look_again()
    assert own_checklists.services.library.routing == ()
    assert own_checklists.services.library.editions_of("routing") == []


def test_what_supervisors_keep_changing_is_suggested_and_taken_over_by_one_click(own_checklists):
    world = own_checklists
    for seed in range(1, 4):
        dispatched(world, seed=seed)
    client = signed_in(world, "administrator")
    page = client.get("/admin/units/routing").text
    assert "3次中3次" in page
    form = page[page.index("建议的规则") :]
    rule = {name: hidden(form, name) for name in ("unit", "clause", "checklist", "item", "area")}
    assert (rule["unit"], rule["checklist"]) == (BUREAU, "public-toilet")
    assert post(client, page, "/admin/units/routing", **rule).status_code == 303
    assert "建议的规则" not in client.get("/admin/units/routing").text
    world.services.library.look_again()
    assert filed(world, seed=9).value.proposed == world.unit(BUREAU)


def test_units_and_reminders_on_the_command_line(world):
    runner = create_app(world.settings).test_cli_runner()
    added = runner.invoke(args=["units", "add", "市城管局", "--called", "城管局", "--mail", "cg@x.cn"])
    assert added.exit_code == 0
    assert f"{added.output.strip()}\t市城管局\t城管局\t全市\t在用" in runner.invoke(args=["units", "list"]).output
    assert runner.invoke(args=["units", "add", "市城管局"]).exit_code == 1
    account = ["users", "add", "cg", "--role", "unit", "--unit", "市城管局"]
    assert "太容易猜到" in runner.invoke(args=[*account, "--password", "12345678"]).output
    made = runner.invoke(args=[*account, "--password", "another-one-9"])
    assert made.exit_code == 0
    assert find_user(world.services.store, "cg").unit == added.output.strip()
    reminded = runner.invoke(args=["cases", "remind", "--at-night"])
    assert (reminded.exit_code, reminded.output) == (0, "")
    jobs = world.services.after.waiting
    jobs.add("notices", "office/robot")
    (work,) = jobs.due(("notices",), 9)
    jobs.begun(work)
    jobs.put_off(work, 9e6, "群机器人没有应答：timed out")
    waiting = runner.invoke(args=["cases", "remind", "--at-night"])
    assert waiting.exit_code == 1
    assert waiting.output == "督导，群机器人\t还没有发出，稍后再发：群机器人没有应答：timed out\n"


def test_a_retired_unit_gets_nothing_new(world):
    kept = find_unit(world.services.store, world.unit(BUREAU))
    client = signed_in(world, "administrator")
    page = client.get(f"/admin/units/{kept.unit.id}/edit").text
    fields = {"revision": str(kept.revision), "name": BUREAU}
    assert post(client, page, f"/admin/units/{kept.unit.id}", **fields).status_code == 303
    case = filed(world)
    with pytest.raises(AssertionError, match=r"cases\.unit_unknown"):
        acted_on(world, case, "supervisor", "dispatch", unit=kept.unit.id, deadline=DEADLINE)
