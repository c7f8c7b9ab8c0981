"""PCM as it comes in messages, made into audio frames: headers off, down to mono, up to 48 kHz. Pure.

The resampler's state and a sample cut in two live on from chunk to chunk, so that no border is heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .frame import SAMPLE_RATE, SAMPLE_SIZE, AudioFrame

if TYPE_CHECKING:
    import numpy as np
    import soxr  # type: ignore[import-untyped]  # it has no stubs
    from numpy.typing import NDArray

_RIFF, _WAVE, _DATA = b"RIFF", b"WAVE", b"data"
_FIRST_CHUNK = 12  # bytes: where the parts of a WAV file begin
_PART_HEAD = 8  # bytes: name and size


class PcmReader:
    """One voice's chunks of s16le PCM, of any length."""

    def __init__(self) -> None:
        self._form = (SAMPLE_RATE, 1)
        self._rest = b""
        self._resampler: soxr.ResampleStream | None = None

    def read(self, chunk: bytes, *, sample_rate: int, channels: int) -> AudioFrame:
        """The next chunk, with or without a WAV header, as mono at 48 kHz."""
        if (sample_rate, channels) != self._form:
            self.finish()
            self._form = (sample_rate, channels)
        pcm = self._rest + _without_header(chunk)
        whole = len(pcm) // (SAMPLE_SIZE * channels) * SAMPLE_SIZE * channels
        self._rest = pcm[whole:]
        return self._frame(pcm[:whole], is_last=False)

    def finish(self) -> AudioFrame:
        """The voice has ended: what the resampler still holds of it."""
        frame = self._frame(b"", is_last=True) if self._resampler is not None else AudioFrame(b"")
        self._rest = b""
        self._resampler = None
        return frame

    def _frame(self, pcm: bytes, *, is_last: bool) -> AudioFrame:
        import numpy as np  # not at the top: it would be half of the package's import time

        rate, channels = self._form
        samples: NDArray[np.int16] = np.frombuffer(pcm, "<i2")
        if channels > 1:
            samples = samples.reshape(-1, channels).mean(axis=1).round().astype(np.int16)
        if rate != SAMPLE_RATE:
            samples = self._resample(samples, is_last=is_last)
        return AudioFrame(samples.astype("<i2").tobytes())

    def _resample(self, samples: NDArray[np.int16], *, is_last: bool) -> NDArray[np.int16]:
        import soxr

        if self._resampler is None:
            self._resampler = soxr.ResampleStream(self._form[0], SAMPLE_RATE, 1, dtype="int16")
        resampled: NDArray[np.int16] = self._resampler.resample_chunk(samples, last=is_last)
        return resampled


def _without_header(chunk: bytes) -> bytes:
    if chunk[:4] != _RIFF or chunk[8:12] != _WAVE:
        return chunk
    at = _FIRST_CHUNK
    while at + _PART_HEAD <= len(chunk):
        if chunk[at : at + 4] == _DATA:
            return chunk[at + _PART_HEAD :]  # its size is not looked at: a live stream's header may not know it
        size = int.from_bytes(chunk[at + 4 : at + _PART_HEAD], "little")
        at += _PART_HEAD + size + size % 2
    return b""
