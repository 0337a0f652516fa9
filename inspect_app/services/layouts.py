"""The collections of the store: which there are, and by which fields their documents are found."""

from __future__ import annotations

from ..store import Layout

LAYOUTS = (
    Layout("users"),
    Layout("tokens"),
    Layout("devices"),
    Layout("sign_in_codes", by=("state",)),
    Layout("units", by=("state",)),
    Layout("areas"),
    Layout("area_changes"),
    Layout("sites", by=("area", "state")),
    Layout("checklists"),
    Layout("checklist_drafts"),
    Layout("library"),
    Layout("inspections", by=("area", "site", "state"), weekly=True),
    Layout("evidence", weekly=True),
    Layout("redactions", by=("week", "area", "state")),
    Layout("saved_filters"),
    Layout("cases", by=("week", "area", "site", "state", "unit", "units")),
    Layout("filed_findings"),
    Layout("case_numbers"),
    Layout("case_settings"),
    Layout("reminders"),
    Layout("plans", by=("state",)),
    Layout("plan_registers"),
    Layout("avoidances"),
    Layout("publications"),
    Layout("outside_figures"),
    Layout("settings", by=("state",)),
)
