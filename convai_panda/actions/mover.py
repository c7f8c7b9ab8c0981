"""How a character gets from here to there: the seam for a game's own path-finding, and the plain way. Main thread."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

from panda3d.core import (
    BitMask32,
    CollisionHandlerQueue,
    CollisionNode,
    CollisionSegment,
    CollisionTraverser,
    LPoint3,
    LVector3,
    NodePath,
)

_FACING = 50.0  # degrees: who looks farther away than this turns before it walks
_KNEE = 0.5  # units above the feet, at which obstacles are looked for
_SHORTEST = 0.001  # units: a segment without a length is none
_SIDES = (-1.0, 1.0)  # of the body: one feeler each


class Step(Enum):
    """What one frame of movement came to."""

    WALKING = auto()
    ARRIVED = auto()
    BLOCKED = auto()  # no step was made: something is in the way just now


class Mover(Protocol):
    """Moves nodes, one frame at a time. A game with path-finding of its own gives one to ``Body(mover=…)``."""

    def step(self, node: NodePath, goal: LPoint3, *, near: float, seconds: float) -> Step:
        """Move ``node`` for ``seconds`` towards ``goal``, which may move (coordinates of ``node.get_top()``).

        ARRIVED once the goal is no more than ``near`` away over the ground. Raises ActionImpossible where there
        is no way at all.
        """

    def turn(self, node: NodePath, goal: LPoint3, *, seconds: float) -> bool:
        """Turn ``node`` for ``seconds`` towards ``goal``; whether it faces it now."""

    def stop(self, node: NodePath) -> None:
        """The walk is over, wherever it got to: forget what was kept for it."""


class StraightLine:
    """Walks straight, on its own level, and stops in front of obstacles.

    ``speed`` in units and ``turning`` in degrees a second. An obstacle is a collision solid under ``mask`` (default:
    CollisionNode's own default) within ``clearance`` units ahead of a body of ``width``. ``ground`` gives the height
    at (x, y). Models look along +Y; one that looks along -Y has ``heading`` 180.
    """

    def __init__(
        self,
        *,
        speed: float = 1.6,
        turning: float = 240.0,
        clearance: float = 0.8,
        width: float = 0.5,
        mask: BitMask32 | None = None,
        ground: Callable[[float, float], float] | None = None,
        heading: float = 0.0,
    ) -> None:
        if speed <= 0.0 or turning <= 0.0 or clearance < 0.0 or width < 0.0:
            raise ValueError(
                "speed and turning must be > 0, clearance and width >= 0, "
                f"got {speed}, {turning}, {clearance} and {width}."
            )
        self.speed = speed
        self.turning = turning
        self.clearance = clearance
        self.width = width
        self.ground = ground
        self.heading = heading
        self._hits = CollisionHandlerQueue()
        self._traverser = CollisionTraverser("convai-mover")
        self._node = feeler = CollisionNode("convai-feeler")
        for side in _SIDES:
            feeler.add_solid(CollisionSegment(0.0, 0.0, 0.0, side, 1.0, 0.0))
        feeler.set_from_collide_mask(CollisionNode.get_default_collide_mask() if mask is None else mask)
        feeler.set_into_collide_mask(BitMask32.all_off())
        self._feeler = NodePath(feeler)

    def step(self, node: NodePath, goal: LPoint3, *, near: float, seconds: float) -> Step:
        """See Mover."""
        root = node.get_top()
        here = node.get_pos(root)
        way = LVector3(goal.x - here.x, goal.y - here.y, 0.0)
        distance = way.length()
        if distance <= near:
            return Step.ARRIVED
        way /= distance
        off = self._turn(node, root, way, seconds)
        if abs(off) > _FACING:
            return Step.WALKING
        length = min(self.speed * seconds, distance - near)
        # What is nearer to the goal than that belongs to it.
        if self._is_blocked(node, root, here, way, min(length + self.clearance, distance - near)):
            return Step.BLOCKED
        there = here + way * length
        if self.ground is not None:
            there.z = self.ground(there.x, there.y)
        node.set_pos(root, there)
        return Step.ARRIVED if length >= distance - near else Step.WALKING

    def turn(self, node: NodePath, goal: LPoint3, *, seconds: float) -> bool:
        """See Mover."""
        root = node.get_top()
        here = node.get_pos(root)
        way = LVector3(goal.x - here.x, goal.y - here.y, 0.0)
        return way.length_squared() < 1e-6 or abs(self._turn(node, root, way, seconds)) < 1.0

    def stop(self, node: NodePath) -> None:
        """See Mover."""
        self._feeler.detach_node()

    def _turn(self, node: NodePath, root: NodePath, way: LVector3, seconds: float) -> float:
        """Turn as far as there is time for; the degrees that are left."""
        wanted = math.degrees(math.atan2(-way.x, way.y)) + self.heading
        off = (wanted - node.get_h(root) + 180.0) % 360.0 - 180.0
        turned = max(-self.turning * seconds, min(self.turning * seconds, off))
        node.set_h(root, node.get_h(root) + turned)
        return off - turned

    def _is_blocked(self, node: NodePath, root: NodePath, here: LPoint3, way: LVector3, ahead: float) -> bool:
        self._feeler.reparent_to(root)
        for number, side in enumerate(_SIDES):
            start = here + LVector3(way.y, -way.x, 0.0) * (side * self.width / 2) + LVector3(0.0, 0.0, _KNEE)
            self._node.set_solid(number, CollisionSegment(start, start + way * max(ahead, _SHORTEST)))
        self._traverser.clear_colliders()
        self._traverser.add_collider(self._feeler, self._hits)
        self._traverser.traverse(root)
        return any(not node.is_ancestor_of(hit.into_node_path) for hit in self._hits.entries)
