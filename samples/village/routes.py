"""Ways through the village: along its paths and around the well, from any place to any other. Pure.

Places are in metres, as in `plan`.
"""

from __future__ import annotations

import heapq
import math
from functools import lru_cache
from itertools import pairwise

from samples.village import plan

Place = tuple[float, float]

_RING = 4.6  # m from the well's middle: the way around it
_RING_POINTS = 12
_DIRECT = 2.5  # m: nearer than this one walks straight


def find_way(start: Place, goal: Place) -> list[Place]:
    """The corners on the way from one place to another, the goal included."""
    if math.dist(start, goal) < _DIRECT:
        return [goal]
    points, edges = _network()
    first = min(range(len(points)), key=lambda at: math.dist(points[at], start))
    last = min(range(len(points)), key=lambda at: math.dist(points[at], goal))
    best = {first: 0.0}
    came: dict[int, int] = {}
    waiting = [(0.0, first)]
    while waiting:
        length, at = heapq.heappop(waiting)
        if at == last:
            break
        for there, step in edges[at]:
            if length + step < best.get(there, math.inf):
                best[there], came[there] = length + step, at
                heapq.heappush(waiting, (length + step, there))
    way = [last]
    while way[-1] in came:
        way.append(came[way[-1]])
    corners = [points[at] for at in reversed(way)]
    # Neither back to a first corner that lies behind, nor beyond the goal to the last one.
    if len(corners) > 1 and math.dist(start, corners[1]) < math.dist(corners[0], corners[1]):
        corners = corners[1:]
    if len(corners) > 1 and math.dist(corners[-2], goal) < math.dist(corners[-2], corners[-1]):
        corners = corners[:-1]
    return [*corners, goal]


@lru_cache(maxsize=1)
def _network() -> tuple[list[Place], list[list[tuple[int, float]]]]:
    points: list[Place] = []
    edges: list[list[tuple[int, float]]] = []

    def point(place: Place) -> int:
        near = next((at for at, known in enumerate(points) if math.dist(known, place) < 0.6), None)
        if near is not None:
            return near
        points.append(place)
        edges.append([])
        return len(points) - 1

    def join(a: int, b: int) -> None:
        if a != b:
            length = math.dist(points[a], points[b])
            edges[a].append((b, length))
            edges[b].append((a, length))

    turns = [step / _RING_POINTS * 2 * math.pi for step in range(_RING_POINTS)]
    ring = [point((_RING * math.cos(turn), _RING * math.sin(turn))) for turn in turns]
    for a, b in pairwise([*ring, ring[0]]):
        join(a, b)
    for _, path in plan.PATHS:
        inside = [place for place in path if math.hypot(*place) < plan.EDGE_RADIUS]
        along = [point(place) for place in inside]
        for a, b in pairwise(along):
            join(a, b)
        # A path that begins at the square or on another path is joined to what is there.
        start = along[0]
        others = [at for at in range(len(points)) if at not in along]
        nearest = min(others, key=lambda at: math.dist(points[at], points[start]))
        join(start, nearest)
    return points, edges
