"""The player's voice in: the seam, and two microphones without a device. Runs on the asyncio thread."""

import asyncio
import wave
from collections import deque
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

from ..errors import MicrophoneUnavailable
from .frame import SAMPLE_RATE, AudioFrame
from .pcm import PcmReader

FRAME = 0.010  # s: what echo cancellation works in
FRAME_BYTES = 960  # of it: mono s16le at 48 kHz


class Microphone(Protocol):
    """Where the player's voice comes from. ``Convai(microphone=…)`` takes one."""

    @property
    def name(self) -> str:
        """What it is called, for a settings page; after opening, the device that is really used."""

    def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """Open it, give 10 ms of mono at 48 kHz at a time in real time, and close it when the iterator is closed.

        Raises MicrophoneUnavailable where it cannot be opened, or when it goes away.
        """


class WavMicrophone:
    """Speaks WAV files instead of the player: tests, bots, demos. Between them it is silent.

    ``path`` is spoken as soon as the microphone is opened, and ``speak`` adds another one at any time. Raises
    MicrophoneUnavailable for a file that cannot be read or is not 16-bit PCM.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.name = "WAV file"
        self._spoken: deque[bytes] = deque()
        self._said = 0
        if path is not None:
            self.speak(path)

    def speak(self, path: str | Path) -> None:
        """Speak a file after what is being spoken (any thread)."""
        pcm = _read_wav(Path(path))
        pcm += bytes(-len(pcm) % FRAME_BYTES)
        self._spoken.extend(pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES))

    @property
    def is_speaking(self) -> bool:
        """Whether something is still to be spoken."""
        return bool(self._spoken)

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """See Microphone."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            yield AudioFrame(self._spoken.popleft() if self._spoken else bytes(FRAME_BYTES))
            due += FRAME
            await asyncio.sleep(due - loop.time())


class SilentMicrophone(WavMicrophone):
    """A microphone that hears nothing: a game's other parts can be tried without one."""

    def __init__(self) -> None:
        super().__init__()
        self.name = "silence"


def _read_wav(path: Path) -> bytes:
    """Mono s16le at 48 kHz."""
    try:
        with wave.open(str(path)) as file:
            if file.getsampwidth() != 2:
                raise MicrophoneUnavailable(f"{path} has {8 * file.getsampwidth()}-bit samples; 16-bit PCM is needed.")
            rate, channels, pcm = file.getframerate(), file.getnchannels(), file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise MicrophoneUnavailable(f"{path} cannot be read as a WAV file: {error}") from None
    reader = PcmReader()
    head = reader.read(pcm, sample_rate=rate, channels=channels).pcm
    return head + reader.finish().pcm if rate != SAMPLE_RATE else head
