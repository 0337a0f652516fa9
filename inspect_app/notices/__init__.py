"""Telling people outside the tool: mail, and robots of chat groups. Knows nothing of cases."""

from __future__ import annotations

from .errors import NotSent
from .mail import Mail, send_mail
from .reach import Network, networks_from
from .robot import Robot, post_to_robot

__all__ = ["Mail", "Network", "NotSent", "Robot", "networks_from", "post_to_robot", "send_mail"]
