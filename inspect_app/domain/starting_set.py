"""The texts of the starting set (``checklists/``) that are no checklists: each is read where its rules are.

A text goes by the name of its file without the ending.
"""

from __future__ import annotations

PLAN_FILE = "plan.toml"
ZONES_FILE = "zones.toml"
INDEX_FILE = "index.toml"
DEADLINES_FILE = "deadlines.toml"
ROUTING_FILE = "routing.toml"
PRESENCE_FILE = "presence.toml"
INDUSTRIES_FILE = "industries.toml"
NO_CHECKLISTS = (
    PLAN_FILE,
    ZONES_FILE,
    INDEX_FILE,
    DEADLINES_FILE,
    ROUTING_FILE,
    PRESENCE_FILE,
    INDUSTRIES_FILE,
)


def name_of(file: str) -> str:
    """``plan.toml`` → ``plan``."""
    return file.removesuffix(".toml")


def file_of(name: str) -> str:
    """``plan`` → ``plan.toml``."""
    return f"{name}.toml"
