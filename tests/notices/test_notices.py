"""Mail and robots, tried against real local servers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.notices import Mail, NotSent, Robot, post_to_robot, send_mail
from inspect_app.notices.robot import MAX_BYTES, cut
from inspect_app.tls import names_of_this_machine, open_tls
from tests.notices.servers import mail_server, only, robot_server
from tests.ports import free_port

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
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
        post_to_robot(Robot(robot.address), TEXT, NOW)
    ((path, body),) = robot.posted
    assert path == "/robot/send?key=k"
    assert body == {"msgtype": "text", "text": {"content": TEXT}}


def test_a_signing_robot_gets_the_signature_that_its_maker_asks_for():
    """钉钉: base64 of HMAC-SHA256, with the secret, over milliseconds, a line break and the secret."""
    with robot_server() as robot:
        post_to_robot(Robot(robot.address, "SECabc"), TEXT, NOW)
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
        (500, {"errcode": 0}, "没有应答"),
        (200, [], "没有接收"),
    ],
)
def test_a_robot_that_does_not_take_it_says_why(status, answer, told):
    with robot_server() as robot:
        robot.status, robot.answer = status, answer
        with pytest.raises(NotSent, match=told):
            post_to_robot(Robot(robot.address), TEXT, NOW)
    with pytest.raises(NotSent, match="没有应答"):
        post_to_robot(Robot(f"http://127.0.0.1:{free_port()}/"), TEXT, NOW)


@given(st.text(max_size=3000))
def test_a_long_text_is_cut_between_characters(text):
    short = cut(text)
    assert len(short.encode()) <= MAX_BYTES
    assert short == text or text.startswith(short.removesuffix("……"))
