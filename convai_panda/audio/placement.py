"""How loud a voice is from how far: one character's distances. Pure."""

from dataclasses import dataclass

_FADE = 0.8  # share of the maximum distance at which the fade to silence begins


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicePlacement:
    """Where a voice can be heard, in scene units.

    Full level up to ``min_distance``; beyond it the level falls as min / (min + roll_off · (distance - min)), and
    over the last fifth before ``max_distance`` smoothly to true silence. ``spatial=False``: a narrator or a
    telephone, at full level in both ears from everywhere. Raises ValueError for distances that cannot be.
    """

    min_distance: float = 1.5
    max_distance: float = 20.0
    roll_off: float = 1.0
    spatial: bool = True

    def __post_init__(self) -> None:
        if not 0.0 < self.min_distance < self.max_distance:
            raise ValueError(
                f"0 < min_distance < max_distance must hold, got {self.min_distance} and {self.max_distance}."
            )
        if self.roll_off < 0.0:
            raise ValueError(f"roll_off must not be negative, got {self.roll_off}.")

    def gain(self, distance: float) -> float:
        """The level, 0 to 1, at a distance."""
        if not self.spatial or distance <= self.min_distance:
            return 1.0
        level = self.min_distance / (self.min_distance + self.roll_off * (distance - self.min_distance))
        return level * self._fade(distance)

    def _fade(self, distance: float) -> float:
        start = max(self.min_distance, _FADE * self.max_distance)
        if distance <= start:
            return 1.0
        if distance >= self.max_distance:
            return 0.0
        t = (self.max_distance - distance) / (self.max_distance - start)
        return t * t * (3.0 - 2.0 * t)
