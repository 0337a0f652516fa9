"""Robots of chat groups: 企业微信 (WeCom) and 钉钉 (DingTalk), by their webhooks.

Both take the same JSON for a text, and answer with ``errcode`` 0 where they took it. A robot of 钉钉 may ask for a
signature: milliseconds and secret, HMAC-SHA256 with the secret, base64, in the address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote_plus

from .errors import NotSent
from .reach import Network, opener

_PATIENCE_S = 20
MAX_BYTES = 2048
"""Bytes of a text that 企业微信 takes; 钉钉 takes more."""


@dataclass(frozen=True, slots=True)
class Robot:
    """The address of a robot's webhook; ``secret`` is that of a signing robot of 钉钉, empty for others."""

    address: str
    secret: str = ""


def post_to_robot(robot: Robot, text: str, now: datetime, allowed: Sequence[Network] = ()) -> None:
    """Have the robot say a text, cut to ``MAX_BYTES``. Raises ``NotSent`` where it does not.

    The robot is somewhere on the internet, or in one of the networks ``allowed``.
    """
    body = json.dumps({"msgtype": "text", "text": {"content": cut(text)}}, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    try:
        request = urllib.request.Request(signed(robot, now), body, headers, method="POST")
        with opener(allowed).open(request, timeout=_PATIENCE_S) as answer:
            told = json.loads(answer.read(65_536))
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
        raise NotSent(f"群机器人没有应答：{error}", is_passing=True) from error
    if not isinstance(told, dict) or told.get("errcode") != 0:
        reason = told.get("errmsg") if isinstance(told, dict) else told
        raise NotSent(f"群机器人没有接收：{reason}")


def signed(robot: Robot, now: datetime) -> str:
    """The address to post to, with the signature where the robot has a secret."""
    if not robot.secret:
        return robot.address
    milliseconds = int(now.timestamp() * 1000)
    words = f"{milliseconds}\n{robot.secret}".encode()
    signature = base64.b64encode(hmac.new(robot.secret.encode(), words, hashlib.sha256).digest()).decode()
    joined = "&" if "?" in robot.address else "?"
    return f"{robot.address}{joined}timestamp={milliseconds}&sign={quote_plus(signature)}"


def cut(text: str, most: int = MAX_BYTES) -> str:
    """The text, cut between characters where its UTF-8 is longer than that."""
    content = text.encode()
    if len(content) <= most:
        return text
    end = "……"
    return content[: most - len(end.encode())].decode(errors="ignore") + end
