"""The engine's real mix, written to a WAV by OpenAL's wave backend, and measured. Pure but for the file.

OpenAL reads its settings when the first audio manager is made, so ``capture_mix`` must come before the ShowBase.
"""

import os
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

_FULL_SCALE = 32768.0
_FLOOR = -120.0  # dBFS reported for digital silence

# No HRTF and no limiter, so that levels follow the distance law to the bit.
_ALSOFT = """\
[general]
drivers=wave
frequency=48000
channels=stereo
sample-type=int16
period_size=512
periods=3
hrtf=false
output-limiter=false
dither=false
[wave]
file={file}
bformat=false
"""


def capture_mix(path: str | Path) -> Path:
    """Have OpenAL write what would be heard to ``path`` (48 kHz stereo WAV) instead of playing it.

    Call it before the ShowBase is made. The file is complete once every audio manager is shut down
    (``base.destroy()``, after ``convai.destroy()``).
    """
    path = Path(path).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = path.with_suffix(".alsoft.conf")
    settings.write_text(_ALSOFT.format(file=path), encoding="utf-8")
    os.environ["ALSOFT_DRIVERS"] = "wave"
    os.environ["ALSOFT_CONF"] = str(settings)
    return path


@dataclass(frozen=True, slots=True)
class Mix:
    """Captured sound: ``samples`` is float64 of shape (n, 2), left and right, full scale 1.0."""

    samples: NDArray[np.float64]
    sample_rate: int

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a captured WAV; one that was not closed properly is read as far as it goes."""
        rate, channels, data = _read_wav(Path(path).read_bytes())
        whole = len(data) // (2 * channels) * 2 * channels
        samples = np.frombuffer(data[:whole], dtype="<i2").reshape(-1, channels).astype(np.float64) / _FULL_SCALE
        return cls(samples if channels > 1 else np.repeat(samples, 2, axis=1), rate)

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate

    def between(self, start: float, end: float) -> "Mix":
        """The part from ``start`` to ``end`` seconds."""
        first, last = (max(0, round(t * self.sample_rate)) for t in (start, end))
        return Mix(self.samples[first:last], self.sample_rate)

    def level(self) -> tuple[float, float]:
        """RMS of left and right in dBFS; -120 for digital silence or nothing."""
        if not len(self.samples):
            return _FLOOR, _FLOOR
        left, right = np.sqrt(np.mean(self.samples**2, axis=0))
        return _decibels(left), _decibels(right)

    def envelope(self, window: float = 0.010) -> NDArray[np.float64]:
        """Peak of the louder ear in each ``window`` seconds, full scale 1.0."""
        size = max(1, round(window * self.sample_rate))
        whole = len(self.samples) // size * size
        if not whole:
            return np.zeros(0)
        windows = np.ascontiguousarray(self.samples[:whole]).reshape(-1, 2 * size)
        peaks: NDArray[np.float64] = np.maximum(windows.max(axis=1), -windows.min(axis=1))
        return peaks

    def sounding(self, *, threshold: float = -50.0, pause: float = 0.25) -> list[tuple[float, float]]:
        """The stretches (start, end) in seconds louder than ``threshold`` dBFS; a shorter ``pause`` is inside one."""
        window = 0.010
        loud = np.flatnonzero(self.envelope(window) > 10.0 ** (threshold / 20.0))
        stretches: list[tuple[float, float]] = []
        for index in loud:
            start, end = float(index) * window, float(index + 1) * window
            if stretches and start - stretches[-1][1] <= pause:
                stretches[-1] = (stretches[-1][0], end)
            else:
                stretches.append((start, end))
        return stretches

    def gaps(self, *, threshold: float = -60.0, at_least: float = 0.020) -> list[tuple[float, float]]:
        """The silences (start, end) within this mix's first and last sound that last ``at_least`` seconds."""
        stretches = self.sounding(threshold=threshold, pause=at_least - 1e-9)
        return [(a[1], b[0]) for a, b in pairwise(stretches)]


def _read_wav(data: bytes) -> tuple[int, int, bytes]:
    """Rate, channels and 16-bit PCM. OpenAL writes the extensible format, which ``wave`` knows only since 3.12,
    and leaves the sizes open (0xFFFFFFFF) where the device was not closed."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("This is no WAV file.")
    at, rate, channels = 12, 0, 0
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        at += 8
        if name == b"fmt ":
            channels, rate, bits = *struct.unpack_from("<HI", data, at + 2), struct.unpack_from("<H", data, at + 14)[0]
            if bits != 16:
                raise ValueError(f"Only 16-bit WAV files can be measured, this one has {bits}.")
        elif name == b"data":
            return rate, channels, data[at : at + size]
        at += size + size % 2
    raise ValueError("This WAV file holds no sound.")


def _decibels(amplitude: float) -> float:
    return max(_FLOOR, 20.0 * float(np.log10(max(amplitude, 1e-6))))
