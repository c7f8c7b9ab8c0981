"""Whose face moves in which frame. Main thread only.

A few faces move in every frame. A crowd takes turns, so that it costs no more: each moves in every second frame, the
one that is talked to in each.
"""

from __future__ import annotations

from collections.abc import Callable

from panda3d.core import LPoint3, NodePath

from .character import Character
from .proximity import Ring

_AT_ONCE = 4  # faces that all move in every frame


class FacesRota:
    """The characters whose heads and faces are followed: those in a ring, and those that still come to rest."""

    def __init__(self) -> None:
        self._moving: list[Character] = []
        self._turn = 0

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
        if not crowd:
            return
        is_crowded = len(crowd) > _AT_ONCE
        talked_to = partner() if is_crowded else None
        self._turn = 1 - self._turn
        for number, character in enumerate(crowd):
            if is_crowded and number % 2 != self._turn and character is not talked_to:
                continue
            if not character._show(now, root, ears) and character.ring is Ring.FAR:
                self.remove(character)
