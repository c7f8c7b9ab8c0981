"""The simulator's ear: how loud the player's voice is, and for how long. Pure."""

import math

from ..audio.frame import AudioFrame

LOUD = -45.0  # dBFS: above the noise of a room, below quiet speech


class Ear:
    """Counts what arrives on the player's track."""

    def __init__(self) -> None:
        self.heard = 0.0  # s of sound so far
        self.loud = 0.0  # s of it that could be speech
        self.is_loud = False

    def hear(self, frame: AudioFrame) -> None:
        """One more frame."""
        self.heard += frame.duration
        self.is_loud = level(frame) > LOUD
        if self.is_loud:
            self.loud += frame.duration


def level(frame: AudioFrame) -> float:
    """RMS in dBFS; minus infinity for silence."""
    import numpy as np

    samples = np.frombuffer(frame.pcm, "<i2").astype(np.float64)
    power = float(np.mean(samples**2)) if len(samples) else 0.0
    return 10 * math.log10(power / 32768.0**2) if power else -math.inf
