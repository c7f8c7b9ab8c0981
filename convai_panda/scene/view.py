"""What one character sees: how far each thing is, in which direction, and whether it is in sight. Pure but for vectors.

The words change only when something has changed enough to be said again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from panda3d.core import LVector3

_STICKS = 0.1  # of a band's limit: how far beyond it something has to be before the band changes
_TURNS = 12.0  # degrees beyond a direction's limit before the direction changes
_STEEP = 50.0  # degrees above or below the horizon, from which a direction is up or down

_SECTORS = (("in front", 0.0), ("on the right", 90.0), ("behind", 180.0), ("on the left", -90.0))


@dataclass(frozen=True, slots=True)
class Band:
    """A range of distances with a name, up to ``limit`` units."""

    name: str
    limit: float


BANDS = (Band("within reach", 2.0), Band("near", 8.0), Band("some way off", 20.0), Band("far away", 40.0))


@dataclass(slots=True)
class Sight:
    """One thing as one character sees it."""

    band: Band
    direction: str
    is_in_sight: bool
    is_held: bool = False
    description: str = ""

    def words(self) -> str:
        """The description, and where it is."""
        if self.is_held:
            where = "in your hand"
        else:
            where = f"{self.band.name}, {self.direction}, {'in sight' if self.is_in_sight else 'out of sight'}"
        what = self.description.strip().rstrip(".")
        return f"{what}. {where[0].upper()}{where[1:]}." if what else f"{where[0].upper()}{where[1:]}."


def find_band(bands: Sequence[Band], distance: float, was: Band | None) -> Band | None:
    """The band of a distance, which is not left at its very edge; None beyond the last."""
    if was is not None:
        index = bands.index(was)
        lower = bands[index - 1].limit if index else 0.0
        if lower * (1.0 - _STICKS) <= distance <= was.limit * (1.0 + _STICKS):
            return was
    return next((band for band in bands if distance <= band.limit), None)


def find_direction(way: LVector3, was: str | None) -> str:
    """In words; ``way`` leads from the character to the thing, +Y forward."""
    over_ground = math.hypot(way.x, way.y)
    rise = math.degrees(math.atan2(way.z, over_ground))
    limit = _STEEP - _TURNS if was in ("above", "below") else _STEEP
    if abs(rise) > limit:
        return "above" if rise > 0 else "below"
    angle = math.degrees(math.atan2(way.x, way.y))  # 0 ahead, 90 to the right

    def off(middle: float) -> float:
        return abs((angle - middle + 180.0) % 360.0 - 180.0)

    kept = next((middle for name, middle in _SECTORS if name == was), None)
    if kept is not None and off(kept) <= 45.0 + _TURNS:
        return was or ""
    return min(_SECTORS, key=lambda sector: off(sector[1]))[0]


def is_in_field(way: LVector3, field: float) -> bool:
    """Whether the thing is within so many degrees, half of them to each side."""
    angle = abs(math.degrees(math.atan2(way.x, way.y)))
    return angle <= field / 2 or math.hypot(way.x, way.y) < 0.3
