"""Citizens' complaints (12345 and the like), counted by street, as documents."""

from __future__ import annotations

from collections.abc import Mapping

from ..collection import Collection

COMPLAINTS: Collection[Mapping[str, int]] = Collection(
    "complaints", lambda id, document: dict(document["counts"]), lambda counts: {"counts": dict(counts)}
)
"""How many came in a week from each street, by area code; under the week."""

THE_RULE = "rule"
PLAUSIBILITY_RULES: Collection[bool] = Collection(
    "plausibility_rules", lambda id, document: document["published"], lambda published: {"published": published}
)
"""Whether weeks are published with how far they agree with complaints, under ``THE_RULE``; not where there is none."""
