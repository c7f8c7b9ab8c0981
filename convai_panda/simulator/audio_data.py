"""The character's voice as ``audio-data`` messages, for clients that asked for it. Convai live API: audio data."""

import base64
import struct

from ..audio.frame import AudioFrame
from ..protocol.connect import AudioOutput
from ..protocol.server import AudioData

_SAMPLE_RATE = 24_000  # Hz where the client asks for none; the pages show 16, 24 and 48 kHz
_MAX_CHUNK_BYTES = 45_000  # of PCM: LiveKit takes 64,000 bytes, and base64 adds a third


class AudioDataStream:
    """Collects audio frames into chunks. One stream a turn."""

    def __init__(self, output: AudioOutput) -> None:
        self._rate = output.sample_rate or _SAMPLE_RATE
        wanted = self._rate * output.max_chunk_duration_ms // 1000 * 2
        self._chunk_bytes = min(wanted, _MAX_CHUNK_BYTES)
        self._has_header = output.add_wav_header
        self._pending = bytearray()
        self._position = 0  # samples of ours made so far: keeps the resampling even over frames
        self._received = 0

    def push(self, frame: AudioFrame) -> list[bytes]:
        """The messages that this frame completes."""
        self._pending += self._resample(frame)
        messages = []
        while len(self._pending) >= self._chunk_bytes:
            messages.append(self._message(bytes(self._pending[: self._chunk_bytes])))
            del self._pending[: self._chunk_bytes]
        return messages

    def close(self) -> list[bytes]:
        """What is left, as one last, shorter chunk."""
        rest, self._pending = bytes(self._pending), bytearray()
        return [self._message(rest)] if rest else []

    def _resample(self, frame: AudioFrame) -> bytes:
        if frame.sample_rate == self._rate:
            return frame.pcm
        import numpy as np

        samples = np.frombuffer(frame.pcm, "<i2")
        step = frame.sample_rate / self._rate
        count = int((self._received + len(samples)) / step) - self._position
        # Nearest sample at or before: the voice ends at 8 kHz, and a simulator's wire needs no better.
        places = ((np.arange(count) + self._position) * step - self._received).clip(0, len(samples) - 1)
        self._position += count
        self._received += len(samples)
        pcm: bytes = samples[places.astype(int)].tobytes()
        return pcm

    def _message(self, pcm: bytes) -> bytes:
        body = (_wav_header(len(pcm), self._rate) if self._has_header else b"") + pcm
        audio = base64.b64encode(body).decode("ascii")
        return AudioData(sample_rate=self._rate, channels=1, audio=audio, includes_wav_header=self._has_header).encode()


def _wav_header(size: int, rate: int) -> bytes:
    """The 44 bytes in front of mono s16le PCM."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", size
    )
