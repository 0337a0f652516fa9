"""The files of the starting set (``checklists/``) that are no checklists: each is read where its rules are."""

from __future__ import annotations

PLAN_FILE = "plan.toml"
ZONES_FILE = "zones.toml"
INDEX_FILE = "index.toml"
DEADLINES_FILE = "deadlines.toml"
ROUTING_FILE = "routing.toml"
NO_CHECKLISTS = (PLAN_FILE, ZONES_FILE, INDEX_FILE, DEADLINES_FILE, ROUTING_FILE)
