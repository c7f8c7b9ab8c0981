"""A sentence that a program has spoken: its sound brought to ours, its sounds' times turned into mouth shapes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..audio.frame import SAMPLE_RATE, SAMPLE_SIZE
from ..audio.pcm import PcmReader
from ..protocol.server import VISEMES

_LEVEL = 0.1  # RMS: -20 dBFS, as loud as the babble
_CEILING = 0.85  # of full scale
_SOUNDING = 0.02  # of the loudest moment: quieter than that is silence
_WINDOW = 0.010  # s
_MARGIN = 0.010  # s that are left before the first sound and after the last
_BLEND = 0.030  # s at either end of a sound in which its shape comes and goes

Wave = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Segment:
    """One sound of a language, and the mouth's shape in it; seconds from the recording's first sample."""

    start: float
    end: float
    viseme: str


class Clip:
    """One spoken sentence at 48 kHz: a ``Spoken``."""

    def __init__(self, text: str, sound: Wave, segments: Sequence[Segment]) -> None:
        """``sound`` is 48 kHz in -1 to 1; ``segments`` are in order."""
        self.text = text
        begin, end = sounding(sound)
        begin, end = max(0.0, begin - _MARGIN), min(len(sound) / SAMPLE_RATE, end + _MARGIN)
        cut = sound[round(begin * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
        loudness = float(np.sqrt(np.mean(cut**2))) if len(cut) else 0.0
        cut = _CEILING * np.tanh(cut * (_LEVEL / max(loudness, 1e-6)) / _CEILING)
        self._pcm: bytes = (cut * 32767.0).round().astype("<i2").tobytes()
        self.segments = tuple(Segment(one.start - begin, one.end - begin, one.viseme) for one in segments)
        self._moments, self._weights = _keys(self.segments)

    @property
    def samples(self) -> int:
        """Length at 48 kHz."""
        return len(self._pcm) // SAMPLE_SIZE

    def read(self, start: int, stop: int) -> bytes:
        """The samples from ``start`` to ``stop`` as s16le; silence after the end."""
        pcm: bytes = self._pcm[start * SAMPLE_SIZE : stop * SAMPLE_SIZE]
        return pcm.ljust((stop - start) * SAMPLE_SIZE, b"\0")

    def weights_at(self, times: Sequence[float]) -> list[tuple[float, ...]]:
        """The viseme weights at these moments, blended between the nearest shapes; before and after, at rest."""
        columns = [np.interp(times, self._moments, column).round(4) for column in self._weights.T]
        return [tuple(row) for row in np.column_stack(columns).tolist()]


def decode(wav: bytes) -> Wave:
    """A 16-bit WAV file's samples, mono at 48 kHz. Raises ValueError for anything else."""
    channels, rate, bits = (int.from_bytes(wav[at : at + size], "little") for at, size in ((22, 2), (24, 4), (34, 2)))
    if wav[:4] != b"RIFF" or wav[8:16] != b"WAVEfmt " or bits != 16 or not (channels and rate):
        raise ValueError("This is no WAV file with 16 bits.")
    reader = PcmReader()
    pcm = reader.read(wav, sample_rate=rate, channels=channels).pcm + reader.finish().pcm
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768.0)


def sounding(sound: Wave) -> tuple[float, float]:
    """When the first sound begins and the last one ends, in seconds; 0 and 0 where all is silent."""
    places = np.flatnonzero(is_sounding(sound))
    return (0.0, 0.0) if not len(places) else (int(places[0]) * _WINDOW, (int(places[-1]) + 1) * _WINDOW)


def pauses(sound: Wave) -> list[tuple[float, float]]:
    """The silences between the first sound and the last: begin and end in seconds, the longest first."""
    flags = is_sounding(sound)
    edges = np.flatnonzero(np.diff(flags.astype(np.int8)))
    begins = [int(edge) + 1 for edge in edges if flags[edge]]
    ends = [int(edge) + 1 for edge in edges if not flags[edge]]
    after = [end for end in ends if begins and end > begins[0]]
    found = [(begin * _WINDOW, end * _WINDOW) for begin, end in zip(begins, after, strict=False)]
    return sorted(found, key=lambda pause: pause[0] - pause[1])


def is_sounding(sound: Wave) -> npt.NDArray[np.bool_]:
    """For each 10 ms whether anything is heard."""
    window = round(_WINDOW * SAMPLE_RATE)
    count = len(sound) // window
    loudness = np.sqrt(np.mean(sound[: count * window].reshape(count, window) ** 2, axis=1))
    return np.asarray(loudness > _SOUNDING * (loudness.max() if count else 0.0))


def _keys(segments: Sequence[Segment]) -> tuple[list[float], npt.NDArray[np.float64]]:
    """Moments and the weights at them: every sound has its shape in its middle, and keeps it for a while if long."""
    moments, rows = [0.0], [_row("sil")]
    for one in segments:
        slack = max(0.0, (one.end - one.start) / 2 - _BLEND)
        middle = (one.start + one.end) / 2
        for moment in sorted({middle - slack, middle + slack}):
            if moment > moments[-1]:
                moments.append(moment)
                rows.append(_row(one.viseme))
    moments.append(max(moments[-1], segments[-1].end if segments else 0.0) + _MARGIN)
    rows.append(_row("sil"))
    return moments, np.array(rows)


def _row(viseme: str) -> tuple[float, ...]:
    return tuple(1.0 if name == viseme else 0.0 for name in VISEMES)
