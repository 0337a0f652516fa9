"""Walking routes (路线): a good order of sites from where the inspector stands, to an end that is left open.

``static/js/place/sites/route.js`` is the same for phones; a test gives both the same distances and expects the same
order.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .positions import Located, distance_m

MOST_STOPS = 60
"""More than anybody walks in a day; planning takes some tenths of a second on a slow phone."""
EXACT_UP_TO = 9
"""Up to so many stops the shortest of all orders is found; above, a good one."""
_FIRSTS = 8
"""So many of the nearest stops are each tried as the first one."""
_LONGEST_MOVED = 3
_LEAST_GAIN_M = 1e-6
Matrix = Sequence[Sequence[float]]
"""Metres between any two of: the start (index 0), the stops (1 … n), the end (n + 1, no distance from anything)."""


def distances(start: Located | None, stops: Sequence[Located]) -> list[list[float]]:
    """Geodesic metres as ``best_order`` reads them; without a start any stop may be the first."""
    size = len(stops) + 2
    metres = [[0.0] * size for _ in range(size)]
    for row, one in enumerate(stops, start=1):
        if start is not None:
            metres[0][row] = metres[row][0] = distance_m(start, one)
        for column in range(row + 1, size - 1):
            metres[row][column] = metres[column][row] = distance_m(one, stops[column - 1])
    return metres


def best_order(metres: Matrix) -> list[int]:
    """The stops (1 … n) in a good walking order, never longer than 1, 2, … n.

    The shortest of all for up to ``EXACT_UP_TO`` stops. Above: the order as given and those by nearest neighbour from
    several first stops, each improved by 2-opt and or-opt until neither finds anything; the shortest of them.
    """
    count = len(metres) - 2
    if count <= EXACT_UP_TO:
        return shortest_order(metres)
    given = list(range(1, count + 1))
    nearest = sorted(given, key=lambda stop: (metres[0][stop], stop))[:_FIRSTS]
    tried = [improved(metres, order) for order in (given, *(nearest_neighbour(metres, first) for first in nearest))]
    return min(tried, key=lambda order: length_m(metres, order))


def length_m(metres: Matrix, order: Sequence[int]) -> float:
    """Metres from the start through the stops in this order."""
    return sum(metres[one][other] for one, other in pairwise((0, *order)))


def nearest_neighbour(metres: Matrix, first: int) -> list[int]:
    """From the first stop always to the nearest one that is left."""
    left = set(range(1, len(metres) - 1)) - {first}
    order = [first]
    while left:
        here = metres[order[-1]]
        order.append(min(left, key=lambda stop: (here[stop], stop)))
        left.remove(order[-1])
    return order


def improved(metres: Matrix, order: Sequence[int]) -> list[int]:
    """The order after every gain that turning a part round (2-opt) or moving up to three stops (or-opt) has."""
    path = [0, *order, len(metres) - 1]
    while _turn_one(metres, path) or _move_one(metres, path):
        pass
    return path[1:-1]


def shortest_order(metres: Matrix) -> list[int]:
    """The shortest of all orders (Held and Karp): the work doubles with each stop, so for few stops only."""
    count = len(metres) - 2
    if count <= 0:
        return []
    # The least metres over a set of stops (bits) to each last one, and the stop before it.
    least = [[float("inf")] * count for _ in range(1 << count)]
    before = [[-1] * count for _ in range(1 << count)]
    for stop in range(count):
        least[1 << stop][stop] = metres[0][stop + 1]
    for visited in range(1, 1 << count):
        for last in range(count):
            so_far = least[visited][last]
            if so_far == float("inf"):
                continue
            for stop in range(count):
                more, total = visited | 1 << stop, so_far + metres[last + 1][stop + 1]
                if more != visited and total < least[more][stop]:
                    least[more][stop] = total
                    before[more][stop] = last
    visited = (1 << count) - 1
    last = min(range(count), key=lambda stop: least[visited][stop])
    order = []
    while last >= 0:
        order.append(last + 1)
        visited, last = visited & ~(1 << last), before[visited][last]
    return order[::-1]


def _turn_one(metres: Matrix, path: list[int]) -> bool:
    """Turn the first part round that makes the path shorter; whether there was one."""
    for start in range(1, len(path) - 2):
        before, first = path[start - 1], path[start]
        for end in range(start + 1, len(path) - 1):
            last, after = path[end], path[end + 1]
            gain = metres[before][first] + metres[last][after] - metres[before][last] - metres[first][after]
            if gain > _LEAST_GAIN_M:
                path[start : end + 1] = path[start : end + 1][::-1]
                return True
    return False


def _move_one(metres: Matrix, path: list[int]) -> bool:
    """Move the first one to three stops in a row, as they are or turned round, that lie better elsewhere."""
    for length in range(1, _LONGEST_MOVED + 1):
        for start in range(1, len(path) - length):
            part, rest = path[start : start + length], path[:start] + path[start + length :]
            first, last, before, after = part[0], part[-1], path[start - 1], path[start + length]
            saved = metres[before][first] + metres[last][after] - metres[before][after]
            if saved <= _LEAST_GAIN_M:
                continue
            for place in range(1, len(rest)):
                left, right = rest[place - 1], rest[place]
                room = saved + metres[left][right]
                if room - metres[left][first] - metres[last][right] > _LEAST_GAIN_M:
                    path[:] = [*rest[:place], *part, *rest[place:]]
                    return True
                if room - metres[left][last] - metres[first][right] > _LEAST_GAIN_M:
                    path[:] = [*rest[:place], *part[::-1], *rest[place:]]
                    return True
    return False
