"""Which earlier inspection of a site an inspector may look at before the next one (上次检查).

A second visit (复测) is blind, and nobody but the office is to know which visits are second ones. So what is shown
depends on the site and the week alone, never on who asks or on what is planned: nothing of this week, in which a first
visit may just have been made; and nothing of an earlier week until that is published: a form begun last week may still
be filled in today, and findings that nobody reviewed are nobody's to read. Both visitors of a site see the same, so
that nothing can be told from what is there or is not.
"""

from __future__ import annotations


def may_be_shown(week: str, this_week: str, *, published: bool) -> bool:
    """Whether an inspection of a week may be looked at this week, by whoever inspects."""
    return week < this_week and published
