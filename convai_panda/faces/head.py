"""A head that turns: a node or a joint, found in the model and given back. Main thread only."""

from __future__ import annotations

import math
import re

from panda3d.core import LPoint3, LQuaternion, LVector3, NodePath

from .driver import FaceDriver
from .joints import HeldJoint, joint_names
from .liveliness import Liveliness, Presence

_HEAD = re.compile(r"(?:^|[^a-z])head\d*$")
_SETTLING = 1.2  # s in which a head that was left alone turns ahead
_UP, _RIGHT, _AHEAD = LVector3(0, 0, 1), LVector3(1, 0, 0), LVector3(0, 1, 0)


class Head:
    """One character's head, and what it does by itself.

    ``node`` is the whole model, ``named`` the part of it that is its head, if that is known; ``looks_back`` which way
    its face looks, if that is known.
    """

    def __init__(
        self, node: NodePath, named: NodePath | None, presence: Presence, *, looks_back: bool | None, seed: str
    ) -> None:
        back = presence.looks_back if presence.looks_back is not None else looks_back
        self._sign = -1.0 if back else 1.0
        self._model = node
        self._named = named
        self._joint_name = None if back is None else _joint(node, named)
        self._can_turn = back is not None and (named is not None or self._joint_name is not None)
        self._joint: HeldJoint | None = None
        self._rest: LQuaternion | None = None
        self._liveliness = Liveliness(presence, seed)
        self._now: float | None = None
        self._left_at: float | None = None

    @property
    def can_turn(self) -> bool:
        """Whether there is something to turn, and it is known which way it looks."""
        return self._can_turn

    @property
    def shut(self) -> float:
        """How far the lids are closed, 0 to 1."""
        return self._liveliness.shut

    def update(self, now: float, root: NodePath, eyes: NodePath, player: LPoint3 | None, loudness: float) -> None:
        """Move on; ``eyes`` is where the head is, ``player`` whom it looks at, in the space of ``root``."""
        elapsed = 0.0 if self._now is None else max(0.0, min(0.25, now - self._now))
        self._now, self._left_at = now, None
        if not self._can_turn:
            self._liveliness.blink(elapsed)
            return
        goal = None if player is None else self._towards(root, eyes, player)
        self._turn(*self._liveliness.follow(elapsed, goal=goal, loudness=loudness))

    def settle(self, now: float) -> bool:
        """The player has gone: turn ahead, and then give the head back; whether it still turns."""
        if self._rest is None and self._joint is None:
            return False
        self._left_at = now if self._left_at is None else self._left_at
        elapsed, self._now = max(0.0, min(0.25, now - (self._now or now))), now
        self._turn(*self._liveliness.follow(elapsed, goal=None, loudness=0.0))
        if now - self._left_at > _SETTLING:
            self.release()
        return True

    def release(self) -> None:
        """Give it back as it was."""
        if self._joint is not None:
            self._joint.release()
            self._joint = None
        elif self._rest is not None and self._named is not None and not self._named.is_empty():
            self._named.set_quat(self._rest)
        self._rest = self._now = None

    def _towards(self, root: NodePath, eyes: NodePath, player: LPoint3) -> tuple[float, float] | None:
        way = self._model.get_relative_point(root, player) - eyes.get_pos(self._model)
        ahead, aside = self._sign * way.y, self._sign * way.x
        flat = math.hypot(ahead, aside)
        if flat < 0.05:
            return None
        return math.degrees(math.atan2(-aside, ahead)), math.degrees(math.atan2(way.z, flat))

    def _turn(self, heading: float, pitch: float, roll: float) -> None:
        turns = [(roll, _AHEAD), (self._sign * pitch, _RIGHT), (heading, _UP)]
        if self._joint_name is not None:
            self._joint = self._joint or HeldJoint(self._model, self._joint_name)
            self._joint.turn_all(turns)
        elif self._named is not None and not self._named.is_empty():
            if self._rest is None:
                self._rest = LQuaternion(self._named.get_quat())
            quat = LQuaternion()
            quat.set_hpr((heading, self._sign * pitch, roll))
            self._named.set_quat(self._rest * quat)


def living_head(
    node: NodePath, head: NodePath, presence: Presence | None, driver: FaceDriver | None, *, seed: str
) -> Head | None:
    """The head at which a voice is heard, alive as ``presence`` says; None where nothing of that is wanted or shows."""
    if presence is None:
        return None
    looks_back: bool | None = getattr(driver, "looks_back", None)
    living = Head(node, None if _is_made(head) else head, presence, looks_back=looks_back, seed=seed)
    return living if living.can_turn or driver is not None else None


def _joint(node: NodePath, named: NodePath | None) -> str | None:
    """The head's joint: the one that was named, else the one that is called so."""
    names = joint_names(node)
    if named is not None and named.name in names:
        return named.name
    if named is not None and not _is_made(named):
        return None
    simple = {name: re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() for name in names}
    return next((name for name, words in simple.items() if _HEAD.search(words)), None)


def _is_made(named: NodePath) -> bool:
    return named.name == "convai-head"
