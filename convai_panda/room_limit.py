"""Which idle room is let go of when the plan allows no more: the one that was used the longest time ago. Pure."""

from collections.abc import Collection, Mapping

from .proximity import Ring


class RoomLimit:
    """Remembers when each character was last talked to, in seconds of game time."""

    def __init__(self) -> None:
        self._used: dict[str, float] = {}
        self._served: set[str] = set()  # got a room from another one, and have not come in yet

    def use(self, key: str, now: float) -> None:
        """The character is talked to, or was until now."""
        self._used[key] = now

    def enter(self, key: str) -> None:
        """The character has a room."""
        self._served.discard(key)

    def choose(self, wanting: str, rings: Mapping[str, Ring], open_rooms: Collection[str]) -> str | None:
        """The room to let go of for the character that wants one; None where no room is idle enough.

        A conversation is never ended for another one. A room that was opened ahead of need goes only where somebody
        is to be talked to now, so that two characters who are both merely near do not take it from each other; and only
        one room goes for each that is wanted.
        """
        if wanting in self._served:
            return None  # that was not the reason
        idle = {Ring.LINGER, Ring.APPROACH} if rings.get(wanting) is Ring.TALK else {Ring.LINGER}
        spare = [key for key in open_rooms if key != wanting and rings.get(key) in idle]
        chosen = min(spare, key=lambda key: self._used.get(key, float("-inf")), default=None)
        if chosen is not None:
            self._served.add(wanting)
        return chosen
