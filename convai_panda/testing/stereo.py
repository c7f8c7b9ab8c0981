"""How loud a mono sound is in each ear of OpenAL Soft's plain stereo, by where it comes from. Pure.

The device decodes first-order ambisonics: half of the sound everywhere, the rest by direction, after the angle in front
has been widened by half so that a voice moves all the way to one side.
"""

import math
from typing import NamedTuple

_EVERYWHERE = 0.5
_SIDEWAYS = 0.5  # of what comes from the left, in the left ear; taken away for the right ear
_FORWARD = 0.05523056 * math.sqrt(3.0)
_WIDENING = 1.5


class Ears(NamedTuple):
    """The gain, 0 to 1, in each ear."""

    left: float
    right: float


BOTH = Ears(1.0, 1.0)  # a sound that is not placed
SILENCE = Ears(0.0, 0.0)


def ears(right: float, forward: float, up: float) -> Ears:
    """The gains of a sound in this direction, in the listener's own axes; distance does not matter."""
    distance = math.sqrt(right * right + forward * forward + up * up)
    if distance < 1e-6:
        return _ears(0.0, 0.0)
    return _ears(_widened(math.atan2(right, forward)), math.asin(max(-1.0, min(1.0, up / distance))))


def _widened(azimuth: float) -> float:
    if abs(azimuth) >= math.pi / 2:
        return azimuth
    return math.copysign(min(_WIDENING * abs(azimuth), math.pi / 2), azimuth)


def _ears(azimuth: float, elevation: float) -> Ears:
    level = math.cos(elevation)
    ahead, leftwards = _FORWARD * math.cos(azimuth) * level, -_SIDEWAYS * math.sin(azimuth) * level
    return Ears(_EVERYWHERE + leftwards + ahead, max(0.0, _EVERYWHERE - leftwards + ahead))
