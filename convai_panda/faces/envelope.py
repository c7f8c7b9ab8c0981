"""A mouth that moves by loudness alone, for voices without shapes. Pure."""

import math

from .channels import Weights, pose

_RISE, _FALL = 0.025, 0.07  # s: time constants of an opening and of a closing mouth
_SILENCE = 0.006  # peak, 0 to 1: about -45 dBFS
_FORGET = 20.0  # s: time constant with which the loudest moment is forgotten
_LOUDEST = 0.08  # what a voice is at least taken to reach: a whisper opens no mouth wide
_GAMMA = 0.7  # soft sounds open a mouth more than their share


class Envelope:
    """One face's."""

    def __init__(self, channels: tuple[str, ...]) -> None:
        self._open = pose({"JawOpen": 0.55, "MouthLowerDown*": 0.25, "MouthUpperUp*": 0.1}, channels)
        self._round = pose({"MouthFunnel": 0.4, "MouthPucker": 0.2}, channels)
        self._loudest = _LOUDEST
        self._level = 0.0
        self._roundness = 0.0

    @property
    def is_still(self) -> bool:
        """Whether the mouth is shut."""
        return self._level < 0.002

    def follow(self, loudness: float, elapsed: float) -> None:
        """Move on; ``loudness`` is the peak, 0 to 1, of what is being heard."""
        self._loudest = max(loudness, _LOUDEST, self._loudest * math.exp(-elapsed / _FORGET))
        goal = (loudness / self._loudest) ** _GAMMA if loudness > _SILENCE else 0.0
        pace = _RISE if goal > self._level else _FALL
        self._level += (goal - self._level) * (1.0 - math.exp(-elapsed / pace))
        # Lips that narrow as a word fades look like vowels; they lag behind the jaw.
        self._roundness += (max(0.0, self._level - goal) - self._roundness) * (1.0 - math.exp(-elapsed / 0.05))

    @property
    def shown(self) -> Weights:
        """The mouth in channels."""
        shape: Weights = self._level * self._open + self._roundness * self._round
        return shape
