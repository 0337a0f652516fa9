"""The office's rules for accounts as a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.accounts.factors import AccountRules
from ...domain.accounts.permissions import Role
from ..collection import Collection, Document

THE_RULES = "rules"


def _read(id: str, document: Mapping[str, Any]) -> AccountRules:
    return AccountRules(frozenset(map(Role, document["second_factor"])))


def _write(rules: AccountRules) -> Document:
    return {"second_factor": sorted(role.value for role in rules.second_factor)}


ACCOUNT_RULES: Collection[AccountRules] = Collection("account_rules", _read, _write)
"""One document, ``THE_RULES``; none where the office has never set any."""
