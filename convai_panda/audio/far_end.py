"""What the loudspeaker plays, for whoever has to take it out of the microphone's sound again.

A round of ``PandaVoice`` adds what it hands to the device, with the moment at which it will be heard; the asyncio
thread reads. Between them is one ``deque``. Nothing is kept while nobody listens.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from .frame import SAMPLE_RATE, SAMPLE_SIZE, AudioFrame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_AHEAD = 0.5  # s of sound that the device may have been given beyond what is heard now; the pump gives 0.2
_DRIFT = 0.1  # s by which the reading may lag behind the clock: an echo must never come before its reference
_BACKLOG = 400  # pieces: what eight voices are given in half a second, where nobody reads them


class _Piece(NamedTuple):
    at: float
    pcm: bytes
    sample_rate: int
    gain: float


class FarEnd:
    """All voices together, mono, as loud as each of them is."""

    def __init__(self) -> None:
        self.is_wanted = False
        self._pieces: deque[_Piece] = deque(maxlen=_BACKLOG)
        self._cursor = float("-inf")  # when what is read next is heard
        self._mix: NDArray[np.float32] | None = None  # from the cursor on

    def add(self, pcm: bytes, sample_rate: int, *, at: float, gain: float) -> None:
        """Mono s16le that begins to be heard at ``at`` (in a round)."""
        if self.is_wanted and gain > 0.0:
            self._pieces.append(_Piece(at, pcm, sample_rate, gain))

    def read(self, samples: int, now: float) -> AudioFrame:
        """The next piece at 48 kHz, as long as the microphone's; ``now`` is when that one was captured."""
        import numpy as np  # not at the top: it would be half of the package's import time

        if self._mix is None or now - self._cursor > _DRIFT:
            self._mix = np.zeros(round(_AHEAD * SAMPLE_RATE), np.float32)
            self._cursor = now
        while self._pieces:
            self._lay(self._pieces.popleft(), self._mix)
        heard = np.clip(self._mix[:samples], -32768, 32767).astype("<i2").tobytes()
        self._mix = np.concatenate([self._mix[samples:], np.zeros(samples, np.float32)])
        self._cursor += samples / SAMPLE_RATE
        return AudioFrame(heard)

    def close(self) -> None:
        """Nobody listens any more."""
        self.is_wanted = False
        self._pieces.clear()
        self._mix = None

    def _lay(self, piece: _Piece, mix: NDArray[np.float32]) -> None:
        """Add a piece where it belongs; what is past, or too far ahead, is left out."""
        import numpy as np

        sound = np.frombuffer(piece.pcm, "<i2", count=len(piece.pcm) // SAMPLE_SIZE).astype(np.float32) * piece.gain
        if piece.sample_rate != SAMPLE_RATE:
            moments = np.arange(round(len(sound) * SAMPLE_RATE / piece.sample_rate)) * piece.sample_rate / SAMPLE_RATE
            sound = np.interp(moments, np.arange(len(sound)), sound).astype(np.float32)
        start = round((piece.at - self._cursor) * SAMPLE_RATE)
        first, last = max(0, start), min(len(mix), start + len(sound))
        if first < last:
            mix[first:last] += sound[first - start : last - start]
