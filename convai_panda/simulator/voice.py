"""A voice of numpy: text in; speech-shaped PCM, its mouth shapes and its words' times out. Pure and repeatable.

Inside a sentence nothing falls silent, commas included: an NPC's voice is measured for gaps, so a pause has to mean
the end of a sentence. PCM is made as far as it is read, so that a long answer never holds up its thread.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..audio.frame import SAMPLE_RATE
from .score import MouthShape, Score, Voice, Word
from .tract import Rendition

__all__ = ["PAUSE", "MouthShape", "Sentence", "Speech", "Voice", "Word", "say", "sentences", "speak"]

PAUSE = 0.22  # s between two sentences
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


class Sentence:
    """One sentence in one voice: its length, words and mouth shapes are known before its sound is made."""

    def __init__(self, text: str, voice: Voice) -> None:
        score = Score(text, voice)
        self.text = text
        self.words = tuple(score.words)
        self.visemes = tuple(score.shapes)
        self._rendition = Rendition(score, voice)
        self._moments = [shape.time for shape in self.visemes]
        self._weights = np.array([shape.weights for shape in self.visemes])

    @property
    def samples(self) -> int:
        """Length at 48 kHz."""
        return self._rendition.samples

    def read(self, start: int, stop: int) -> bytes:
        """The samples from ``start`` to ``stop`` as s16le; silence after the end."""
        return self._rendition.read(start, stop)

    def weights_at(self, times: Sequence[float]) -> list[tuple[float, ...]]:
        """The viseme weights at these moments, blended between the nearest shapes; before and after, at rest."""
        columns = [np.interp(times, self._moments, column).round(4) for column in self._weights.T]
        return [tuple(row) for row in np.column_stack(columns).tolist()]


def sentences(text: str) -> tuple[str, ...]:
    """Text cut where a voice pauses."""
    return tuple(part.strip() for part in _SENTENCE.findall(text.strip()))


# Crowds in a load test say the same lines over and over. 64 sentences are about 20 MB.
@lru_cache(maxsize=64)
def say(sentence: str, voice: Voice) -> Sentence:
    """One sentence without a pause in it."""
    return Sentence(sentence, voice)


def speak(text: str, voice: Voice) -> Speech:
    """A whole text: one sentence after the other with a short pause between them."""
    pause = b"\0\0" * round(PAUSE * SAMPLE_RATE)
    pcm = bytearray()
    visemes: list[MouthShape] = []
    words: list[Word] = []
    for sentence in (say(part, voice) for part in sentences(text)):
        if pcm:
            pcm += pause
        start = len(pcm) / 2 / SAMPLE_RATE
        pcm += sentence.read(0, sentence.samples)
        visemes += [MouthShape(start + shape.time, shape.weights) for shape in sentence.visemes]
        words += [Word(word.text, start + word.start, start + word.end) for word in sentence.words]
    return Speech(bytes(pcm), tuple(visemes), tuple(words))
