"""Mail by SMTP."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from .errors import NotSent

_PATIENCE_S, _LASTING = 20, 500
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


def send_mail(mail: Mail, to: Sequence[str], subject: str, text: str, *, id: str = "") -> None:
    """Send one plain text. Raises ``NotSent`` where the server does not take it for every recipient.

    By ``id`` servers and mailboxes know a message again that is sent twice.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, ", ".join(to), subject
    domain = mail.sender.partition("@")[2]
    message["Date"], message["Message-ID"] = (
        formatdate(localtime=False),
        f"<{id}@{domain}>" if id else make_msgid(domain=domain),
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
        said = _refused(error.recipients) if isinstance(error, smtplib.SMTPRecipientsRefused) else str(error)
        raise NotSent(f"邮件没有发出：{said}", is_passing=_is_passing(error)) from error
    if refused:
        raise NotSent(f"邮件服务器没有接收：{_refused(refused)}")


def _refused(recipients: Mapping[str, tuple[int, bytes]]) -> str:
    """Who was not taken, and what the server said to that."""
    return "、".join(f"{one}（{code} {said.decode(errors='replace')}）" for one, (code, said) in recipients.items())


def _is_passing(error: Exception) -> bool:
    """Whether nobody answered, or said to come again (4yz, RFC 5321 section 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code < _LASTING for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code < _LASTING
    return not isinstance(error, smtplib.SMTPNotSupportedError)


def _connected(mail: Mail) -> smtplib.SMTP:
    if mail.way == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=_PATIENCE_S, context=ssl.create_default_context())
    return smtplib.SMTP(mail.host, mail.port, timeout=_PATIENCE_S)
