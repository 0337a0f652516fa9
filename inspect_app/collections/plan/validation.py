"""The rules of independent validation, and what was chosen in each week, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...domain.plan.validation import Chosen, ValidationRules, WeekValidation
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document

THE_RULES = "rules"


def _read(id: str, document: Mapping[str, Any]) -> WeekValidation:
    chosen = (Chosen(**{**one, "at": instant_of(one["at"])}) for one in document["chosen"])
    return WeekValidation(id, tuple(document["considered"]), tuple(chosen))


def _write(kept: WeekValidation) -> Document:
    chosen = [{**asdict(one), "at": utc_text(one.at)} for one in kept.chosen]
    return {"considered": list(kept.considered), "chosen": chosen}


VALIDATIONS: Collection[WeekValidation] = Collection("validations", _read, _write)
"""What was chosen, under its week."""

VALIDATION_RULES: Collection[ValidationRules] = Collection(
    "validation_rules",
    lambda id, document: ValidationRules(document["share"], tuple(document["validators"])),
    lambda rules: {"share": rules.share, "validators": list(rules.validators)},
)
"""The office's rules, under ``THE_RULES``; what they were before is in the log of acts."""
