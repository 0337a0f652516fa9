"""Who inspects what: rules that hold for every plan, even shares, and the same on any machine."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.place.positions import Place, distance_m
from inspect_app.domain.plan.sharing import SITE_M, Stop, Team, lately, pairs, share_out
from inspect_app.domain.weeks import shifted

WEEK, SEED = "2026-W49", "沪深300收盘 3921.47"
AREAS = [f"42100200{n}" for n in range(1, 5)]


def stop(n: int, area: str = AREAS[0]) -> Stop:
    """A grid of sites, 200 m apart."""
    return Stop(
        f"s{n}", area, frozenset({"421002", area}), Place(30.3 + 0.0018 * (n // 10), 112.2 + 0.002 * (n % 10), 5.0)
    )


codes = st.integers(0, 99)
stops = st.lists(st.builds(stop, codes, st.sampled_from(AREAS)), max_size=40, unique_by=lambda one: one.code)
teams = st.lists(
    st.builds(
        Team,
        st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=2, unique=True).map(tuple),
        st.frozensets(st.sampled_from(AREAS), max_size=2),
        st.frozensets(codes.map(lambda n: f"s{n}"), max_size=8),
    ),
    max_size=5,
    unique_by=lambda one: one.name,
)


@given(stops, teams, st.floats(0, 1), st.randoms(use_true_random=False))
def test_nobody_is_sent_where_they_may_not_go_and_every_site_is_accounted_for(stops, teams, share, shuffler):
    found = share_out(stops, teams, seed=SEED, week=WEEK, second_share=share)
    by_code = {one.code: one for one in stops}
    assert set(found.first) | set(found.nobody) == set(by_code)
    assert not set(found.first) & set(found.nobody)
    for given_to in (found.first, found.second):
        for code, team in given_to.items():
            assert code not in team.seen
            assert not by_code[code].areas & team.kept_from
    for code, reason in found.nobody.items():
        assert reason
        assert all(code in team.seen or by_code[code].areas & team.kept_from for team in teams)
    for code, team in found.second.items():
        assert not set(team.members) & set(found.first[code].members)
    shuffler.shuffle(stops)
    shuffler.shuffle(teams)
    assert share_out(stops, teams, seed=SEED, week=WEEK, second_share=share) == found


@given(st.integers(1, 100), st.integers(1, 8))
def test_work_is_shared_evenly(count, size):
    """Without anything to keep away from, no team has more than its part of the string and one stop."""
    sites = [stop(n) for n in range(count)]
    inspectors = [Team((f"i{n}",)) for n in range(size)]
    found = share_out(sites, inspectors, seed=SEED, week=WEEK)
    counts = [sum(team == one for one in found.first.values()) for team in inspectors]
    assert sum(counts) == count
    # Neighbours on the curve are at most a grid's width of 2.0 km apart, mostly one field.
    assert max(counts) <= count / size * 1.6 + 2


def test_neighbours_go_to_the_same_team():
    """Two inspectors, two clusters 10 km apart: nobody crosses the city."""
    here = [stop(n) for n in range(10)]
    there = [Stop(f"t{n}", AREAS[1], frozenset({AREAS[1]}), Place(30.4, 112.3 + 0.002 * n, 5.0)) for n in range(10)]
    found = share_out(here + there, [Team(("a",)), Team(("b",))], seed=SEED, week=WEEK, per_street=1)
    for cluster in (here, there):
        assert len({found.first[one.code] for one in cluster}) == 1
    assert distance_m(here[0].place, there[0].place) > 10 * SITE_M


def test_a_site_that_all_must_keep_away_from_is_named_with_the_reason():
    kept = [Team(("a",), frozenset({AREAS[0]})), Team(("b",), seen=frozenset({"s1"}))]
    found = share_out([stop(1)], kept, seed=SEED, week=WEEK)
    assert found.nobody == {"s1": "2组测评员都不能去：1组须回避所在区域，1组近期去过"}
    assert share_out([stop(1)], [], seed=SEED, week=WEEK).nobody == {"s1": "没有测评员"}


def test_a_tenth_is_visited_again():
    found = share_out(
        [stop(n) for n in range(60)], [Team(("a",)), Team(("b",))], seed=SEED, week=WEEK, second_share=0.1
    )
    assert len(found.second) == 6


def test_weeks_differ_and_a_known_plan_stays_what_it_was():
    """The shares of this very input, worked out once: another machine or Python must give the same."""
    sites, inspectors = [stop(n) for n in range(30)], [Team((name,)) for name in "abc"]
    found = share_out(sites, inspectors, seed=SEED, week=WEEK, second_share=0.1)
    said = "".join(found.first[f"s{n}"].name for n in range(30)), sorted(found.second)
    assert said == KNOWN
    owners = {share_out(sites, inspectors, seed=SEED, week=shifted(WEEK, n)).first["s0"].name for n in range(12)}
    assert owners == {"a", "b", "c"}


KNOWN = ("aaaccccbbbaaaaccbbbbaaaccccbbb", ["s1", "s10", "s12"])


@given(st.lists(st.sampled_from("abcdefghij"), unique=True, max_size=10))
def test_pairs_are_two_by_two_and_the_odd_one_makes_three(names):
    found = pairs(names, seed=SEED, week=WEEK)
    assert sorted(name for pair in found for name in pair) == sorted(names)
    assert sum(len(pair) == 3 for pair in found) == (len(names) % 2 if len(names) > 1 else 0)
    assert all(len(pair) in (2, 3) for pair in found) or len(names) == 1


def test_lately_looks_back_so_many_weeks():
    visits = {shifted(WEEK, -1): {"a": {"s1"}}, shifted(WEEK, -3): {"a": {"s3"}, "b": {"s4"}}}
    assert lately(visits, "a", WEEK, 2) == {"s1"}
    assert lately(visits, "a", WEEK, 3) == {"s1", "s3"}
