"""The office's choice of what stands in captions, as a document."""

from __future__ import annotations

from ...domain.evidence.captions import CaptionRules
from ..collection import Collection

THE_RULES = "caption"

CAPTION_RULES: Collection[CaptionRules] = Collection(
    "caption_rules",
    lambda id, document: CaptionRules(tuple(document["fields"])),
    lambda rules: {"fields": list(rules.fields)},
)
"""One document, ``THE_RULES``; none where the office never chose. What it was before is in the log of acts."""
