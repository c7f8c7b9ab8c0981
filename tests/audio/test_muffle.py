"""A muffled voice: what of it is left, and that changing it is not heard as a click."""

import numpy as np
import pytest
from numpy.typing import NDArray

from convai_panda.audio.muffle import Muffle

RATE = 48_000
FRAME = 960  # samples


def tone(hertz: float, seconds: float = 0.5) -> NDArray[np.int16]:
    return (8_000 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype("<i2")


def muffled(voice: NDArray[np.int16], shares: list[float], *, frame: int = FRAME) -> NDArray[np.float64]:
    """Frame by frame; the last share lasts."""
    muffle = Muffle(RATE)
    pieces = [
        muffle.apply(voice[at : at + frame].tobytes(), shares[min(number, len(shares) - 1)])
        for number, at in enumerate(range(0, len(voice), frame))
    ]
    return np.frombuffer(b"".join(pieces), "<i2").astype(np.float64)


def level(samples: NDArray[np.float64]) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples[-RATE // 4 :] ** 2)) / (8_000 / np.sqrt(2))))


@pytest.mark.parametrize(("hertz", "decibels"), [(100.0, -0.1), (700.0, -3.0), (5_000.0, -17.0)])
def test_behind_a_wall_the_treble_goes(hertz: float, decibels: float) -> None:
    assert level(muffled(tone(hertz), [1.0])) == pytest.approx(decibels, abs=0.5)


def test_in_the_open_every_sample_is_as_it_was() -> None:
    voice = tone(997.0)
    assert np.array_equal(muffled(voice, [0.0]), voice)


def test_frames_of_any_length_are_heard_as_one_voice() -> None:
    voice = tone(997.0)
    assert np.array_equal(muffled(voice, [1.0] * 2)[FRAME:], muffled(voice, [1.0] * 2 * 96, frame=10)[FRAME:])


def test_going_behind_a_wall_does_not_click() -> None:
    voice = tone(300.0)
    heard = muffled(voice, [0.0] * 5 + [1.0] * 5 + [0.0])
    ramp = 8_000 / FRAME  # what a change of the blend within one frame may add to a step
    assert np.abs(np.diff(heard)).max() <= np.abs(np.diff(voice.astype(float))).max() + ramp
