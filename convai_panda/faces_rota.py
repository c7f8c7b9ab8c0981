"""Whose face moves in which frame. Main thread only.

A few faces move in every frame. A crowd takes turns: the one that is talked to moves in each, and of the others those
that have waited longest, as many as there is time for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from time import perf_counter

from panda3d.core import LPoint3, NodePath

from .character import Character
from .proximity import Ring

_AT_ONCE = 4  # faces that all move in every frame
_BUDGET = 0.00005  # s of a frame after which the others of a crowd wait for the next one
_LEAST = 2  # of the others move in a frame, whatever they cost,
_LONGEST = 4  # or as many as it takes that each moves in one of so many frames


class FacesRota:
    """The characters whose heads and faces are followed: those in a ring, and those that still come to rest."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._moving: list[Character] = []  # of a crowd, the one that has waited longest first

    def add(self, character: Character) -> None:
        """Follow its face from now on, until the player has gone and it is at rest."""
        if character not in self._moving:
            self._moving = [*self._moving, character]

    def remove(self, character: Character) -> None:
        """It is no character any more."""
        self._moving = [moving for moving in self._moving if moving is not character]

    def update(self, now: float, root: NodePath, ears: LPoint3, partner: Callable[[], Character | None]) -> None:
        """Show those whose turn it is; ``partner`` gives who is talked to."""
        crowd = self._moving
        if len(crowd) <= _AT_ONCE:
            for character in crowd:
                self._show(character, now, root, ears)
            return
        until = self._clock() + _BUDGET
        talked_to = partner()
        others = [character for character in crowd if character is not talked_to]
        if len(others) < len(crowd) and talked_to is not None:
            self._show(talked_to, now, root, ears)
        least = max(_LEAST, math.ceil(len(others) / _LONGEST))
        shown: list[Character] = []
        for character in others:
            if len(shown) >= least and self._clock() >= until:
                break
            shown.append(character)
            self._show(character, now, root, ears)
        still = self._moving
        self._moving = [*(each for each in still if each not in shown), *(each for each in shown if each in still)]

    def _show(self, character: Character, now: float, root: NodePath, ears: LPoint3) -> None:
        if not character._show(now, root, ears) and character.ring is Ring.FAR:
            self.remove(character)
