"""Which two visits of a site are blind to each other."""

from __future__ import annotations

import pytest

from inspect_app.domain.inspecting.blindness import blind_pair
from tests.inspections import inspection

LI, WANG, ZHAO = "li", "wang", "zhao"


@pytest.mark.parametrize(
    ("teams", "pair"),
    [
        ([], None),
        ([(LI,)], None),
        ([(LI,), (LI,)], None),
        ([(LI,), (WANG,)], (0, 1)),
        ([(LI,), (LI,), (WANG,)], (0, 2)),
        ([(LI, WANG), (WANG,)], None),
        ([(LI, WANG), (WANG, LI)], None),
        ([(LI,), (WANG, LI)], None),
        ([(LI, WANG), (ZHAO,)], (0, 1)),
        ([(LI,), (WANG, LI), (WANG,)], None),
        ([(LI,), (WANG, LI), (WANG,), (ZHAO, WANG)], None),
    ],
)
def test_the_second_is_by_people_who_were_never_there_with_one_who_was(teams, pair):
    visits = [inspection(inspector=team[0], partner=team[1] if team[1:] else "") for team in teams]
    assert blind_pair(visits) == (pair and (visits[pair[0]], visits[pair[1]]))
