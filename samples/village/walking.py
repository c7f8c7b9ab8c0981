"""How villagers get from here to there: along the paths, sliding round what stands in the way. Main thread only."""

from __future__ import annotations

import math

from panda3d.core import LPoint3, NodePath

from convai_panda import Step
from samples.village import routes
from samples.village.scenery import Village

_SPEED = 1.35  # m/s
_TURNING = 200.0  # degrees/s
_RADIUS = 0.3  # m, of the body
_CORNER = 0.5  # m: so near to a corner the next one is aimed at
_STUCK = 0.2  # of the way that a step should make: less is no way
_PATIENCE = 1.5  # s without a way before another one is looked for


class Walker:
    """Moves one villager's node a frame at a time, on its day and on its errands: a Mover."""

    def __init__(self, village: Village) -> None:
        self._village = village
        self._way: list[routes.Place] = []
        self._goal: routes.Place | None = None
        self._stuck = 0.0

    def step(self, node: NodePath, goal: LPoint3, *, near: float, seconds: float) -> Step:
        """Move towards a goal, which may move; ARRIVED no more than ``near`` away from it."""
        here = (node.get_x(), node.get_y())
        if math.dist(here, goal.xy) <= near:
            self.stop(node)
            return Step.ARRIVED
        if self._goal is None or math.dist(self._goal, goal.xy) > 1.0:
            self._goal = (goal.x, goal.y)
            self._way = routes.find_way(here, self._goal)
        while len(self._way) > 1 and math.dist(here, self._way[0]) < _CORNER:
            self._way.pop(0)
        aim = self._way[0] if len(self._way) > 1 else (goal.x, goal.y)
        off = self._turn(node, aim, seconds)
        if abs(off) > 70.0:
            return Step.WALKING
        length = min(_SPEED * seconds, math.dist(here, aim))
        way = (aim[0] - here[0], aim[1] - here[1])
        far = max(1e-6, math.hypot(*way))
        there = self._village.blocked(here[0] + way[0] / far * length, here[1] + way[1] / far * length, _RADIUS)
        node.set_pos(there[0], there[1], 0.0)
        if math.dist(here, there) > _STUCK * length:
            self._stuck = 0.0
            return Step.WALKING
        self._stuck += seconds
        if self._stuck < _PATIENCE:
            return Step.WALKING
        self.stop(node)
        return Step.BLOCKED

    def turn(self, node: NodePath, goal: LPoint3, *, seconds: float) -> bool:
        """Turn towards a goal; whether it is faced now."""
        return abs(self._turn(node, (goal.x, goal.y), seconds)) < 1.0

    def stop(self, node: NodePath) -> None:
        """The walk is over: forget the way."""
        self._goal, self._way, self._stuck = None, [], 0.0

    def _turn(self, node: NodePath, aim: routes.Place, seconds: float) -> float:
        """Turn as far as there is time for; the degrees that are left."""
        wanted = math.degrees(math.atan2(-(aim[0] - node.get_x()), aim[1] - node.get_y()))
        off = (wanted - node.get_h() + 180.0) % 360.0 - 180.0
        turned = max(-_TURNING * seconds, min(_TURNING * seconds, off))
        node.set_h(node.get_h() + turned)
        return off - turned
