"""A voice behind a wall: the treble goes. Pure; one per stream, fed with its PCM in order.

A one-pole low-pass, blended with the voice as it is; only the blend changes, so that nothing clicks. Numpy knows no
recursive filters, so the pole's response is taken as far as a sixteen-bit sample can tell.
"""

import numpy as np

_CUTOFF = 700.0  # Hz: a voice through a wall keeps its pitch and loses its consonants
_DECAYED = 1e-4  # of the first tap: under half a step of a quiet sample


class Muffle:
    """``share`` of the low-passed voice: 0 as it is, 1 behind the wall."""

    def __init__(self, sample_rate: int) -> None:
        pole = np.exp(-2.0 * np.pi * _CUTOFF / sample_rate)
        self._taps = (1.0 - pole) * pole ** np.arange(np.ceil(np.log(_DECAYED) / np.log(pole)))
        self._before = np.zeros(len(self._taps) - 1)
        self._share = 0.0

    def apply(self, pcm: bytes, share: float) -> bytes:
        """Mono s16le in and out, moving evenly from the last share to this one."""
        voice = np.frombuffer(pcm, "<i2").astype(np.float64)
        heard = np.concatenate([self._before, voice])
        dull = np.convolve(heard, self._taps, mode="valid")
        blend = np.linspace(self._share, share, len(voice) + 1)[1:]
        self._before, self._share = heard[len(heard) - len(self._before) :], share
        muffled: bytes = np.rint(voice + blend * (dull - voice)).astype("<i2").tobytes()
        return muffled
