"""Speech cut into audio frames, a stretch of them at a time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..audio.frame import SAMPLE_RATE, SAMPLE_SIZE, AudioFrame

if TYPE_CHECKING:
    from .synthesis import Spoken

FRAME = 0.020  # s of sound in one audio frame
FRAME_SAMPLES = round(FRAME * SAMPLE_RATE)
_STRETCH_FRAMES = 12  # made at a time: 0.24 s are about 2 ms of work, so that no room holds up another
_FADE_SAMPLES = 480  # 10 ms: how fast a voice that is cut off ends


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some frames of a sentence, or of the pause after it."""

    sentence: Spoken
    first: int  # frame of the sentence
    frames: int

    def span(self, index: int) -> tuple[int, int]:
        """First and last sample of one of the frames."""
        start = (self.first + index) * FRAME_SAMPLES
        return start, start + FRAME_SAMPLES


def stretches(spoken: list[Spoken], frames: list[int]) -> Iterator[Stretch]:
    """All frames of some sentences in order, each sentence filled up to its number of frames with silence."""
    for sentence, length in zip(spoken, frames, strict=True):
        for first in range(0, length, _STRETCH_FRAMES):
            yield Stretch(sentence, first, min(_STRETCH_FRAMES, length - first))


def fade(frame: AudioFrame) -> AudioFrame:
    """The frame that follows a voice cut off: its last sample let down to nothing, so that nothing clicks."""
    last = int.from_bytes(frame.pcm[-SAMPLE_SIZE:], "little", signed=True)
    falling = (round(last * (1 - i / _FADE_SAMPLES) ** 2) for i in range(_FADE_SAMPLES))
    pcm = b"".join(value.to_bytes(SAMPLE_SIZE, "little", signed=True) for value in falling)
    return AudioFrame(pcm.ljust(FRAME_SAMPLES * SAMPLE_SIZE, b"\0"))
