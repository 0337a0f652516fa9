"""What goes to others: mail, messages by robots of chat groups, hashes to be time-stamped. Knows nothing of cases."""

from __future__ import annotations

from .errors import NotSent
from .mail import Mail, send_mail
from .robot import Robot, post_to_robot
from .timestamps import NotStamped, TimestampService, stamp, stamped_at

__all__ = [
    "Mail",
    "NotSent",
    "NotStamped",
    "Robot",
    "TimestampService",
    "post_to_robot",
    "send_mail",
    "stamp",
    "stamped_at",
]
