"""Devices: one for each browser that signs in; and one-time codes that sign a phone in."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from inspect_app.domain.accounts.browsers import app_around, browser_words
from inspect_app.domain.accounts.device import SESSION_LIFETIME, Device, End, Way
from inspect_app.domain.accounts.sign_in_code import CodeState
from inspect_app.network import is_this_machine_only
from inspect_app.services.accounts.accounts import find_user, set_active, set_password
from inspect_app.services.accounts.devices import (
    add_device,
    all_devices,
    devices_of,
    end_device,
    find_device,
    name_device,
    seen_now,
)
from inspect_app.services.accounts.sign_in_codes import (
    LIFETIME,
    code_id,
    codes_waiting,
    find_code,
    make_code,
    revoke_code,
    use_code,
)
from inspect_app.web import roots
from inspect_app.web.accounts import devices as device_pages
from tests.stores import all_kept
from tests.web.builders import hidden, signed_in
from tests.world import PASSWORD, World, headers

ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36"
)
WECHAT = (
    "Mozilla/5.0 (Linux; Android 13; V2227A Build/TP1A.220624.014; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/126.0.6478.188 Mobile Safari/537.36 XWEB/1260117 MMWEBSDK/20240301 MMWEBID/3628 "
    "MicroMessenger/8.0.48.2580(0x28003036) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture(autouse=True)
def forget_failures():
    device_pages._failures.storage.reset()
    yield
    device_pages._failures.storage.reset()


def right_now() -> datetime:
    return datetime.now(UTC)


def phone(world: World, agent: str = ANDROID) -> FlaskClient:
    client = world.app().test_client()
    client.environ_base["HTTP_USER_AGENT"] = agent
    return client


def new_code(world: World, name: str = "inspector", at: datetime | None = None) -> str:
    made = make_code(world.services.store, name, "administrator", at or right_now())
    assert isinstance(made, tuple), made
    return made[0]


def press(client: FlaskClient, code: str):
    """Open the page of a code and press its button."""
    token = hidden(client.get(f"/enter/{code}").text, "csrf_token")
    return client.post(f"/enter/{code}", data={"csrf_token": token})


def post(client: FlaskClient, path: str, **fields: str):
    return client.post(path, data={"csrf_token": hidden(client.get("/devices").text, "csrf_token"), **fields})


def device_in(client: FlaskClient) -> str:
    with client.session_transaction() as session:
        return session["device"]


def devices(world: World, name: str = "inspector") -> list[Device]:
    return devices_of(world.services.store, find_user(world.services.store, name), right_now())


# Codes


def test_a_code_signs_a_phone_in_and_lists_it(world):
    client, code = phone(world), new_code(world)
    page = client.get(f"/enter/{code}")
    assert page.status_code == 200
    assert "账号 inspector" in page.text
    entered = press(client, code)
    assert (entered.status_code, entered.location) == (303, "/")
    assert client.get("/").location == "/field/"
    assert client.get("/field/").status_code == 200
    (device,) = devices(world)
    assert (device.browser, device.way, device.end, device.id) == (
        "安卓手机 · Chrome",
        Way.CODE,
        None,
        device_in(client),
    )
    assert find_code(world.services.store, code_id(code), right_now()).device == device.id


def test_a_code_works_once(world):
    code, late = new_code(world), phone(world)
    token = hidden(late.get(f"/enter/{code}").text, "csrf_token")
    press(phone(world), code)
    for answer in (late.post(f"/enter/{code}", data={"csrf_token": token}), late.get(f"/enter/{code}")):
        assert answer.status_code == 410
        assert "已经用过" in answer.text
    assert late.get("/field/").status_code == 302
    assert len(devices(world)) == 1


def test_looking_never_uses_a_code_up(world):
    code = new_code(world)
    before = world.services.store.get("sign_in_codes", code_id(code))
    for agent in ("WeChat link preview", "curl/8.0", ANDROID):
        assert phone(world, agent).get(f"/enter/{code}").status_code == 200
        assert phone(world, agent).head(f"/enter/{code}").status_code == 200
    assert world.services.store.get("sign_in_codes", code_id(code)) == before
    assert devices(world) == []
    assert press(phone(world), code).status_code == 303


def test_of_two_phones_at_the_same_moment_exactly_one_gets_in(world):
    app = world.app()
    for _ in range(10):
        code = new_code(world)
        clients = [app.test_client() for _ in range(4)]
        tokens = [hidden(client.get(f"/enter/{code}").text, "csrf_token") for client in clients]
        start, statuses = threading.Barrier(len(clients)), []

        def send(client, token, code=code, start=start, statuses=statuses):
            start.wait()
            statuses.append(client.post(f"/enter/{code}", data={"csrf_token": token}).status_code)

        threads = [threading.Thread(target=send, args=pair) for pair in zip(clients, tokens, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [303, 410, 410, 410]
        assert sum(client.get("/field/").status_code == 200 for client in clients) == 1
    assert len(devices(world)) == 10


def test_a_phone_whose_answer_was_lost_asks_again_and_is_one_device(world):
    client, code = phone(world), new_code(world)
    token = hidden(client.get(f"/enter/{code}").text, "csrf_token")
    with client.session_transaction() as session:
        before = dict(session)
    assert client.post(f"/enter/{code}", data={"csrf_token": token}).status_code == 303
    with client.session_transaction() as session:
        session.clear()
        session.update(before)
    assert client.get("/field/").status_code == 302
    assert client.post(f"/enter/{code}", data={"csrf_token": token}).status_code == 303
    assert client.get("/field/").status_code == 200
    assert client.get(f"/enter/{code}").location == "/", "the page comes up again: back to work"
    (device,) = devices(world)
    end_device(world.services.store, device.id, End.REVOKED, right_now())
    with client.session_transaction() as session:
        session.clear()
        session.update(before)
    assert client.post(f"/enter/{code}", data={"csrf_token": token}).status_code == 410, "revoked stays revoked"


def test_a_crash_between_code_and_device_is_mended_by_asking_again(world):
    store, code, now = world.services.store, new_code(world), right_now()
    assert isinstance(use_code(store, code, "claim", "x", now), tuple)
    stored = store.get("sign_in_codes", code_id(code))
    # As after the crash: the code names a device that is not there.
    store.update("sign_in_codes", stored.id, {**stored.document, "device": "f" * 32}, expected_revision=stored.revision)
    again = use_code(store, code, "claim", "x", now)
    assert again[1].id == "f" * 32
    assert find_device(store, "f" * 32, now).end is None
    assert use_code(store, code, "another claim", "x", now) is CodeState.USED
    assert use_code(store, code, "claim", "x", now + LIFETIME) is CodeState.USED, "not for ever"


def test_a_code_is_good_for_five_minutes(world):
    now = right_now()
    code = new_code(world, at=now - timedelta(minutes=5, seconds=1))
    answer = phone(world).get(f"/enter/{code}")
    assert answer.status_code == 410
    assert "已过期" in answer.text
    store, code = world.services.store, new_code(world, at=now)
    assert use_code(store, code, "x", "x", now + LIFETIME) is CodeState.EXPIRED
    assert use_code(store, code, "x", "x", now + LIFETIME - timedelta(seconds=1)) != CodeState.EXPIRED


def test_a_code_that_expires_while_its_page_is_open_signs_nobody_in(world):
    client, code = phone(world), new_code(world, at=right_now() - LIFETIME + timedelta(seconds=1))
    token = hidden(client.get(f"/enter/{code}").text, "csrf_token")
    stored = world.services.store.get("sign_in_codes", code_id(code))
    past = {**stored.document, "expires_at": "2026-01-01T00:00:00.000Z"}
    world.services.store.update("sign_in_codes", stored.id, past, expected_revision=stored.revision)
    assert client.post(f"/enter/{code}", data={"csrf_token": token}).status_code == 410
    assert devices(world) == []


@pytest.mark.parametrize("change", [lambda store: set_password(store, "inspector", "another-one-9", right_now()), None])
def test_a_changed_or_blocked_account_takes_its_codes_along(world, change):
    code = new_code(world)
    if change:
        change(world.services.store)
    else:
        set_active(world.services.store, "inspector", False, right_now())
    answer = phone(world).get(f"/enter/{code}")
    assert answer.status_code == 410
    assert "失效" in answer.text
    assert use_code(world.services.store, code, "x", "x", right_now()) is CodeState.ACCOUNT
    assert codes_waiting(world.services.store, right_now()) == []


def test_the_store_holds_no_code(world):
    code = new_code(world)
    press(phone(world), code)
    world.services.store.close()
    kept = all_kept(world.data)
    assert code_id(code).encode() in kept
    assert code.encode() not in kept
    assert len(set(code)) > 5
    assert len(code) == 26


def test_a_code_needs_the_button_of_our_own_page(world):
    client, code = phone(world), new_code(world)
    client.get(f"/enter/{code}")
    assert client.post(f"/enter/{code}").status_code == 400
    assert press(client, code).status_code == 303


def test_over_https_the_button_works_and_no_request_names_the_code(world):
    """The check of a form over HTTPS needs a referrer; ``strict-origin`` has browsers send the site alone."""
    client, code = phone(world), new_code(world)
    page = client.get(f"/enter/{code}", base_url="https://city.example")
    assert page.headers["Referrer-Policy"] == "strict-origin"
    sent = client.post(
        f"/enter/{code}",
        data={"csrf_token": hidden(page.text, "csrf_token")},
        headers={"Referer": "https://city.example/"},
        base_url="https://city.example",
    )
    assert sent.status_code == 303
    for answer in (sent, client.get("/enter/none"), client.post("/enter/none")):
        assert answer.headers["Referrer-Policy"] == "strict-origin"


def test_an_error_is_logged_without_the_code(world, caplog, monkeypatch):
    def broken(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr(device_pages, "find_code", broken)
    assert phone(world).get("/enter/abcdefghjkmnpqrstuvwxyz234").status_code == 500
    assert "/enter/<code>" in caplog.text
    assert "abcdefghjk" not in caplog.text


def test_guessing_is_stopped_for_a_while(world):
    client, code = phone(world), new_code(world)
    statuses = [client.get(f"/enter/guess{number}").status_code for number in range(31)]
    assert statuses == [404] * 30 + [429]
    answer = client.get(f"/enter/{code}")
    assert answer.status_code == 429
    assert "五分钟" in answer.text
    other = phone(world)
    other.environ_base["REMOTE_ADDR"] = "10.1.2.3"
    assert other.get(f"/enter/{code}").status_code == 200


def test_the_page_in_an_app_says_how_to_open_the_browser_and_lets_go_on(world):
    code = new_code(world)
    page = phone(world, WECHAT).get(f"/enter/{code}").text
    assert "您正在微信里打开本页" in page
    assert "在浏览器打开" in page
    assert "仍在微信里登录" in page
    assert "您正在" not in phone(world, IPHONE).get(f"/enter/{code}").text
    assert press(phone(world, WECHAT), code).status_code == 303
    assert devices(world)[0].browser == "安卓手机 · 微信"


def test_a_phone_of_somebody_else_is_told_and_its_old_session_ends(world):
    client = signed_in(world, "inspector2")
    old = device_in(client)
    page = client.get(f"/enter/{(code := new_code(world))}").text
    assert "现在以「inspector2」登录" in page
    assert press(client, code).status_code == 303
    assert find_device(world.services.store, old, right_now()).end is End.REPLACED
    assert "inspector2" not in client.get("/devices").text


# The administrator's desk


@pytest.fixture
def desk(world):
    return signed_in(world, "administrator")


def shown_code(desk: FlaskClient, name: str = "inspector", **more) -> tuple[str, str]:
    """Press the button for an account: path of the page, and the address that the page tells."""
    made = desk.post(
        f"/admin/users/{name}/sign-in-code",
        data={"csrf_token": hidden(desk.get("/devices", **more).text, "csrf_token")},
        **more,
    )
    assert made.status_code == 303, made.text
    page = desk.get(made.location, **more).text
    return made.location, re.search(r'<code class="code-address">(.*?)</code>', page)[1]


def at(desk: FlaskClient, root: str) -> FlaskClient:
    """The same session at another address of the server."""
    with desk.session_transaction() as session:
        kept = dict(session)
    with desk.session_transaction(base_url=root) as session:
        session.update(kept)
    return desk


def test_the_desk_shows_a_code_by_the_address_that_it_uses_itself(world, desk):
    at(desk, "http://inspect.city.example:8000")
    path, address = shown_code(desk, base_url="http://inspect.city.example:8000")
    assert re.fullmatch(r"http://inspect\.city\.example:8000/enter/[a-z2-9]{26}", address)
    page = desk.get(path, base_url="http://inspect.city.example:8000").text
    assert address in page, "it can be loaded again"
    assert '<svg viewBox="0 0' in page
    assert 'style="' not in page, "the content policy would drop it"
    assert "手机打不开" not in page
    assert "手机登录码" in desk.get("/admin/users").text


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000"])
def test_an_address_of_this_machine_alone_is_replaced_and_warned_of(world, desk, monkeypatch, host):
    monkeypatch.setattr(roots, "lan_address", lambda: "192.168.1.5")
    path, address = shown_code(at(desk, f"http://{host}"), base_url=f"http://{host}")
    assert address.startswith("http://192.168.1.5:8000/enter/")
    assert "只有本机能用" in desk.get(path, base_url=f"http://{host}").text
    monkeypatch.setattr(roots, "lan_address", lambda: None)
    assert "没有找到局域网地址" in desk.get(path, base_url=f"http://{host}").text


def test_the_desk_sees_that_the_phone_is_in_and_names_it(world, desk):
    path, address = shown_code(desk)
    assert desk.get(f"{path}/state").json == {"state": "waiting"}
    assert press(phone(world), address.rpartition("/")[2]).status_code == 303
    assert desk.get(f"{path}/state").json == {"state": "used"}
    page = desk.get(path).text
    assert "手机已登录" in page
    assert address not in page
    with desk.session_transaction() as session:
        assert "code" not in session
    (device,) = devices(world)
    renamed = post(desk, f"/devices/{device.id}/name?back=/admin/devices?user=inspector", name=" 小张的  红米 ")
    assert renamed.location == f"/admin/devices?user=inspector#device-{device.number}"
    assert "小张的 红米" in desk.get("/admin/devices").text
    assert devices(world)[0].browser == "安卓手机 · Chrome"


def test_a_code_is_taken_back_before_it_is_used(world, desk):
    path, address = shown_code(desk)
    code = address.rpartition("/")[2]
    assert "等待使用的登录码" in desk.get("/admin/devices?user=inspector").text
    assert "等待使用的登录码" not in desk.get("/admin/devices?user=supervisor").text
    assert post(desk, f"{path}/revoke").status_code == 303
    assert "已作废" in desk.get(path).text
    answer = phone(world).get(f"/enter/{code}")
    assert answer.status_code == 410
    assert "作废" in answer.text
    assert use_code(world.services.store, code, "x", "x", right_now()) is CodeState.REVOKED


def test_taking_back_a_code_that_a_phone_used_leaves_the_phone_and_says_so(world, desk):
    path, address = shown_code(desk)
    client = phone(world)
    press(client, address.rpartition("/")[2])
    post(desk, f"{path}/revoke")
    assert "手机已登录" in desk.get(path).text
    assert client.get("/field/").status_code == 200


def test_another_administrators_browser_does_not_see_the_code(world, desk):
    path, address = shown_code(desk)
    other = signed_in(world, "administrator")
    page = other.get(path)
    assert page.status_code == 200
    assert address.rpartition("/")[2] not in page.text
    assert "重新生成" in page.text


def test_codes_are_made_for_active_accounts_only(world, desk):
    set_active(world.services.store, "inspector2", False, right_now())
    assert post(desk, "/admin/users/inspector2/sign-in-code").status_code == 404
    assert post(desk, "/admin/users/nobody/sign-in-code").status_code == 404
    assert desk.get("/admin/devices?user=nobody").status_code == 404
    assert desk.get(f"/admin/sign-in-codes/{'0' * 64}").status_code == 404


@pytest.mark.parametrize("name", ["inspector", "supervisor"])
def test_administrators_alone_make_codes_and_see_everybodys_devices(world, name):
    client, code = signed_in(world, name), new_code(world)
    for path in (
        "/admin/devices",
        f"/admin/sign-in-codes/{code_id(code)}",
        f"/admin/sign-in-codes/{code_id(code)}/state",
    ):
        assert client.get(path).status_code == 403
    assert post(client, "/admin/users/inspector/sign-in-code").status_code == 403
    assert post(client, f"/admin/sign-in-codes/{code_id(code)}/revoke").status_code == 403


# Devices


def test_signing_in_with_a_password_is_a_device_too_and_signing_out_ends_it(world):
    client = signed_in(world)
    (device,) = devices(world)
    assert (device.way, device.end) == (Way.PASSWORD, None)
    assert "当前设备" in client.get("/devices").text
    copied = client.get_cookie("session").value
    post(client, "/logout")
    assert devices(world)[0].end is End.SIGNED_OUT
    thief = world.app().test_client()
    thief.set_cookie("session", copied)
    assert thief.get("/field/").status_code == 302, "a copy of the cookie is worth nothing"


def test_a_revoked_device_is_out_with_its_next_request_and_no_other(world, desk):
    lost, other = phone(world), signed_in(world)
    press(lost, new_code(world))
    assert lost.get("/api/v1/session").status_code == 200
    post(desk, f"/devices/{device_in(lost)}/revoke")
    assert lost.get("/field/mine").location == "/login?next=/field/mine"
    assert lost.get("/api/v1/session").status_code == 401
    assert other.get("/field/").status_code == 200
    assert lost.get("/api/v1/session", headers=headers(world.tokens["inspector"])).status_code == 200


def test_people_name_and_revoke_their_own_devices_and_cannot_touch_others(world):
    mine, others = signed_in(world), signed_in(world, "inspector2")
    phone_of_mine = phone(world)
    press(phone_of_mine, new_code(world))
    id = device_in(phone_of_mine)
    for path in (f"/devices/{id}/name", f"/devices/{id}/revoke", f"/devices/{'0' * 32}/revoke"):
        assert post(others, path, name="我的").status_code == 404
    assert id[:8] not in others.get("/devices").text
    assert phone_of_mine.get("/field/").status_code == 200
    assert post(mine, f"/devices/{id}/name", name="备用机").location == f"/devices#device-{id[:8]}"
    assert "备用机" in mine.get("/devices").text
    post(mine, f"/devices/{id}/revoke")
    assert phone_of_mine.get("/field/").status_code == 302
    post(mine, f"/devices/{device_in(mine)}/revoke")
    assert mine.get("/devices").location == "/login?next=/devices"


@pytest.mark.parametrize("name", ["a\x00b", "a\u202eb"])
def test_signs_that_nobody_sees_are_left_out_of_a_name(world, name):
    client = signed_in(world)
    assert post(client, f"/devices/{device_in(client)}/name", name=name).status_code == 303
    assert devices(world)[0].name == "ab"


def test_a_name_that_is_too_long_is_refused(world):
    client = signed_in(world)
    answer = post(client, f"/devices/{device_in(client)}/name", name="长" * 41)
    assert answer.status_code == 422
    assert "最多40个字" in answer.text
    assert devices(world)[0].name == devices(world)[0].browser


def test_an_empty_name_takes_the_name_away(world):
    client = signed_in(world)
    id = device_in(client)
    post(client, f"/devices/{id}/name", name="备用机")
    post(client, f"/devices/{id}/name", name="  ")
    assert devices(world)[0].name == devices(world)[0].browser


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_way_back_stays_on_this_site(world, back):
    client = signed_in(world)
    answer = post(client, f"/devices/{device_in(client)}/name?back={back}", name="x")
    assert answer.location.startswith("/devices#")


def test_a_new_password_ends_every_device_and_the_list_says_so(world, desk):
    client = phone(world)
    press(client, new_code(world))
    set_password(world.services.store, "inspector", "another-one-9", right_now())
    assert client.get("/field/").status_code == 302
    assert devices(world)[0].end is End.ACCOUNT
    assert "密码或账号已改" in desk.get("/admin/devices?user=inspector").text


def old_session(world: World) -> FlaskClient:
    """A browser that signed in before there were devices, and has opened a page since."""
    client, user = world.app().test_client(), find_user(world.services.store, "inspector")
    client.get("/login")
    with client.session_transaction() as session:
        session.permanent = True
        session.update(user=user.name, epoch=user.epoch)
    return client


def test_a_session_from_before_there_were_devices_goes_on_and_becomes_one_device(world):
    client = old_session(world)
    cookie = client.get_cookie("session").value
    assert client.get("/field/").status_code == 200
    assert client.get("/api/v1/session").status_code == 200
    at_once = world.app().test_client()
    at_once.set_cookie("session", cookie)
    assert at_once.get("/field/").status_code == 200, "a request that left before the answer came"
    (device,) = devices(world)
    assert (device.way, device.end) == (Way.EARLIER, None)
    end_device(world.services.store, device.id, End.REVOKED, right_now())
    for _ in range(2):
        at_once.set_cookie("session", cookie)
        assert at_once.get("/field/").status_code == 302, "nor does the old cookie begin it anew"
    assert client.get("/api/v1/session").status_code == 401


def test_a_session_that_has_never_seen_a_page_goes_on_as_it_is(world):
    client, user = world.app().test_client(), find_user(world.services.store, "inspector")
    with client.session_transaction() as session:
        session.update(user=user.name, epoch=user.epoch)
    assert client.get("/api/v1/session").status_code == 200


def test_being_seen_is_written_once_an_hour(world):
    store, user, start = world.services.store, find_user(world.services.store, "inspector"), right_now()
    id = add_device(store, user, "x", Way.PASSWORD, start).id
    for minutes, revision in [(0, 1), (59, 1), (60, 2), (119, 2), (121, 3)]:
        assert seen_now(store, id, user, start + timedelta(minutes=minutes))
        assert store.get("devices", id).revision == revision, minutes


def test_a_device_that_is_not_seen_for_two_weeks_is_out(world):
    store, user, start = world.services.store, find_user(world.services.store, "inspector"), right_now()
    id = add_device(store, user, "x", Way.PASSWORD, start).id
    assert seen_now(store, id, user, start + SESSION_LIFETIME)
    late = start + 2 * SESSION_LIFETIME + timedelta(hours=2)
    assert find_device(store, id, late).end is End.UNSEEN
    assert not seen_now(store, id, user, late)


def test_a_full_disk_signs_nobody_out(world, monkeypatch):
    store, user, start = world.services.store, find_user(world.services.store, "inspector"), right_now()
    id = add_device(store, user, "x", Way.PASSWORD, start).id

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(store), "update", full)
    assert seen_now(store, id, user, start + timedelta(hours=2))


def test_being_seen_and_named_at_the_moment_of_revoking_never_brings_a_device_back(world):
    store, user, start = world.services.store, find_user(world.services.store, "inspector"), right_now()
    for number in range(10):
        id = add_device(store, user, "x", Way.PASSWORD, start).id
        later = start + timedelta(hours=2)
        acts = [
            lambda id=id, later=later: seen_now(store, id, user, later),
            lambda id=id, number=number: name_device(store, id, f"名{number}"),
            lambda id=id, later=later: end_device(store, id, End.REVOKED, later),
            lambda id=id, later=later: seen_now(store, id, user, later),
        ]
        threads = [threading.Thread(target=act) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        device = find_device(store, id, later)
        assert (device.end, device.name) == (End.REVOKED, f"名{number}")


def test_a_session_is_good_on_its_own_users_device_only(world):
    store, now = world.services.store, right_now()
    one, other = (find_user(store, name) for name in ("inspector", "inspector2"))
    id = add_device(store, one, "x", Way.PASSWORD, now).id
    assert seen_now(store, id, one, now)
    assert not seen_now(store, id, other, now)
    assert not seen_now(store, "0" * 32, one, now)


def test_signing_in_again_in_the_same_browser_ends_the_session_before(world):
    client = signed_in(world)
    form = {"name": "inspector", "password": PASSWORD, "csrf_token": hidden(client.get("/login").text, "csrf_token")}
    client.post("/login", data=form)
    assert [device.end for device in devices(world)] == [None, End.REPLACED]
    assert [device.end for device in all_devices(world.services.store, right_now())] == [None, End.REPLACED]


def test_taking_back_races_with_using_and_one_of_both_wins(world):
    store = world.services.store
    for _ in range(10):
        code, results = new_code(world), {}
        start = threading.Barrier(2)

        def use(code=code, results=results, start=start):
            start.wait()
            results["used"] = isinstance(use_code(store, code, "x", "x", right_now()), tuple)

        def take_back(code=code, results=results, start=start):
            start.wait()
            results["revoked"] = revoke_code(store, code_id(code), right_now())

        threads = [threading.Thread(target=act) for act in (use, take_back)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results["used"] != results["revoked"]


# What browsers say of themselves


@pytest.mark.parametrize(
    ("agent", "words", "app"),
    [
        (ANDROID, "安卓手机 · Chrome", None),
        (WECHAT, "安卓手机 · 微信", "微信"),
        (IPHONE, "iPhone · Safari", None),
        (IPHONE.replace("Version/17.5", "MicroMessenger/8.0.49(0x18003137)"), "iPhone · 微信", "微信"),
        (WECHAT + " wxwork/4.1.22", "安卓手机 · 企业微信", "企业微信"),
        (ANDROID + " MQQBrowser/6.2 TBS/046291 V1_AND_SQ_8.9.50 QQ/8.9.50.10650", "安卓手机 · QQ", "QQ"),
        (ANDROID.replace("Chrome/138", "MQQBrowser/14.9 Chrome/138"), "安卓手机 · QQ浏览器", None),
        (ANDROID + " AliApp(AP/10.6.20.8000) AlipayClient/10.6.20.8000", "安卓手机 · 支付宝", "支付宝"),
        (ANDROID + " AliApp(DingTalk/7.6.0) com.alibaba.android.rimet", "安卓手机 · 钉钉", "钉钉"),
        (ANDROID + " EdgA/137.0.0.0", "安卓手机 · Edge", None),
        (ANDROID.replace("Chrome/138", "HuaweiBrowser/15.0 Chrome/138"), "安卓手机 · 华为浏览器", None),
        (ANDROID.replace(" Mobile", ""), "安卓平板 · Chrome", None),
        (
            "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 "
            "Safari/537.36 ArkWeb/4.1.6.1 Mobile HuaweiBrowser/5.0.4.300",
            "鸿蒙 · 华为浏览器",
            None,
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 "
            "Safari/537.36 Edg/138.0.0.0",
            "Windows · Edge",
            None,
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0", "Mac · Firefox", None),
        ("", "未知设备", None),
        ("curl/8.5.0", "未知设备", None),
        ("<script>alert(1)</script>" * 1000, "未知设备", None),
    ],
)
def test_browsers_are_told_apart(agent, words, app):
    assert (browser_words(agent), app_around(agent)) == (words, app)


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("localhost", True),
        ("inspect.localhost", True),
        ("LOCALHOST.", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("0.0.0.0", True),
        ("[::1]", True),
        ("::1", True),
        ("192.168.1.5", False),
        ("inspect.city.example", False),
        ("localhost.example", False),
        ("fe80::1", False),
        ("", False),
    ],
)
def test_addresses_of_this_machine_alone_are_known(host, alone):
    assert is_this_machine_only(host) is alone
