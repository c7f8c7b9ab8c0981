"""Pipecat services without a model: an LLM that repeats, an STT that measures, a TTS that babbles."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import fields

import numpy as np
from pipecat.frames.frames import (
    Frame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601

_TOKEN = 0.012  # s between two pieces of text
_LETTER = 0.035  # s of babble for each letter
_SYLLABLE = 0.2  # s
_PITCH = 140.0  # Hz
_CHUNK = 0.1  # s of sound handed over at a time
_PITCHES = (60.0, 400.0)  # Hz, of a human voice
_STT_LATENCY = 0.3  # s that the turn waits for more words
_LOUD = 0.02  # of full scale, beneath which nothing was said


class EchoLLM(LLMService):
    """Repeats the last words of the player and counts how often it was spoken to."""

    def __init__(self) -> None:
        unused = dict.fromkeys(field.name for field in fields(LLMSettings) if field.name != "extra")
        super().__init__(settings=LLMSettings(**{**unused, "model": "echo"}))

    def can_generate_metrics(self) -> bool:
        """Tell how long it took."""
        return True

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer a context; pass everything else on."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        said = [message["content"] for message in frame.context.get_messages() if message["role"] == "user"]
        await self.push_frame(LLMFullResponseStartFrame())
        await self.start_ttfb_metrics()
        for word in f"You said: {said[-1].rstrip('.')}. That was message {len(said)}.".split():
            await asyncio.sleep(_TOKEN)
            await self.stop_ttfb_metrics()
            await self._push_llm_text(f"{word} ")
        await self.push_frame(LLMFullResponseEndFrame())


class MeasuringSTT(SegmentedSTTService):
    """Says how long and how high the voice was: what only the sound itself can tell."""

    def __init__(self) -> None:
        settings = STTSettings(model="measure", language=None)
        super().__init__(settings=settings, trailing_silence_secs=0.0, ttfs_p99_latency=_STT_LATENCY)

    @property
    def wants_wav_segments(self) -> bool:
        """Bare samples will do."""
        return False

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Nothing where nothing was said, as a recogniser does."""
        samples = np.frombuffer(audio, np.int16) / 32768.0
        loud = np.flatnonzero(np.abs(samples) > _LOUD)
        if not len(loud):
            yield None
            return
        seconds = (loud[-1] - loud[0]) / self.sample_rate
        text = f"{seconds:.1f} seconds at {pitch(samples[loud[0] : loud[-1]], self.sample_rate):.0f} hertz"
        yield TranscriptionFrame(text, self._user_id, time_now_iso8601(), None)


class BabbleTTS(TTSService):
    """Syllables of a hummed voice, as many as the words have letters."""

    def __init__(self) -> None:
        settings = TTSSettings(model="babble", voice="hum", language=None)
        super().__init__(push_start_frame=True, push_stop_frames=True, settings=settings)

    def can_generate_metrics(self) -> bool:
        """Tell how long it took."""
        return True

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Sound by the chunk, as a streaming service would."""
        for chunk in babble(text, self.sample_rate):
            await self.stop_ttfb_metrics()
            yield TTSAudioRawFrame(chunk, self.sample_rate, 1, context_id=context_id)


def babble(text: str, rate: int) -> Iterator[bytes]:
    """Mono s16le."""
    time = np.arange(int(_LETTER * len(text) * rate)) / rate
    voice = sum(np.sin(2 * np.pi * _PITCH * harmonic * time) / harmonic for harmonic in range(1, 6))
    shape = 0.55 - 0.45 * np.cos(2 * np.pi * time / _SYLLABLE)
    samples = (0.25 * voice * shape * 32767).astype("<i2")
    step = int(_CHUNK * rate)
    for start in range(0, len(samples), step):
        yield samples[start : start + step].tobytes()


def pitch(samples: np.ndarray, rate: int) -> float:
    """Hz, by autocorrelation."""
    spectrum = np.abs(np.fft.rfft(samples, 2 * len(samples))) ** 2
    likeness = np.fft.irfft(spectrum)
    lags = slice(int(rate / _PITCHES[1]), int(rate / _PITCHES[0]))
    return rate / (lags.start + int(np.argmax(likeness[lags])))
