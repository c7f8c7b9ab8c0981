"""Whether the microphone hears the loudspeaker at all: with headphones it does not. Pure; pieces of 10 ms at 48 kHz.

An echo canceller takes whoever speaks over a character for its echo to begin with, and costs them their first words.
Where there is nothing to cancel, it is better left out. That is shown by what is heard while nobody speaks but the
character: nothing loud, and nothing that is the character's voice a little later, be it ever so quiet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PIECE = 480  # samples
_RATE = 8_000  # Hz: what is compared; speech has enough below 4 kHz
_THIN = 6  # samples of 48 kHz make one of those
_STEP = _PIECE // _THIN
_WINDOW = _RATE  # samples of the microphone that are compared: 1 s
_LAG = _RATE // 2  # samples by which an echo may be late: 0.5 s
_EVERY = 10  # pieces between two comparisons
_BAND = (200.0, 3_600.0)  # Hz
_ECHO = 0.07  # likeness: an echo has 0.08 to 0.2, other speech and noise up to 0.06
_PROOF = 1.0  # s of the character's voice without an echo
_LOUD = 10 ** (-42.0 / 20) * 32_768  # sample value: somebody may be speaking, which proves nothing
_FAR_LOUD = 10 ** (-50.0 / 20) * 32_768  # sample value: a voice that would be heard as an echo
_FAR_SHARE = 0.5  # of the time in which it has to be that loud


class EchoWatch:
    """One microphone's. It is taken to hear the loudspeaker until the contrary is shown, and again once it does."""

    def __init__(self) -> None:
        import numpy as np  # not at the top: it would be half of the package's import time

        self._near = np.zeros(_WINDOW)
        self._far = np.zeros(_WINDOW + _LAG)
        self._pieces = 0
        self._proof = 0.0
        self.is_echoing = True

    def hear(self, near: NDArray[np.float64], far: NDArray[np.float64]) -> None:
        """10 ms of the microphone, and what the loudspeaker plays meanwhile: sample values."""
        for window, piece in ((self._near, near), (self._far, far)):
            window[:-_STEP] = window[_STEP:]
            window[-_STEP:] = piece.reshape(-1, _THIN).mean(axis=1)
        self._pieces += 1
        if self._pieces % _EVERY == 0 and self._is_far_loud():
            self._judge()

    def _judge(self) -> None:
        if _likeness(self._near, self._far) >= _ECHO:
            self.is_echoing = True
            self._proof = 0.0
        elif _level(self._near) < _LOUD:
            self._proof += _EVERY * _PIECE / 48_000
            self.is_echoing = self.is_echoing and self._proof < _PROOF

    def _is_far_loud(self) -> bool:
        """Whether an echo, however late, would have sounded through most of the window."""
        pieces = self._far[:_WINDOW].reshape(-1, _STEP)
        return bool(((pieces**2).mean(axis=1) > _FAR_LOUD**2).mean() >= _FAR_SHARE)


def _level(samples: NDArray[np.float64]) -> float:
    import numpy as np

    return float(np.sqrt((samples**2).mean()))


def _likeness(near: NDArray[np.float64], far: NDArray[np.float64]) -> float:
    """How much of one is the other up to ``_LAG`` later, 0 to 1, whatever the levels: by phases alone (GCC-PHAT)."""
    import numpy as np

    size = 1 << (len(far) - 1).bit_length()
    cross = np.fft.rfft(near, size) * np.conj(np.fft.rfft(far, size))
    pitch = np.fft.rfftfreq(size, 1.0 / _RATE)
    in_band = (pitch > _BAND[0]) & (pitch < _BAND[1])
    strength = np.abs(cross)
    phases = np.where(in_band & (strength > 0.0), cross / np.maximum(strength, 1e-12), 0.0)
    likeness = np.fft.irfft(phases, size) * size / (2 * in_band.sum())
    return float(np.abs(np.concatenate([likeness[-_LAG:], likeness[:1]])).max())
