"""The law of OpenAL's plain stereo, against levels that were measured in its real mix (dB, left and right ear)."""

import math

import pytest

from convai_panda.testing.stereo import ears

MEASURED = {
    "front": ((0.0, 1.0, 0.0), (-4.50, -4.50)),
    "behind": ((0.0, -1.0, 0.0), (-7.87, -7.87)),
    "above": ((0.0, 0.0, 1.0), (-6.02, -6.02)),
    "right by 30 degrees": ((0.5, math.sqrt(0.75), 0.0), (-13.39, -0.72)),
    "left by 45 degrees": ((-1.0, 1.0, 0.0), (-0.02, -22.5)),
    "left": ((-1.0, 0.0, 0.0), (0.0, None)),
    "right and far": ((40.0, 0.0, 0.0), (None, 0.0)),
}


@pytest.mark.parametrize(("way", "levels"), MEASURED.values(), ids=MEASURED.keys())
def test_each_ear_hears_what_was_measured(
    way: tuple[float, float, float], levels: tuple[float | None, float | None]
) -> None:
    for gain, level in zip(ears(*way), levels, strict=True):
        if level is None:
            assert gain < 1e-3
        else:
            assert 20.0 * math.log10(gain) == pytest.approx(level, abs=0.05)
