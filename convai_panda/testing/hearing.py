"""What is heard of one voice: how loud, from which side, for how long, and where it breaks. Pure.

The model of the mix says where the voice should be heard, and the mix that is measured, the real one or the model
itself, what is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .mix import Mix

SILENCE = -120.0  # dBFS reported for nothing

_WINDOW = 0.010  # s
_AUDIBLE = 10.0 ** (-80.0 / 20.0)  # of full scale: what is lower counts as nothing
_SOFT = 0.01  # of a voice's own peak: below it, it makes a pause
_BROKEN = 0.1  # of what should be heard: below it, it is missing
_TOLERANCE = 2  # windows by which the real mix may lie beside the model
_SHORTEST = 0.020  # s that a gap lasts
_CENTRE = 1.0  # dB between the ears, up to which a voice comes from the middle

Flags = NDArray[np.bool_]


class Side(StrEnum):
    """From where a voice is heard."""

    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard of a voice between two moments of game time; levels are RMS in dBFS while it sounds."""

    left: float
    right: float
    seconds: float  # of sound, pauses not counted
    gaps: tuple[tuple[float, float], ...]  # where it broke: begin and end, in game time

    @property
    def level(self) -> float:
        """Of the louder ear; -120 for nothing."""
        return max(self.left, self.right)

    @property
    def side(self) -> Side:
        """Where it came from."""
        if abs(self.left - self.right) <= _CENTRE:
            return Side.CENTRE
        return Side.LEFT if self.left > self.right else Side.RIGHT

    def __str__(self) -> str:
        if self.seconds == 0.0:
            return "nothing"
        where = f"{self.level:.1f} dB, {self.side} (left {self.left:.1f}, right {self.right:.1f})"
        breaks = f", {len(self.gaps)} gaps" if self.gaps else ""
        return f"{where}, for {self.seconds:.2f} s{breaks}"


def measure(
    mix: Mix, own: Mix, others: Mix | None, *, start: float, holes: Sequence[tuple[float, float]] = ()
) -> Heard:
    """What of ``mix``, which begins at ``start``, is one voice.

    ``own`` is the model of that voice and ``others`` that of all the others, None where the mix does not hold them:
    while they sound nothing is measured. ``holes`` are the moments at which its sound was late.
    """
    expected = own.envelope(_WINDOW)
    beside = np.zeros_like(expected) if others is None else others.envelope(_WINDOW)
    size = min(len(expected), len(beside), len(mix.samples) // round(_WINDOW * mix.sample_rate))
    if size == 0:
        return Heard(left=SILENCE, right=SILENCE, seconds=0.0, gaps=())
    expected, beside = expected[:size], beside[:size]
    sounding = expected > max(_AUDIBLE, _SOFT * float(expected.max(initial=0.0)))
    measured = sounding & (beside <= _AUDIBLE)
    left, right = _levels(mix, measured)
    present = mix.envelope(_WINDOW)[:size]
    missing = _all_near(measured) & (_highest_near(present) < _BROKEN * _lowest_near(expected))
    late = [(round(begin, 3), round(end, 3)) for begin, end in holes]
    return Heard(
        left=left,
        right=right,
        seconds=round(float(sounding.sum()) * _WINDOW, 3),
        gaps=tuple(sorted([*late, *_stretches(missing, start)])),
    )


def unexplained(mix: Mix, model: Mix) -> float:
    """The peak, in dBFS, of what the mix holds where by the model nothing sounds; -120 for nothing."""
    heard, expected = mix.envelope(_WINDOW), model.envelope(_WINDOW)
    size = min(len(heard), len(expected))
    if size == 0:
        return SILENCE
    peak = float(np.max(heard[:size], where=_highest(expected[:size]) <= _AUDIBLE, initial=0.0))
    return max(SILENCE, 20.0 * float(np.log10(max(peak, 1e-6))))


def _levels(mix: Mix, windows: Flags) -> tuple[float, float]:
    size = round(_WINDOW * mix.sample_rate)
    whole = mix.samples[: len(windows) * size].reshape(len(windows), size, 2)[windows]
    return Mix(whole.reshape(-1, 2), mix.sample_rate).level()


def _stretches(windows: Flags, start: float) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], windows, [False]]).astype(int)))
    pairs = [(start + int(a) * _WINDOW, start + int(b) * _WINDOW) for a, b in edges.reshape(-1, 2)]
    return [(round(a, 3), round(b, 3)) for a, b in pairs if b - a >= _SHORTEST - 1e-9]


def _near(values: NDArray[np.float64], fill: float) -> NDArray[np.float64]:
    """Each window's neighbours, of shape (windows, 2 * tolerance + 1)."""
    padded = np.pad(values.astype(np.float64), _TOLERANCE, constant_values=fill)
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * _TOLERANCE + 1)


def _highest(values: NDArray[np.float64]) -> NDArray[np.float64]:
    highest: NDArray[np.float64] = _near(values, 0.0).max(axis=1)
    return highest


def _highest_near(values: NDArray[np.float64]) -> NDArray[np.float64]:
    highest: NDArray[np.float64] = _near(values, 0.0)[:, _TOLERANCE - 1 : _TOLERANCE + 2].max(axis=1)
    return highest


def _lowest_near(values: NDArray[np.float64]) -> NDArray[np.float64]:
    lowest: NDArray[np.float64] = _near(values, np.inf).min(axis=1)
    return lowest


def _all_near(windows: Flags) -> Flags:
    return np.asarray(_near(windows.astype(np.float64), 0.0).min(axis=1) > 0.0)
