"""The level of the player's voice."""

import numpy as np
import pytest

from convai_panda import AudioFrame
from convai_panda.audio.meter import FLOOR, LevelMeter


def tone(amplitude: float) -> AudioFrame:
    samples = amplitude * 32_767 * np.sin(2 * np.pi * 1_000 * np.arange(480) / 48_000)
    return AudioFrame(samples.astype("<i2").tobytes())


def test_a_full_scale_sine_is_zero_at_its_peak_and_three_below_in_rms() -> None:
    level = LevelMeter().measure(tone(1.0), 0.0)
    assert level.peak == pytest.approx(0.0, abs=0.1)
    assert level.rms == pytest.approx(-3.0, abs=0.1)


def test_a_peak_is_held_for_a_second_and_then_falls() -> None:
    meter = LevelMeter()
    meter.measure(tone(0.5), 10.0)
    assert meter.measure(tone(0.01), 10.9).peak == pytest.approx(-6.0, abs=0.1)
    assert meter.measure(tone(0.01), 11.5).peak == pytest.approx(-21.0, abs=0.2)
    assert meter.measure(tone(0.01), 15.0).peak == pytest.approx(-40.0, abs=0.2)
    assert meter.measure(tone(0.9), 15.1).peak == pytest.approx(-0.9, abs=0.1)


def test_silence_is_the_floor() -> None:
    level = LevelMeter().measure(AudioFrame(bytes(960)), 0.0)
    assert (level.rms, level.peak) == (FLOOR, FLOOR)
