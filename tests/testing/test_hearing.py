"""What is measured of a voice in a mix: levels, sides, gaps that are none of its own pauses, and other sound."""

import numpy as np
import pytest

from convai_panda.testing import Mix, Side
from convai_panda.testing.hearing import measure, unexplained

RATE = 48_000


def voice(seconds: float = 2.0, *, left: float = 0.2, right: float = 0.1) -> Mix:
    """A tone with a pause of its own from 1.0 to 1.3 s."""
    times = np.arange(round(seconds * RATE)) / RATE
    tone = np.sin(2 * np.pi * 400 * times) * ((times < 1.0) | (times >= 1.3))
    return Mix(np.column_stack([left * tone, right * tone]), RATE)


def silence(mix: Mix) -> Mix:
    return Mix(np.zeros_like(mix.samples), RATE)


def without(mix: Mix, start: float, end: float) -> Mix:
    samples = mix.samples.copy()
    samples[round(start * RATE) : round(end * RATE)] = 0.0
    return Mix(samples, RATE)


def test_the_level_is_that_of_what_sounds_and_a_pause_is_no_gap() -> None:
    sound = measure(voice(), voice(), silence(voice()), start=10.0)
    assert sound.left == pytest.approx(20 * np.log10(0.2 / np.sqrt(2)), abs=0.05)
    assert sound.left - sound.right == pytest.approx(6.02, abs=0.05)
    assert sound.side is Side.LEFT
    assert sound.seconds == pytest.approx(1.7, abs=0.03)
    assert sound.gaps == ()


def test_what_the_mix_lacks_is_a_gap() -> None:
    sound = measure(without(voice(), 0.4, 0.48), voice(), silence(voice()), start=10.0)
    ((begin, end),) = sound.gaps
    assert begin == pytest.approx(10.4, abs=0.02)
    assert end == pytest.approx(10.48, abs=0.02)


def test_a_mix_a_little_beside_its_model_has_none() -> None:
    late = Mix(np.roll(voice().samples, round(0.012 * RATE), axis=0), RATE)
    assert measure(late, voice(), silence(voice()), start=0.0).gaps == ()


def test_while_others_speak_nothing_is_measured() -> None:
    other = without(voice(left=0.5, right=0.5), 0.5, 2.0)
    both = Mix(voice().samples + other.samples, RATE)
    assert measure(both, voice(), other, start=0.0).left == pytest.approx(20 * np.log10(0.2 / np.sqrt(2)), abs=0.1)


def test_sound_that_nobody_makes_is_found() -> None:
    odd = voice()
    odd.samples[round(1.1 * RATE) : round(1.15 * RATE)] += 0.01
    assert unexplained(voice(), voice()) == -120.0
    assert unexplained(odd, voice()) == pytest.approx(-40.0, abs=0.1)


def test_of_no_time_nothing_is_heard() -> None:
    nothing = Mix(np.zeros((0, 2)), RATE)
    assert str(measure(nothing, nothing, nothing, start=0.0)) == "nothing"
    assert unexplained(nothing, nothing) == -120.0
