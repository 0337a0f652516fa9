"""The model's figures and errors against general matrix algebra: every visit a row, no shortcut of nested sums."""

from __future__ import annotations

import numpy as np
import pytest

from inspect_app.domain.index import mixed, predicting, sampling
from inspect_app.domain.index.gathering import AreaRows
from inspect_app.domain.index.observing import Visit, observe
from inspect_app.domain.index.weights import Weights
from inspect_app.domain.place.areas import Area, AreaTree

CODES = tuple(f"421002{n:03}" for n in range(1, 6))
TREE = AreaTree([Area("421002", "某区", ""), *(Area(code, code, "421002") for code in CODES)])
KINDS = ("road", "school", "toilet", "market")
DEVIATION = 3.0
"""The inspectors' standard deviation that both sides are told."""


def week(again: bool) -> tuple[list[Visit], dict[tuple[str, str], int]]:
    """Five streets, four types of which a street was drawn some, three inspectors; ``again``: some sites seen twice."""
    chance = np.random.default_rng(11)
    listed = {(code, kind): int(chance.integers(9, 20)) for code in CODES for kind in KINDS}
    seen = []
    for street, code in enumerate(CODES):
        for n in range(9):
            kind = KINDS[int(chance.integers(0, 4)) if street else n % 3]
            base = 80 + 3 * street - 5 * KINDS.index(kind) + 6 * ((street + KINDS.index(kind)) % 2)
            site = base + chance.normal(0, 4)
            for who in sorted({f"w{n % 3}", f"w{(n + int(again and n % 4 == 0)) % 3}"}):
                rate = float(np.clip(site + chance.normal(0, 2) + 3 * int(who[1]), 0, 100))
                seen.append(Visit(code, f"{code}-{n}", kind, rate, inspector=who, planned=True, chance=0.3))
    return seen, listed


@pytest.mark.parametrize(("again", "register"), [(True, True), (False, True), (False, False)])
def test_figures_and_errors_are_those_of_the_mixed_model_s_equations(monkeypatch, again, register):
    """Best linear unbiased prediction (Henderson) with the same variances, written out site by site, to six digits.

    Severity is known to have one deviation, and streets' spread is not moderated. With second visits sites' means count
    alike, one look or two; where the register is known and looks are not, the error is at least the equations'.
    """
    monkeypatch.setattr(mixed, "SEVERITIES", np.array([DEVIATION, DEVIATION]))
    monkeypatch.setattr(predicting, "SEVERITY_STEP", 1e-9)
    monkeypatch.setattr(predicting, "LENT_FREEDOM", 1e12)
    monkeypatch.setattr(predicting, "moderated", lambda spread, own, lent: (np.ones_like(spread), own + 16))
    seen, listed = week(again)
    ground = AreaRows(observe(seen), TREE, Weights(), listed if register else {})
    ((_, found),) = sampling.predicted(ground, Weights())
    for row, code in enumerate(CODES, start=1):
        rate, error = outside(seen, listed if register else {}, code, found.components)
        assert found.rate[row] == pytest.approx(rate, rel=1e-6)
        if not again:
            assert found.error[row] == pytest.approx(error, rel=1e-6) or (register and found.error[row] > error)


@pytest.mark.parametrize("seed", range(4))
def test_figures_and_errors_hang_on_no_order_in_which_numbers_are_summed(seed):
    """To nine digits: where rounding decides, another processor makes another figure, which nobody can repeat."""
    chance = np.random.default_rng(seed)
    seen, listed = week(again=True)
    told = figures_of(seen, listed)
    kinds = dict(zip(KINDS, chance.permutation(KINDS), strict=True))
    names = dict(zip(("w0", "w1", "w2"), chance.permutation(["w0", "w1", "w2"]), strict=True))
    other = [
        seen[n]._replace(site_type=kinds[seen[n].site_type], inspector=names[seen[n].inspector])
        for n in chance.permutation(len(seen))
    ]
    again = figures_of(other, {(code, kinds[kind]): count for (code, kind), count in listed.items()})
    assert again.rate[1:] == pytest.approx(told.rate[1:], rel=1e-9)
    assert again.error[1:] == pytest.approx(told.error[1:], rel=1e-9)


def figures_of(seen: list[Visit], listed: dict[tuple[str, str], int]) -> predicting.Predictions:
    ((_, found),) = sampling.predicted(AreaRows(observe(seen), TREE, Weights(), listed), Weights())
    return found


def outside(seen: list[Visit], listed: dict[tuple[str, str], int], street: str, of: mixed.Components):
    """The street's figure and its standard error by dense equations over visits and cells."""
    sites = sorted({one.site for one in seen})
    at = {site: n for n, site in enumerate(sites)}
    cells = [(code, kind) for code in CODES for kind in KINDS]
    who = sorted({one.inspector for one in seen})
    look = of.look or 0.0
    y = np.array([one.rate for one in seen])
    fixed = np.array([effects(one.area, one.site_type) for one in seen])
    in_site = np.array([[at[one.site] == n for n in range(len(sites))] for one in seen], float)
    in_cell = np.array([[cell == (one.area, one.site_type) for cell in cells] for one in seen], float)
    by_whom = np.array([[one.inspector == name for name in who] for one in seen], float)
    visits = in_site.sum(axis=0)
    # A site's mean has the variance of sites whatever the number of looks; within sites looks differ.
    between = in_site * (of.site - look / visits)
    spread = between @ in_site.T + look * np.eye(len(y)) + of.cell * in_cell @ in_cell.T
    spread += DEVIATION**2 * by_whom @ by_whom.T
    inverse = np.linalg.inv(spread)
    covariance = np.linalg.inv(fixed.T @ inverse @ fixed)
    effect = covariance @ fixed.T @ inverse @ y
    rest = inverse @ (y - fixed @ effect)
    drawn = {(one.area, one.site_type) for one in seen}
    kinds = [kind for kind in KINDS if (street, kind) in (listed or drawn)]
    rate, target, link, whole = 0.0, np.zeros(fixed.shape[1]), np.zeros(len(y)), 0.0
    for kind in kinds:
        x = effects(street, kind)
        here = np.array([(one.area, one.site_type) == (street, kind) for one in seen], float)
        # Of the cell's registered sites, those seen are part of its mean as one look sees them.
        part = of.site / listed[street, kind] if listed else 0.0
        linked = (of.cell + part) * here
        rate += (x @ effect + linked @ rest) / len(kinds)
        target += x / len(kinds)
        link += linked / len(kinds)
        whole += (of.cell + part) / len(kinds) ** 2
    gap = target - link @ inverse @ fixed
    return rate, float(np.sqrt(whole - link @ inverse @ link + gap @ covariance @ gap))


def effects(street: str, kind: str) -> np.ndarray:
    """Which fixed effects a rate has: its street's, and its type's against the first."""
    return np.array([street == code for code in CODES] + [kind == one for one in KINDS[1:]], float)
