"""Hostile requests by every role, to every route of the application over a filled city. A campaign, not a test.

Routes come from the map of routes, addresses and forms from the pages that lead to them, names of fields from the
views' own text, documents of the interface from what the phone sends: each is sent as it should be, and with one or a
few places spoilt (``tests/fuzzing``). Straight to the application over WSGI; all chance comes from the seed.

    python benchmarks/fuzz.py [--quick] [--role NAME] [--seed N] [--seconds N]

The last line of the output is one JSON object. Exit code 1 where an answer broke a rule (``tests/fuzzing/judge.py``).
schemathesis is no dependency: the interface has nine operations, and its generator of documents does not know
which sites and photos there are. It can be run against a server over a folder all the same:

    schemathesis run http://127.0.0.1:5000/api/v1/openapi.json -H 'Authorization: Bearer …' --checks not_a_server_error
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from tests.fuzzing.campaign import ROLES, Campaign, Tally, filled, stopped_clock  # noqa: E402

ROUNDS = {True: 2, False: 40}
"""How often each route is asked by each role, quick and else."""
DONE = {200, 201, 303, 409, 422}
"""Statuses of answers to what was read, if not done."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="under two minutes")
    parser.add_argument("--role", choices=ROLES, help="one role alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=7 * 60, help="for all roles together")
    given = parser.parse_args()
    tally, roles = Tally(), (given.role,) if given.role else ROLES
    with tempfile.TemporaryDirectory() as folder, stopped_clock():
        city = filled(Path(folder) / "city")
        for number, role in enumerate(roles):
            until = time.monotonic() + given.seconds / len(roles)
            campaign = Campaign(city, Path(folder), role, random.Random(f"{given.seed} {number}"), tally)
            campaign.run(ROUNDS[given.quick], lambda until=until: time.monotonic() < until)
            print(f"{role}: {tally.by_role[role]} requests, {len(tally.failures)} kinds of failure so far", flush=True)
    return report(tally)


def report(tally: Tally) -> int:
    for one in tally.failures.values():
        print(f"\n== {', '.join(one.rules)} ({one.role}, {one.status})\n{one.asked}\n{one.logged[-1500:]}")
    errors = [{"role": one.role, "rules": one.rules, "asked": one.asked[:300]} for one in tally.failures.values()]
    for name, done in (("let in", DONE), ("done", DONE - {422, 409})):
        never = sorted(
            f"{method} {one}"
            for (one, method), told in tally.reached.items()
            if method in ("POST", "PUT") and not done & set(told)
        )
        print(f"\nnever {name}: {', '.join(never)}")
    told = {"requests": tally.requests, "by_status": dict(sorted(tally.by_status.items())), "server_errors": errors}
    print(json.dumps(told, ensure_ascii=True))
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
