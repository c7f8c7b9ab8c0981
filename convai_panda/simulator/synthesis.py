"""Where the simulator's voices come from: what a turn asks of a voice, and the babble that needs nothing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .score import Voice


class Spoken(Protocol):
    """One sentence as sound, and the mouth that goes with it."""

    @property
    def text(self) -> str:
        """What is said."""

    @property
    def samples(self) -> int:
        """Length at 48 kHz."""

    def read(self, start: int, stop: int) -> bytes:
        """The samples from ``start`` to ``stop`` as mono s16le; silence after the end."""

    def weights_at(self, times: Sequence[float]) -> list[tuple[float, ...]]:
        """The viseme weights (order of ``VISEMES``) at these moments, in seconds; before and after, at rest."""


class Synthesizer(Protocol):
    """Makes sentences heard. Called on one thread; nothing in it blocks."""

    def prepare(self, sentence: str, voice: Voice) -> None:
        """Begin to make a sentence, if that takes a while."""

    def take(self, sentence: str, voice: Voice) -> Spoken | None:
        """The sentence, or None as long as it is being made."""

    async def aclose(self) -> None:
        """Give up what is under way."""


@dataclass(frozen=True, slots=True)
class Babble:
    """Speech-shaped sound made by numpy, as it is read: the voice that needs nothing."""

    def prepare(self, sentence: str, voice: Voice) -> None:
        """Nothing takes a while."""

    def take(self, sentence: str, voice: Voice) -> Spoken:
        """A sentence without a pause in it."""
        from .voice import say  # numpy takes longer to import than the rest of the package

        return say(sentence, voice)

    async def aclose(self) -> None:
        """Nothing is ever under way."""
