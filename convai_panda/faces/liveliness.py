"""What a living head does by itself: blinks, sways, turns to whom it talks to, nods as it speaks. Pure."""

import math
import random
from dataclasses import dataclass

_BLINK = 0.16  # s that a blink lasts
_EVERY = (2.0, 6.0)  # s between two blinks
_AGAIN = 0.15  # chance of a second blink at once
_EASE = 0.22  # s: time constant of a turning head
_FASTEST = 160.0  # degrees a second
_BEYOND = 25.0  # degrees past the limit at which a head gives up and looks ahead
_NOD = 3.5  # degrees, in full
_SWAY = (1.6, 1.0, 1.1)  # degrees of heading, pitch and roll


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """How a character shows that it is there. Each part can be switched off.

    It ``looks`` at the player within ``yaw`` and ``pitch`` degrees of straight ahead, ``blinks``, ``sways`` a little,
    and ``gestures``: small nods with its own words. ``looks_back``: the model's face looks along -Y (None: as its
    mouth lies; where that is unknown the head does not turn).
    """

    looks: bool = True
    blinks: bool = True
    sways: bool = True
    gestures: bool = True
    yaw: float = 60.0
    pitch: float = 28.0
    looks_back: bool | None = None

    def __post_init__(self) -> None:
        if not (0.0 <= self.yaw <= 120.0 and 0.0 <= self.pitch <= 80.0):
            raise ValueError(f"A neck turns 0 to 120 and 0 to 80 degrees, not {self.yaw:g} and {self.pitch:g}.")


class Liveliness:
    """One head's. ``seed`` keeps two heads from moving alike."""

    def __init__(self, presence: Presence, seed: str) -> None:
        self._presence = presence
        self._random = random.Random(seed)
        self._time = self._random.uniform(0.0, 60.0)
        self._next_blink = self._random.uniform(0.3, _EVERY[1])
        self._blinked = _BLINK  # s ago
        self._yaw = self._pitch = self._level = self._nod = 0.0
        self.shut = 0.0  # how far the lids are closed, 0 to 1

    def follow(
        self, elapsed: float, *, goal: tuple[float, float] | None, loudness: float
    ) -> tuple[float, float, float]:
        """Move on; heading, pitch and roll of the head in degrees. ``goal`` is where the player is, in the same."""
        self._time += elapsed
        self.blink(elapsed)
        self._turn(elapsed, self._within(goal))
        self._speak(elapsed, loudness)
        heading, pitch, roll = self._yaw, self._pitch - _NOD * self._nod, 0.0
        if self._presence.sways:
            heading += _SWAY[0] * math.sin(0.61 * self._time) * math.sin(0.23 * self._time)
            pitch += _SWAY[1] * math.sin(0.83 * self._time + 1.0)
            roll = _SWAY[2] * math.sin(0.47 * self._time + 2.0)
        return heading, pitch, roll

    def blink(self, elapsed: float) -> None:
        """Move on with the lids alone, where the head does not turn."""
        self._next_blink -= elapsed
        if self._next_blink <= 0.0:
            self._blinked = 0.0
            is_again = self._random.random() < _AGAIN
            self._next_blink = 0.30 if is_again else self._random.uniform(*_EVERY)
        elif self._blinked < _BLINK:
            self._blinked += elapsed
        share = min(1.0, self._blinked / _BLINK)
        self.shut = math.sin(math.pi * share) if self._presence.blinks and share < 1.0 else 0.0

    def _within(self, goal: tuple[float, float] | None) -> tuple[float, float]:
        """Where the head turns: to the goal as far as the neck goes; ahead where that is out of reach."""
        presence = self._presence
        if goal is None or not presence.looks or abs(goal[0]) > presence.yaw + _BEYOND:
            return 0.0, 0.0
        return (
            max(-presence.yaw, min(presence.yaw, goal[0])),
            max(-presence.pitch, min(presence.pitch, goal[1])),
        )

    def _turn(self, elapsed: float, goal: tuple[float, float]) -> None:
        share, most = 1.0 - math.exp(-elapsed / _EASE), _FASTEST * elapsed
        self._yaw += max(-most, min(most, (goal[0] - self._yaw) * share))
        self._pitch += max(-most, min(most, (goal[1] - self._pitch) * share))

    def _speak(self, elapsed: float, loudness: float) -> None:
        """A nod where a word is louder than those before it."""
        level = loudness if self._presence.gestures else 0.0
        self._level += (level - self._level) * (1.0 - math.exp(-elapsed / 0.8))
        stress = min(1.0, max(0.0, level - 1.3 * self._level) * 4.0)
        self._nod += (stress - self._nod) * (1.0 - math.exp(-elapsed / 0.12))
