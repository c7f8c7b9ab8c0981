"""The simulator's ear: finds speech in the player's track by how loud it is. Pure; the time is passed in."""

import math

from ..audio.frame import AudioFrame

LOUD = -45.0  # dBFS: above the noise of a room, below quiet speech

_LULL = 0.1  # s of quiet within which sounds belong together before speech has begun


class Ear:
    """Speech begins after ``start`` seconds of loud sound, and ends ``stop`` seconds after the last of it.

    ``patience`` is how long it waits instead while the words so far are no sentence yet (None: as long as otherwise).
    """

    def __init__(
        self, *, start: float = 0.2, stop: float = 0.6, patience: float | None = None, loud: float = LOUD
    ) -> None:
        self._start = start
        self._stop = stop
        self._patience = patience
        self._threshold = loud
        self.is_unfinished = False  # what the player says, as far as it has come
        self._loud = 0.0  # s of sound that could be speech
        self._last_loud = -math.inf
        self._began = 0.0
        self.is_loud = False
        self.is_speaking = False

    @property
    def end(self) -> float | None:
        """When the speech that is under way is over if nothing more is heard of it."""
        if not self.is_speaking:
            return None
        is_patient = self.is_unfinished and self._patience is not None
        return self._last_loud + (max(self._stop, self._patience or 0.0) if is_patient else self._stop)

    @property
    def duration(self) -> float:
        """Seconds from the beginning of the speech to its last sound."""
        return self._last_loud - self._began

    def hear(self, frame: AudioFrame, now: float) -> None:
        """One more frame."""
        self.is_loud = level(frame) > self._threshold
        if not self.is_loud:
            return
        if not self.is_speaking and now - self._last_loud > _LULL:
            self._loud = 0.0
            self._began = now - frame.duration
        self._loud += frame.duration
        self._last_loud = now
        self.is_speaking = self.is_speaking or self._loud >= self._start

    def close(self) -> None:
        """The speech is over, by the player's word or because it has ended."""
        self.is_speaking = self.is_loud = self.is_unfinished = False
        self._last_loud = -math.inf


def level(frame: AudioFrame) -> float:
    """RMS in dBFS; minus infinity for silence."""
    import numpy as np

    samples = np.frombuffer(frame.pcm, "<i2").astype(np.float64)
    power = float(np.mean(samples**2)) if len(samples) else 0.0
    return 10 * math.log10(power / 32768.0**2) if power else -math.inf
