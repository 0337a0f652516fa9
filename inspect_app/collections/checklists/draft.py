"""Uploaded checklists that were previewed, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...domain.checklists.draft import Draft
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(id: str, document: Mapping[str, Any]) -> Draft:
    instead_of = document["instead_of"]
    return Draft(document["checklist"], document["toml"], instead_of, document["by"], instant_of(document["at"]))


def _write(draft: Draft) -> Document:
    return {**asdict(draft), "at": utc_text(draft.at)}


DRAFTS: Collection[Draft] = Collection("checklist_drafts", _read, _write)
"""By the version that would come into force and the one that was in force."""
