"""The player's voice without the loudspeaker's echo, the room's noise and the desk's rumble. Where LiveKit runs.

LiveKit's audio processing finds the echo's delay by itself, up to 300 ms; it works in pieces of 10 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..audio.echo_watch import EchoWatch
from ..audio.frame import SAMPLE_RATE, SAMPLE_SIZE, AudioFrame

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

_PIECE = SAMPLE_RATE // 100 * SAMPLE_SIZE  # bytes: 10 ms
_SPEECH = 10 ** (-42.0 / 20) * 32_768  # sample value: an echo that is being learnt stays below, quiet speech is above
_GAINED = 0.5  # share of the gain that is applied: the whole of it makes a well-set microphone too loud
_RELEASE = _GAINED * 0.010 / 0.3  # share a piece: 0.3 s after speech its gain is gone, words within that keep it


class Cleaning:
    """A VoiceCleaner that is made when it is first needed: before that nobody may have a microphone."""

    def __init__(self) -> None:
        self._cleaner: VoiceCleaner | None = None

    def clean(self, rtc: ModuleType, near: AudioFrame, far: AudioFrame) -> AudioFrame:
        """See VoiceCleaner."""
        if self._cleaner is None:
            self._cleaner = VoiceCleaner(rtc)
        return self._cleaner.clean(near, far)


class VoiceCleaner:
    """One microphone's processing; ``rtc`` is LiveKit's module."""

    def __init__(self, rtc: ModuleType) -> None:
        self._rtc = rtc
        self._cancelling: Any = rtc.AudioProcessingModule(echo_cancellation=True)
        self._cleaning: Any = rtc.AudioProcessingModule(noise_suppression=True, high_pass_filter=True)
        self._levelling: Any = rtc.AudioProcessingModule(auto_gain_control=True)
        self._echo = EchoWatch()
        self._was_echoing = True
        self._share = 0.0  # of the gain that is applied

    def clean(self, near: AudioFrame, far: AudioFrame) -> AudioFrame:
        """The microphone's frame without what the loudspeaker plays meanwhile; both 48 kHz, whole 10 ms."""
        if near.sample_rate != SAMPLE_RATE or len(near.pcm) % _PIECE:
            return near
        heard = far.pcm.ljust(len(near.pcm), b"\0")
        starts = range(0, len(near.pcm), _PIECE)
        return AudioFrame(b"".join(self._clean(near.pcm[at : at + _PIECE], heard[at : at + _PIECE]) for at in starts))

    def _clean(self, near: bytes, far: bytes) -> bytes:
        self._cancelling.process_reverse_stream(self._frame(far))
        self._echo.hear(_samples(near), _samples(far))
        piece = self._frame(near)
        self._cancelling.process_stream(piece)  # also where there is no echo, so as to be ready for one
        piece = self._frame(self._chosen(near, bytes(piece.data)))
        self._cleaning.process_stream(piece)
        return self._level(bytes(piece.data))

    def _chosen(self, near: bytes, cancelled: bytes) -> bytes:
        """The microphone as it is where it hears no loudspeaker: cancelling would cost the player's first words."""
        was, self._was_echoing = self._was_echoing, self._echo.is_echoing
        if was is self._was_echoing:
            return cancelled if was else near
        import numpy as np  # not at the top: it would be half of the package's import time

        old, new = (cancelled, near) if was else (near, cancelled)
        fade = np.linspace(0.0, 1.0, len(near) // SAMPLE_SIZE)
        return bytes((_samples(old) * (1.0 - fade) + _samples(new) * fade).astype("<i2").tobytes())

    def _level(self, pcm: bytes) -> bytes:
        """Even the level out while there is speech: the gain would otherwise raise what is left of the echo again."""
        import numpy as np  # not at the top: it would be half of the package's import time

        piece = self._frame(pcm)
        self._levelling.process_stream(piece)
        plain, levelled = _samples(pcm), _samples(bytes(piece.data))
        is_speech = np.sqrt(np.mean(plain**2)) > _SPEECH
        before, self._share = self._share, _GAINED if is_speech else max(0.0, self._share - _RELEASE)
        share = np.linspace(before, self._share, len(plain))
        return bytes((plain + share * (levelled - plain)).astype("<i2").tobytes())

    def _frame(self, pcm: bytes) -> Any:
        return self._rtc.AudioFrame(
            data=bytearray(pcm), sample_rate=SAMPLE_RATE, num_channels=1, samples_per_channel=len(pcm) // SAMPLE_SIZE
        )


def _samples(pcm: bytes) -> NDArray[np.float64]:
    import numpy as np

    return np.frombuffer(pcm, "<i2").astype(np.float64)
