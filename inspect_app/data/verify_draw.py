"""核对一周的抽取(repeat a week's draw): python3 verify_draw.py [文件夹]

The folder has plan.json and register.csv of one week as they were published and, if they are there, drawn.csv and
allocation.csv, which are compared as well. Everything is computed anew from the secret, the public number and the
register. Needs Python 3 and nothing else. Ends with 0 where all is right, with 1 where anything is not.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import sys
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

FILES = ("plan.json", "register.csv")


def main(folder: Path) -> int:
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        print(f"缺少文件(missing): {'、'.join(missing)}")
        return 1
    plan = json.loads((folder / "plan.json").read_text("utf-8"))
    content = (folder / "register.csv").read_bytes()
    with (folder / "register.csv").open(encoding="utf-8", newline="") as file:
        register = [(row["code"], row["area"], row["type"]) for row in csv.DictReader(file)]
    wrong: list[str] = []
    if hashlib.sha256(content).hexdigest() != plan["register_sha256"]:
        wrong.append("登记与公布的 SHA-256 不符(another register than announced)")
    seed = seed_of(plan, wrong)
    if not plan["drawn_at"]:
        print("这一周公布了，没有抽取(announced and never drawn)")
        return 1 if wrong else 0
    draw = Draw(seed, plan["week"], register, plan["count"], plan["least_per_area"])
    compare_sites(plan, draw, wrong)
    compare_rows(folder / "drawn.csv", draw_rows(plan, draw), wrong)
    compare_rows(folder / "allocation.csv", allocation_rows(draw), wrong)
    for one in wrong:
        print(one)
    drawn = sum(draw.shares.values())
    print("不一致(NOT VERIFIED)" if wrong else f"一致(VERIFIED): {plan['week']}，{len(register)} 个点位中抽 {drawn} 个")
    return 1 if wrong else 0


def seed_of(plan: Any, wrong: list[str]) -> str:
    """What lots are drawn with. Rule 1: the open seed. Rule 2: the secret, mixed with the public number."""
    if plan["rule"] == 1:
        print(f"种子(seed): {plan['seed']}")
        return str(plan["seed"])
    secret, announced, used = bytes.fromhex(plan["secret"]), plan["beacon"], plan.get("drawn_with")
    if len(secret) != 32 or hashlib.sha256(secret).hexdigest() != plan["commitment_sha256"]:
        wrong.append("封存数与公布的指纹不符(the secret is not the one committed to)")
    if not used:
        return ""
    if used["source"] != announced["source"] or used["day"] < announced["day"]:
        wrong.append("公开数不是公布的那一个(another public number than announced)")
    if used["day"] != announced["day"]:
        print(f"注意(note): 公布的是 {announced['day']}，用的是 {used['day']}；请查那几天是否没有公布这个数")
    number = f"{used['day']} {used['source']} {used['value']}"
    seed = hmac.new(secret, number.encode("ascii"), hashlib.sha256).hexdigest()
    print(f"公开数(public number): {used['title']} {number}，请另行查证(look it up yourself)")
    print(f"种子(seed): {seed}")
    return seed


class Draw:
    """Strata are street and type. ``places`` is each site's place in its stratum, ``shares`` how many are taken."""

    def __init__(self, seed: str, week: str, register: list[tuple[str, str, str]], count: int, least: int) -> None:
        self.of = (seed, week)
        self.strata: dict[tuple[str, str], list[str]] = {}
        self.areas: dict[str, int] = {}
        for code, area, kind in register:
            self.strata.setdefault((area, kind), []).append(code)
            self.areas[area] = self.areas.get(area, 0) + 1
        for codes in self.strata.values():
            codes.sort(key=lambda code: (self.lot(code), code))
        self.places = {code: at for codes in self.strata.values() for at, code in enumerate(codes, start=1)}
        self.mean = self.means(count, least)
        self.shares = self.allocated()
        self.drawn = {code for stratum, codes in self.strata.items() for code in codes[: self.shares[stratum]]}

    def lot(self, *of: str) -> str:
        """Seed, week and what is drawn for, joined by zero bytes; its SHA-256 in hex."""
        return hashlib.sha256("\0".join((*self.of, *of)).encode()).hexdigest()

    def means(self, count: int, least: int) -> dict[str, Fraction]:
        """The same share of each street's sites, but at least ``least`` of them."""
        floors = {area: min(least, size) for area, size in self.areas.items()}
        lifted: set[str] = set()
        while True:
            left = sum(size for area, size in self.areas.items() if area not in lifted)
            share = Fraction(count - sum(floors[area] for area in lifted), left) if left else Fraction(0)
            more = {a for a, size in self.areas.items() if a not in lifted and share * size < floors[a]}
            if not more:
                return {a: Fraction(floors[a]) if a in lifted else share * size for a, size in self.areas.items()}
            lifted |= more

    def allocated(self) -> dict[tuple[str, str], int]:
        """Systematic sampling: the parts of all strata end to end, a random start, a step of 1."""
        begin, shares = Fraction(int(self.lot("start"), 16), 2**256), {}
        for area in sorted(self.areas, key=lambda one: (self.lot("area", one), one)):
            own = [stratum for stratum in self.strata if stratum[0] == area]
            done, last = 0, floor(begin)
            for stratum in sorted(own, key=lambda one: (self.lot("stratum", *one), one)):
                done += len(self.strata[stratum])
                reached = floor(begin + self.mean[area] * Fraction(done, self.areas[area]))
                shares[stratum], last = reached - last, reached
            begin += self.mean[area]
        return shares

    def chance(self, area: str) -> Fraction:
        return self.mean[area] / self.areas[area]

    def twice(self, share: str) -> set[str]:
        ordered = sorted(self.drawn, key=lambda code: (self.lot("second", code), code))
        return set(ordered[: ceil(Fraction(share) * len(ordered))])


def compare_sites(plan: Any, draw: Draw, wrong: list[str]) -> None:
    published = {site["code"]: site for site in plan["sites"]}
    if set(published) != draw.drawn:
        wrong.append(f"抽到的点位不符(other sites): {'、'.join(sorted(set(published) ^ draw.drawn))}")
    for code in sorted(set(published) & draw.drawn):
        site = published[code]
        stratum = (site["area"], site["type"])
        if code not in draw.strata.get(stratum, ()):
            wrong.append(f"{code} 不在它的层里(in another stratum)")
        elif (site["taken"], site["of"]) != (draw.shares[stratum], len(draw.strata[stratum])):
            wrong.append(f"{code} 的层名额不符(another allocation)")
        elif site["chance"] and Fraction(site["chance"]) != draw.chance(stratum[0]):
            wrong.append(f"{code} 的机会不符(another chance)")
    if plan["rule"] > 1:
        marked = {code for code, site in published.items() if site["second"]}
        if marked != draw.twice(plan["second_share"]):
            wrong.append("复测的点位不符(other second visits)")


def draw_rows(plan: Any, draw: Draw) -> list[list[str]]:
    twice = draw.twice(plan["second_share"]) if plan["rule"] > 1 else None
    rows = []
    for (area, kind), codes in draw.strata.items():
        for code in codes:
            row = [code, area, kind, str(draw.places[code]), str(int(code in draw.drawn)), str(draw.chance(area))]
            rows.append(row + ([] if twice is None else [str(int(code in twice))]))
    return rows


def allocation_rows(draw: Draw) -> list[list[str]]:
    return [
        [*stratum, str(len(codes)), str(draw.chance(stratum[0]) * len(codes)), str(draw.shares[stratum])]
        for stratum, codes in draw.strata.items()
    ]


def compare_rows(path: Path, expected: list[list[str]], wrong: list[str]) -> None:
    """A table that was published, in whatever order its rows are."""
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            found = list(csv.reader(file))[1:]
        if sorted(found) != sorted(expected):
            wrong.append(f"{path.name} 与重算的不符(not what is computed)")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
