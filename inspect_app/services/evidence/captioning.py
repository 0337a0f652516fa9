"""What stands in captions: the office's choice."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime

from PIL import Image

from ...collections.evidence.captions import CAPTION_RULES, THE_RULES
from ...domain.evidence.captions import CaptionRules, caption_of, caption_rules
from ...domain.evidence.photo import Evidence
from ...domain.place.positions import Fix
from ...domain.problems import Problem
from ...photos.caption import captioned
from ...photos.copies import as_jpeg
from ...store import Stale
from .. import Services
from ..audit import Entry, keep


def chosen_rules(services: Services) -> tuple[CaptionRules, int]:
    """The office's choice, with the revision that a change of it names, 0 where it never chose."""
    kept = CAPTION_RULES.get(services.store, THE_RULES)
    return (kept.value, kept.revision) if kept else (CaptionRules(), 0)


def choose(
    services: Services, who: str, fields: Collection[str], expected_revision: int, now: datetime
) -> list[Problem]:
    """Have captions made of these fields from now on; nothing is done where they are, as when it is sent twice.

    Raises ``Stale`` where others were chosen meanwhile.
    """
    before, revision = chosen_rules(services)
    rules = caption_rules(fields)
    if isinstance(rules, Problem):
        return [rules]
    if rules == before:
        return []
    if revision != expected_revision:
        raise Stale(f"{CAPTION_RULES.name}/{THE_RULES}")
    told = {"before": {"fields": list(before.fields)}, "after": {"fields": list(rules.fields)}}
    entry = Entry("caption.chosen", THE_RULES, **told)
    keep(services.store, who, now, [entry], [CAPTION_RULES.writing(THE_RULES, rules, revision)])
    return []


def office_name(services: Services) -> str:
    return f"{services.settings.city}精神文明建设指导委员会办公室"


def sample(services: Services, width: int, now: datetime) -> bytes:
    """A JPEG of so many pixels of width that shows the caption as the office wants it, of a made-up photo."""
    fix = Fix(30.31054, 112.24127, 8.0, "browser", now)
    caption = caption_of(
        Evidence(hashlib.sha256(b"sample").hexdigest(), "", now, fix),
        chosen_rules(services)[0],
        office=office_name(services),
        inspection="00000000",
        area=f"{services.settings.city}示例街道",
        site="示例路与样本路交叉口人行横道",
        item="人行横道标线清晰完整，无大面积磨损、缺失",
        clauses="(五)4(2)",
        timezone=services.settings.timezone,
    )
    ground = Image.linear_gradient("L").resize((width, width * 3 // 8)).point(lambda value: 120 + value // 3)
    return as_jpeg(captioned(ground.convert("RGB"), caption.lines, caption.short), 85)
