"""Versions of checklists as documents."""

from __future__ import annotations

from ...domain.checklists.checklist import Checklist, checklist_from_document, checklist_to_document
from ..collection import Collection

CHECKLISTS: Collection[Checklist] = Collection(
    "checklists", lambda id, document: checklist_from_document(document), checklist_to_document
)
"""Every version of a checklist that was ever in force; an id is the version."""
