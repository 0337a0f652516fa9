"""Mail by SMTP."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from .errors import NotSent

_PATIENCE_S = 20
PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""Ways to a mail server, and the port that each has where none is given."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server: ``way`` is a key of ``PORTS``; ``user`` may be empty; ``sender`` is the address mail is from."""

    host: str
    port: int
    way: str
    user: str
    password: str
    sender: str


def send_mail(mail: Mail, to: Sequence[str], subject: str, text: str) -> None:
    """Send one plain text. Raises ``NotSent`` where the server does not take it for every recipient."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, ", ".join(to), subject
    message["Date"], message["Message-ID"] = (
        formatdate(localtime=False),
        make_msgid(domain=mail.sender.partition("@")[2]),
    )
    message.set_content(text)
    try:
        with _connected(mail) as server:
            if mail.way == "starttls":
                server.starttls(context=ssl.create_default_context())
            if mail.user:
                server.login(mail.user, mail.password)
            refused = server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"邮件没有发出：{error}") from error
    if refused:
        raise NotSent(f"邮件服务器没有接收：{'、'.join(refused)}")


def _connected(mail: Mail) -> smtplib.SMTP:
    if mail.way == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=_PATIENCE_S, context=ssl.create_default_context())
    return smtplib.SMTP(mail.host, mail.port, timeout=_PATIENCE_S)
