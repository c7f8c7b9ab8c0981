"""A voice of numpy: text in; speech-shaped PCM, its mouth shapes and its words' times out. Pure and repeatable.

Inside a sentence nothing falls silent, commas included: an NPC's voice is measured for gaps, so a pause has to mean
the end of a sentence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..audio.frame import SAMPLE_RATE
from ..protocol.server import VISEMES
from .score import MouthShape, Score, Voice, Word
from .tract import sound

__all__ = ["MouthShape", "Speech", "Voice", "Word", "sentences", "speak", "speak_sentence"]

_PAUSE = 0.22  # s between two sentences
# A full stop ends a sentence only before a space, so "3.5" does not; the ideographic ones always do.
_SENTENCE = re.compile("\\S.*?(?:[.!?\u2026]+[\"')\\]]*(?=\\s|$)|[\u3002\uff01\uff1f]+|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Speech:
    """Mono s16le at 48 kHz, and what a face and a subtitle need beside it."""

    pcm: bytes
    visemes: tuple[MouthShape, ...]
    words: tuple[Word, ...]
    sample_rate: int = SAMPLE_RATE

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.pcm) / 2 / self.sample_rate

    def weights_at(self, times: Sequence[float]) -> list[tuple[float, ...]]:
        """The viseme weights at these moments, blended between the nearest shapes; before and after, at rest."""
        moments = [shape.time for shape in self.visemes]
        table = np.array([shape.weights for shape in self.visemes])
        columns = [np.interp(times, moments, table[:, column]).round(4) for column in range(len(VISEMES))]
        return [tuple(row) for row in np.column_stack(columns).tolist()]


def sentences(text: str) -> tuple[str, ...]:
    """Text cut where a voice pauses."""
    return tuple(part.strip() for part in _SENTENCE.findall(text.strip()))


def speak(text: str, voice: Voice) -> Speech:
    """Say a text: one sentence after the other with a short pause between them."""
    pause = b"\0\0" * round(_PAUSE * SAMPLE_RATE)
    pcm = bytearray()
    visemes: list[MouthShape] = []
    words: list[Word] = []
    for sentence in sentences(text):
        if pcm:
            pcm += pause
        start = len(pcm) / 2 / SAMPLE_RATE
        spoken = speak_sentence(sentence, voice)
        pcm += spoken.pcm
        visemes += [MouthShape(start + shape.time, shape.weights) for shape in spoken.visemes]
        words += [Word(word.text, start + word.start, start + word.end) for word in spoken.words]
    return Speech(bytes(pcm), tuple(visemes), tuple(words))


# A few minutes of speech: crowds in a load test say the same lines over and over. 64 sentences are about 20 MB.
@lru_cache(maxsize=64)
def speak_sentence(sentence: str, voice: Voice) -> Speech:
    """Say one sentence without a pause in it."""
    score = Score(sentence, voice)
    return Speech(sound(score, voice), tuple(score.shapes), tuple(score.words))
