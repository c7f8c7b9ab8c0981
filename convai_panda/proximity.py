"""Who is talked to, by distance alone: rings, dwell, hysteresis, linger, a budget of rooms. Pure.

From far to near a character's rings are *approach* (the room is opened, nobody speaks yet) and *talk*; beyond
*leave*, a little wider than talk so that nobody flickers, the conversation is over and the room *lingers* for
some seconds in case the player turns round.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Ring(Enum):
    """How close the player is to a character, as far as conversation is concerned."""

    FAR = "far"
    APPROACH = "approach"
    TALK = "talk"
    LINGER = "linger"


class ProximityPolicy(Protocol):
    """Decides, from distances, who has a room and who is talked to."""

    @property
    def radius(self) -> float:
        """Characters farther than this need not be told about, unless they are in a ring."""

    def choose(self, distances: Mapping[str, float], now: float, pace: float) -> Mapping[str, Ring]:
        """The ring of each character that is not FAR.

        ``distances`` holds the near ones, ``now`` is game time, ``pace`` how fast the player moves (units/s).
        """


@dataclass(slots=True)
class _Seen:
    ring: Ring
    distance: float
    since: float  # when the dwell began
    kept_until: float = 0.0  # end of the linger


class Nearest:
    """Talk to the nearest character, and stay with it until it is left.

    ``approach``, ``enter`` and ``leave`` are distances in scene units, ``linger`` and ``dwell`` seconds,
    ``rooms`` the number of rooms at once. A room is opened for the nearest character once the player has been in
    its approach ring for ``dwell`` seconds without moving away, or at once where they stand still within the
    talk ring. Who runs through the rings too fast to say a word opens nothing.
    """

    def __init__(
        self,
        *,
        approach: float = 8.0,
        enter: float = 3.0,
        leave: float = 4.5,
        linger: float = 20.0,
        dwell: float = 0.7,
        rooms: int = 3,
    ) -> None:
        if not 0.0 < enter <= leave <= approach:
            raise ValueError(
                f"0 < enter <= leave <= approach must hold, got enter={enter}, leave={leave}, approach={approach}."
            )
        if linger < 0.0 or dwell < 0.0 or rooms < 1:
            raise ValueError(f"linger and dwell must be >= 0 and rooms >= 1, got {linger}, {dwell} and {rooms}.")
        self.approach = approach
        self.enter = enter
        self.leave = leave
        self.linger = linger
        self.dwell = dwell
        self.rooms = rooms
        self._seen: dict[str, _Seen] = {}
        self._partner: str | None = None

    @property
    def radius(self) -> float:
        """The approach ring, with the margin in which an opened room is kept."""
        return self.approach * _MARGIN

    def choose(self, distances: Mapping[str, float], now: float, pace: float) -> Mapping[str, Ring]:
        """See ProximityPolicy."""
        nearest = min(distances, key=distances.__getitem__, default=None)
        if self._partner is not None and distances.get(self._partner, _FAR) > self.leave:
            self._partner = None
        for key in [*distances, *(key for key in self._seen if key not in distances)]:
            self._follow(key, distances.get(key, _FAR), key == nearest, now, pace)
        if pace <= self._running:
            self._settle(distances, nearest)
        self._keep_budget(distances)
        return {key: seen.ring for key, seen in self._seen.items() if seen.ring is not Ring.FAR}

    @property
    def _running(self) -> float:
        """The pace at which the talk ring is behind the player before a word is said."""
        return 2.0 * self.enter / _WORD

    def _follow(self, key: str, distance: float, is_nearest: bool, now: float, pace: float) -> None:
        """Move one character through approach, linger and out."""
        seen = self._seen.get(key)
        if seen is None:
            if distance <= self.approach:
                self._seen[key] = _Seen(Ring.FAR, distance, now)
            return
        is_receding = distance > seen.distance + _NOISE
        seen.distance = distance
        match seen.ring:
            case Ring.FAR if distance > self.approach:
                del self._seen[key]
            case Ring.FAR:
                is_standing_close = distance <= self.enter and pace < _STILL
                if not is_nearest or is_receding or pace > self._running:
                    seen.since = now
                elif is_standing_close or now - seen.since >= self.dwell:
                    seen.ring = Ring.APPROACH
            case Ring.APPROACH if distance > self.radius:
                del self._seen[key]  # it was never talked to, so nobody misses it
            case Ring.TALK if key != self._partner:
                seen.ring = Ring.LINGER
                seen.kept_until = now + self.linger
            case Ring.LINGER if now >= seen.kept_until and distance <= self.approach:
                seen.ring = Ring.APPROACH
            case Ring.LINGER if now >= seen.kept_until:
                del self._seen[key]

    def _settle(self, distances: Mapping[str, float], nearest: str | None) -> None:
        """Begin a conversation with the nearest open character, if there is none under way."""
        if self._partner is None and nearest is not None and distances[nearest] <= self.enter:
            seen = self._seen.get(nearest)
            if seen is not None and seen.ring in (Ring.APPROACH, Ring.LINGER):
                seen.ring = Ring.TALK
                self._partner = nearest

    def _keep_budget(self, distances: Mapping[str, float]) -> None:
        """Let go of the farthest rooms that nobody talks in."""
        idle = [key for key, seen in self._seen.items() if seen.ring in (Ring.APPROACH, Ring.LINGER)]
        is_talking = self._partner is not None
        idle.sort(key=lambda key: distances.get(key, _FAR))
        for key in idle[max(0, self.rooms - is_talking) :]:
            del self._seen[key]


_FAR = float("inf")
_MARGIN = 1.2  # an opened room is kept this much farther out than it was opened
_STILL = 0.5  # units/s: slower than this is standing
_WORD = 1.5  # s: in less time than this within earshot nobody says a word
_NOISE = 1e-4  # units: a distance that grew by less than this has not grown
