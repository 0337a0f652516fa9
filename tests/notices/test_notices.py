"""Mail and robots, tried against real local servers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.notices import Mail, NotSent, Robot, networks_from, post_to_robot, send_mail
from inspect_app.notices.reach import may_reach
from inspect_app.notices.robot import MAX_BYTES, cut
from inspect_app.tls import names_of_this_machine, open_tls
from tests.notices.servers import mail_server, only, robot_server
from tests.ports import free_port

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
LOCAL = networks_from("127.0.0.1")
TEXT = "整改件：即将到期 1 件\n2026-00001 未做到：门锁完好"


def mail_to(port: int, way: str = "none", user: str = "", password: str = "") -> Mail:
    return Mail("localhost" if way == "starttls" else "127.0.0.1", port, way, user, password, "office@city.example")


def test_a_mail_arrives_whole_in_chinese():
    port = free_port()
    with mail_server(port) as mailbox:
        send_mail(mail_to(port), ["a@unit.example", "b@unit.example"], "整改件：已超期 2 件", TEXT)
    (envelope,) = mailbox.messages
    assert envelope.rcpt_tos == ["a@unit.example", "b@unit.example"]
    message = message_from_bytes(envelope.content, policy=default)
    assert message["Subject"] == "整改件：已超期 2 件"
    assert message["From"] == "office@city.example"
    assert message["Date"]
    assert message.get_content().replace("\r\n", "\n").strip() == TEXT


def test_mail_goes_by_starttls_with_an_account_and_a_wrong_password_is_told(tmp_path, monkeypatch):
    tls = open_tls(tmp_path / "tls", names_of_this_machine, datetime.now(UTC))
    (tmp_path / "ca.pem").write_text(ssl.DER_cert_to_PEM_cert(tls.authority.der))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    port, options = free_port(), {"tls_context": tls.context, "require_starttls": True}
    with mail_server(port, authenticator=only("office", "right"), auth_required=True, **options) as mailbox:
        send_mail(mail_to(port, "starttls", "office", "right"), ["a@unit.example"], "题", TEXT)
        with pytest.raises(NotSent, match="邮件没有发出"):
            send_mail(mail_to(port, "starttls", "office", "wrong"), ["a@unit.example"], "题", TEXT)
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(NotSent, match="邮件没有发出"):
            send_mail(mail_to(port, "starttls", "office", "right"), ["a@unit.example"], "题", TEXT)
    assert len(mailbox.messages) == 1


def test_a_mail_that_somebody_does_not_get_counts_as_not_sent():
    port = free_port()
    with mail_server(port), pytest.raises(NotSent):
        send_mail(mail_to(port), ["a@unit.example", "b@full.example"], "题", TEXT)
    with pytest.raises(NotSent, match="没有发出"):
        send_mail(mail_to(free_port()), ["a@unit.example"], "题", TEXT)


def test_a_robot_is_told_a_text():
    with robot_server() as robot:
        post_to_robot(Robot(robot.address), TEXT, NOW, LOCAL)
    ((path, body),) = robot.posted
    assert path == "/robot/send?key=k"
    assert body == {"msgtype": "text", "text": {"content": TEXT}}


def test_a_signing_robot_gets_the_signature_that_its_maker_asks_for():
    """钉钉: base64 of HMAC-SHA256, with the secret, over milliseconds, a line break and the secret."""
    with robot_server() as robot:
        post_to_robot(Robot(robot.address, "SECabc"), TEXT, NOW, LOCAL)
    ((path, _),) = robot.posted
    asked = parse_qs(urlsplit(path).query)
    milliseconds = str(int(NOW.timestamp() * 1000))
    assert asked["timestamp"] == [milliseconds]
    right = hmac.new(b"SECabc", f"{milliseconds}\nSECabc".encode(), hashlib.sha256).digest()
    assert base64.b64decode(asked["sign"][0]) == right


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        (200, {"errcode": 310000, "errmsg": "sign not match"}, "sign not match"),
        (200, b"<html>", "没有应答"),
        (200, b"[" * 60_000, "没有应答"),
        (500, {"errcode": 0}, "没有应答"),
        (200, [], "没有接收"),
    ],
)
def test_a_robot_that_does_not_take_it_says_why(status, answer, told):
    with robot_server() as robot:
        robot.status, robot.answer = status, answer
        with pytest.raises(NotSent, match=told):
            post_to_robot(Robot(robot.address), TEXT, NOW, LOCAL)
    with pytest.raises(NotSent, match="没有应答"):
        post_to_robot(Robot(f"http://127.0.0.1:{free_port()}/"), TEXT, NOW, LOCAL)


@given(st.text(max_size=3000))
def test_a_long_text_is_cut_between_characters(text):
    short = cut(text)
    assert len(short.encode()) <= MAX_BYTES
    assert short == text or text.startswith(short.removesuffix("……"))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.8.8", "0.0.0.0", "::1", "::", "169.254.169.254", "fe80::1%eth0", "10.1.2.3", "172.16.0.1",
     "192.168.1.1", "100.64.0.1", "fc00::1", "224.0.0.1", "255.255.255.255", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
     "2002:7f00:1::", "2002:a9fe:a9fe::"],
)  # fmt: skip
def test_addresses_that_are_not_of_the_internet_are_out_of_reach(address):
    assert may_reach(address) is False


def test_the_internet_and_networks_that_the_operator_names_are_in_reach():
    assert may_reach("203.119.1.1")
    assert may_reach("2400:3200::1")
    assert may_reach("10.1.2.3", networks_from("10.1.0.0/16, fd00::/8"))
    assert not may_reach("10.2.2.3", networks_from("10.1.0.0/16"))


def test_a_robot_on_this_machine_gets_nothing_unless_that_is_allowed():
    with robot_server() as robot:
        port = robot.address.split(":")[2]
        for address in (
            robot.address,
            f"http://localhost:{port}",
            f"http://[::ffff:127.0.0.1]:{port}",
            f"http://2130706433:{port}",
        ):
            with pytest.raises(NotSent, match="不在允许的网络内"):
                post_to_robot(Robot(address), TEXT, NOW)
    assert robot.posted == []


def test_a_redirect_is_not_followed():
    with robot_server() as inner, robot_server() as robot:
        robot.status, robot.location = 302, inner.address
        with pytest.raises(NotSent, match="转到别的地址"):
            post_to_robot(Robot(robot.address), TEXT, NOW, LOCAL)
    assert len(robot.posted) == 1
    assert inner.posted == []


def test_a_name_that_leads_elsewhere_when_it_is_looked_up_again_gains_nothing(monkeypatch):
    """DNS rebinding: the first answer is harmless, the second is not. There is no second look-up."""
    with robot_server() as robot:
        port = int(robot.address.split(":")[2].split("/")[0])
        asked = []

        def look_up(host, port, *_, **__):
            asked.append(host)
            address = "203.0.113.9" if len(asked) == 1 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        connected = []
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        monkeypatch.setattr(socket.socket, "connect", lambda _, to: connected.append(to) or refuse())
        with pytest.raises(NotSent):
            post_to_robot(Robot(f"http://robot.test:{port}/"), TEXT, NOW, networks_from("203.0.113.0/24"))
    assert asked == ["robot.test"]
    assert connected == [("203.0.113.9", port)]
    assert robot.posted == []


def refuse() -> None:
    raise ConnectionRefusedError


def test_an_address_that_is_none_is_said_in_a_sentence():
    for address in ("robot", "ftp://robot.test/", "file:///etc/passwd", "http://", "http://[::1"):
        with pytest.raises(NotSent):
            post_to_robot(Robot(address), TEXT, NOW)
