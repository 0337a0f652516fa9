"""One server as several processes that share its ports: a parent that opens them, and members that serve.

The parent serves nobody. It starts each member anew as ``run.py --under`` (no fork: threads do not come along), the
first alone, so that an installation is founded once; then the others. It starts again who dies, and ends them all as
one server. A member ends when its parent does, however that ends.
"""

from __future__ import annotations

from .link import ProcessSeen
from .member import Alone, Member, OneOfSeveral

__all__ = ["Alone", "Member", "OneOfSeveral", "ProcessSeen"]
