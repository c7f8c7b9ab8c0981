"""What the names in actions stand for: the contract's own targets, then what the scene knows. Main thread only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .contract import Target
from .naming import plain

_PLAYER = frozenset({"player", "me", "you", "user", "myself"})


class Targets:
    """Finds nodes by the names that the service uses.

    ``own`` are those of one character's contract, ``others`` gives those that everybody has just now, and
    ``player`` is the one that "me" means.
    """

    def __init__(self, own: Sequence[Target], others: Callable[[], Iterable[Target]], player: Target) -> None:
        self._own = tuple(own)
        self._others = others
        self._player = player

    @property
    def player(self) -> Target:
        """The player."""
        return self._player

    def all(self) -> list[Target]:
        """Every target, each name once: the first that has it."""
        by_name: dict[str, Target] = {}
        for target in (*self._own, self._player, *self._others()):
            by_name.setdefault(plain(target.name), target)
        return list(by_name.values())

    def find(self, name: str) -> Target | None:
        """The target of that name, or the only one whose name has all its words, or the other way round."""
        wanted = plain(name)
        known = {plain(target.name): target for target in self.all()}
        if (exact := known.get(wanted)) is not None:
            return exact
        if wanted in _PLAYER:
            return self._player
        words = set(wanted.split())
        close = [target for each, target in known.items() if words <= set(each.split()) or set(each.split()) <= words]
        return close[0] if len(close) == 1 else None
