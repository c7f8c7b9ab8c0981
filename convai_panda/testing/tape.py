"""What was played, from where and how loud: the mix that OpenAL would have made of it, for any moment. Pure.

A voice is a number of strips, one for each stream into the device; a strip holds pieces of sound with the moment at
which each begins to be heard, and the gain in each ear over time.
"""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..audio.frame import SAMPLE_RATE
from .mix import Mix
from .stereo import Ears

_RAMP = 512 / SAMPLE_RATE  # s over which OpenAL goes to a new gain: one mixing period
_SEAM = 1e-6  # s: pieces nearer than this follow each other
_FULL_SCALE = 32768.0


class Piece(NamedTuple):
    """Mono s16le that begins to be heard ``at`` a moment of game time."""

    at: float
    pcm: bytes
    sample_rate: int

    @property
    def end(self) -> float:
        """When the last of it has been heard."""
        return self.at + len(self.pcm) / (2 * self.sample_rate)


@dataclass(slots=True)
class Strip:
    """One stream of sound."""

    pieces: list[Piece] = field(default_factory=list)
    gains: list[tuple[float, Ears]] = field(default_factory=list)  # from a moment on
    ends_at: float = math.inf  # cut off

    def place(self, now: float, ears: Ears) -> None:
        """It is heard like this from now on."""
        if not self.gains or self.gains[-1][1] != ears:
            self.gains.append((now, ears))

    def holes(self, start: float, end: float) -> list[tuple[float, float]]:
        """Where one piece did not follow the other in time."""
        return [
            (one.end, other.at)
            for one, other in pairwise(self.pieces)
            if other.at - one.end > _SEAM and one.end < min(end, self.ends_at) and other.at > start
        ]

    def add_to(self, mix: NDArray[np.float64], start: float) -> None:
        """Lay what is heard from ``start`` on over the mix."""
        end = start + len(mix) / SAMPLE_RATE
        moments, gains = self._gains()
        for piece in self.pieces:
            if piece.end <= start or piece.at >= min(end, self.ends_at):
                continue
            sound = _samples(piece)
            first = round((piece.at - start) * SAMPLE_RATE)
            low, high = max(0, first), min(len(mix), first + len(sound))
            times = start + np.arange(low, high) / SAMPLE_RATE
            heard = sound[low - first : high - first]
            if self.ends_at < piece.end:
                heard = heard * np.clip(1.0 - (times - self.ends_at) / _RAMP, 0.0, 1.0)
            for ear in (0, 1):
                mix[low:high, ear] += heard * np.interp(times, moments, gains[:, ear])

    def _gains(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Moments and, for each, the gain in each ear: each new one is gone to, and then held."""
        moments: list[float] = []
        values: list[Ears] = []
        last = self.gains[0][1] if self.gains else Ears(0.0, 0.0)
        for moment, ears in self.gains:
            moments += [moment, moment + _RAMP]
            values += [last, ears]
            last = ears
        return np.maximum.accumulate(np.array(moments or [0.0])), np.array(values or [last])


@dataclass(slots=True)
class Tape:
    """One voice, from its first sound on."""

    strips: list[Strip] = field(default_factory=list)

    def digest(self) -> str:
        """A hash of every sample and when and how it was heard."""
        digest = hashlib.sha256()
        for strip in self.strips:
            digest.update(repr((strip.gains, strip.ends_at)).encode())
            for piece in strip.pieces:
                digest.update(repr((piece.at, piece.sample_rate)).encode() + piece.pcm)
        return digest.hexdigest()

    def holes(self, start: float, end: float) -> list[tuple[float, float]]:
        """Where sound was late."""
        return sorted(hole for strip in self.strips for hole in strip.holes(start, end))


def mixed(tapes: Iterable[Tape], start: float, end: float) -> Mix:
    """The tapes together from ``start`` to ``end``, 48 kHz stereo."""
    mix = np.zeros((max(0, round((end - start) * SAMPLE_RATE)), 2))
    for tape in tapes:
        for strip in tape.strips:
            strip.add_to(mix, start)
    return Mix(mix, SAMPLE_RATE)


def _samples(piece: Piece) -> NDArray[np.float64]:
    sound = np.frombuffer(piece.pcm, "<i2", count=len(piece.pcm) // 2) / _FULL_SCALE
    if piece.sample_rate == SAMPLE_RATE:
        return sound
    moments = np.arange(round(len(sound) * SAMPLE_RATE / piece.sample_rate)) * piece.sample_rate / SAMPLE_RATE
    return np.interp(moments, np.arange(len(sound)), sound)
