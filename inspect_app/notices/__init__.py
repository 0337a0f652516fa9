"""What goes to others: mail, messages by robots of chat groups, hashes to be time-stamped. Knows nothing of cases."""

from __future__ import annotations

from .errors import NotSent
from .mail import Mail, send_mail
from .reach import Network, networks_from
from .robot import Robot, post_to_robot
from .timestamps import NotStamped, TimestampService, stamp, stamped_at

__all__ = [
    "Mail",
    "Network",
    "NotSent",
    "NotStamped",
    "Robot",
    "TimestampService",
    "networks_from",
    "post_to_robot",
    "send_mail",
    "stamp",
    "stamped_at",
]
