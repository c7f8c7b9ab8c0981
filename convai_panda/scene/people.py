"""The player and the other characters, as things of the scene. Main thread only."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..actions.contract import Target
from ..character import Character
from .things import Thing


class People:
    """Everybody near the player, and the player."""

    def __init__(self, player: Target, near: Callable[[], Iterable[Character]]) -> None:
        self._player = Thing(player.name, player.node, player.description, is_character=True, is_person=True)
        self._near = near
        self._known: dict[Character, Thing] = {}

    def around(self) -> list[Thing]:
        """Those who are there just now; where they are is looked at later."""
        people = [self._player]
        for character in self._near():
            if character not in self._known:
                self._known[character] = Thing(character.name, character.node, "", is_character=True, is_person=True)
            people.append(self._known[character])
        if len(self._known) > 4 * len(people):
            self._known = {who: thing for who, thing in self._known.items() if thing in people}
        return people
