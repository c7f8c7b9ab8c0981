"""How loud the player's voice is, for a bar in a user interface. Pure."""

import math
from dataclasses import dataclass

from .frame import AudioFrame

FLOOR = -90.0  # dBFS: what is shown for silence

_HOLD = 1.0  # s that a peak is held
_FALL = 30.0  # dB/s at which it falls afterwards


@dataclass(frozen=True, slots=True)
class Level:
    """In dBFS, 0 being full scale: the RMS of the last 10 ms, and the highest peak of the last moments."""

    rms: float = FLOOR
    peak: float = FLOOR


class LevelMeter:
    """Follows one microphone."""

    def __init__(self) -> None:
        self._peak = FLOOR
        self._peak_at = -math.inf

    def measure(self, frame: AudioFrame, now: float) -> Level:
        """The level with this frame; ``now`` in seconds."""
        import numpy as np  # not at the top: it would be half of the package's import time

        samples = np.frombuffer(frame.pcm, "<i2").astype(np.float64)
        if not len(samples):
            return Level()
        held = self._peak - _FALL * max(0.0, now - self._peak_at - _HOLD)
        peak = _decibels(float(np.abs(samples).max()))
        if peak >= held:
            self._peak, self._peak_at, held = peak, now, peak
        return Level(_decibels(float(np.sqrt(np.mean(samples**2)))), max(FLOOR, held))


def _decibels(value: float) -> float:
    return max(FLOOR, 20.0 * math.log10(value / 32_768.0)) if value > 0.0 else FLOOR
