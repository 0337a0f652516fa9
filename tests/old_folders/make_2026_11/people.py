"""Browsers that signed in, codes, tokens, and accounts that were blocked or got another password."""

from __future__ import annotations

import hashlib
import re

from flask.testing import FlaskClient

from inspect_app.services.accounts import add_token

from .hands import Hand, Office, hidden

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 14; ALN-AL00) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"


def first_devices(office: Office) -> None:
    """By password: one signed out, one signed in again in the same browser, one named, one revoked."""
    office.clock.at("10-29 08:00")
    phone = signed_in(office, "inspector", IPHONE)
    phone.post("/logout", data={"csrf_token": hidden(phone.get("/devices").text, "csrf_token")})
    desk = browser(office, WINDOWS)
    for _ in range(2):
        enter(office, desk, "supervisor")
    mine = signed_in(office, "inspector-li", ANDROID)
    page = mine.get("/devices").text
    device = re.search(r'action="/devices/([0-9a-f]{32})/name', page)
    assert device, page
    mine.post(f"/devices/{device[1]}/name", data={"csrf_token": hidden(page, "csrf_token"), "name": "李测评的华为"})
    lost = signed_in(office, "inspector-wang", ANDROID)
    page = lost.get("/devices").text
    device = re.search(r'action="/devices/([0-9a-f]{32})/revoke', page)
    assert device, page
    office.by("admin").post(f"/devices/{device[1]}/revoke")
    for name in ("admin", "unit-police", "inspector-gone"):
        signed_in(office, name, WINDOWS)
    office.clock.at("10-29 10:30")
    assert mine.get("/devices").status_code == 200, "seen again, two hours later"


def earlier_device(office: Office) -> None:
    """A session from before there were devices."""
    office.clock.at("10-29 11:00")
    kept = office.services.store.get("users", "supervisor-2")
    assert kept
    client = browser(office, WINDOWS)
    with client.session_transaction() as session:
        session["user"], session["epoch"], session["csrf_token"] = kept.id, kept.document["epoch"], "0" * 40
    assert client.get("/devices").status_code == 200


def codes(office: Office) -> None:
    """Codes that sign a phone in: one used, one taken back, one that nobody used."""
    office.clock.at("10-30 09:00")
    store = office.services.store
    made = []
    for _ in range(3):
        admin = signed_in(office, "admin", WINDOWS)
        token = hidden(admin.get("/admin/devices").text, "csrf_token")
        answer = admin.post("/admin/users/inspector-wang/sign-in-code", data={"csrf_token": token})
        made.append(answer.headers["Location"].rpartition("/")[2])
        with admin.session_transaction() as session:
            text = session["code"]["text"]
        if len(made) == 1:
            phone = browser(office, IPHONE)
            page = phone.get(f"/enter/{text}").text
            used = phone.post(f"/enter/{text}", data={"csrf_token": hidden(page, "csrf_token")})
            assert used.status_code == 303, used.text
        if len(made) == 2:
            admin.post(f"/admin/sign-in-codes/{made[1]}/revoke", data={"csrf_token": token})
    states = [found.document["state"] for id in made if (found := store.get("sign_in_codes", id))]
    assert states == ["used", "revoked", "waiting"], states
    office.notes["codes"] = made


def tokens(office: Office) -> None:
    """A token of the supervisor, revoked."""
    office.clock.at("10-30 10:00")
    gone = add_token(office.services.store, "supervisor", office.clock.now)
    assert isinstance(gone, str)
    office.by("admin").post(f"/admin/tokens/{hashlib.sha256(gone.encode()).hexdigest()[:12]}/revoke")
    office.notes["revoked token"] = gone


def departures(office: Office) -> None:
    """An inspector who left, and one who forgot the password."""
    office.clock.at("11-09 07:00")
    admin: Hand = office.by("admin")
    admin.post("/admin/users/inspector-gone/block")
    page = admin.post("/admin/users/inspector-wang/password", 200).text
    office.passwords["inspector-wang"] = new_password(page)
    admin.post("/admin/users/inspector-li/block")
    admin.post("/admin/users/inspector-li/unblock")


def new_password(page: str) -> str:
    found = re.search(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", page)
    assert found, page
    return found[0]


def browser(office: Office, agent: str) -> FlaskClient:
    client = office.app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = agent
    return client


def signed_in(office: Office, name: str, agent: str) -> FlaskClient:
    client = browser(office, agent)
    enter(office, client, name)
    return client


def enter(office: Office, client: FlaskClient, name: str) -> None:
    token = hidden(client.get("/login").text, "csrf_token")
    form = {"name": name, "password": office.passwords[name], "csrf_token": token}
    assert client.post("/login", data=form).status_code == 302, name
