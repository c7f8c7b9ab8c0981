"""A head as a rigid sphere with two ears: an HRTF data set for OpenAL that is computed, not measured. Pure.

Sound reaches the far ear later and duller, and what comes from behind is a little duller in both. It says nothing
of an outer ear's own shape, so above and below are told apart less well than by a measured set. The shadow filter
and the delays are those of Brown and Duda, "A structural model for binaural sound synthesis" (IEEE, 1998).
"""

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 48_000  # Hz

_RADIUS = 0.0875  # m, of an average head
_SOUND = 343.0  # m/s
_EAR = np.radians(100.0)  # azimuth of an ear: ears sit a little behind the middle
_DEEPEST = np.radians(150.0)  # angle from the ear at which the shadow is deepest; behind that waves meet again
_SHADOW = 0.1  # what is left of the treble there
_BEHIND = 0.4  # what an outer ear leaves of the treble from straight behind
_TAPS = 64  # samples of each response; the filter has died away after forty
_ELEVATIONS = range(-90, 91, 10)  # degrees, the order of OpenAL's format
_AROUND = 36  # azimuths at ear level
_HEADROOM = 0.5  # the treble from straight beside is twice as strong as the bass, and a tap must stay below 1


def data_set() -> bytes:
    """The set in OpenAL Soft's format MinPHR01, which every version since 1.14 reads: mono, s16le, left ear."""
    counts, responses, delays = [], [], []
    for elevation in _ELEVATIONS:
        azimuths = list(_azimuths(elevation))
        counts.append(len(azimuths))
        for azimuth in azimuths:
            responses.append(_response(azimuth, np.radians(elevation)))
            delays.append(round(_delay(_from_ear(azimuth, np.radians(elevation))) * SAMPLE_RATE))
    taps = np.round(np.array(responses) * _HEADROOM * 32_767).astype("<i2")
    header = struct.pack("<8sIBB", b"MinPHR01", SAMPLE_RATE, _TAPS, len(counts))
    return header + bytes(counts) + taps.tobytes() + bytes(delays)


def _azimuths(elevation: int) -> Iterator[float]:
    """Clockwise from the front; fewer towards the poles."""
    count = max(1, round(_AROUND * np.cos(np.radians(elevation))))
    return (2.0 * np.pi * number / count for number in range(count))


def _from_ear(azimuth: float, elevation: float) -> float:
    """The angle between the source and the left ear, as seen from the middle of the head."""
    return float(np.arccos(np.clip(np.cos(elevation) * np.cos(azimuth + _EAR), -1.0, 1.0)))


def _delay(angle: float) -> float:
    """Seconds after the first moment at which sound can reach this ear."""
    if angle < np.pi / 2.0:
        return float(_RADIUS / _SOUND * (1.0 - np.cos(angle)))
    return float(_RADIUS / _SOUND * (1.0 + angle - np.pi / 2.0))


def _response(azimuth: float, elevation: float) -> NDArray[np.float64]:
    angle = _from_ear(azimuth, elevation)
    treble = (1.0 + _SHADOW / 2.0) + (1.0 - _SHADOW / 2.0) * np.cos(angle / _DEEPEST * np.pi)
    behind = max(0.0, -np.cos(azimuth) * np.cos(elevation))
    treble *= 1.0 - (1.0 - _BEHIND) * behind
    return _shelf(treble)


def _shelf(treble: float) -> NDArray[np.float64]:
    """The response of one pole and one zero: the bass as it is, the treble times so much; it is minimum-phase."""
    k = SAMPLE_RATE * _RADIUS / _SOUND  # by the bilinear transform; the corner lies at 1.2 kHz
    b0, b1, a1 = (1.0 + treble * k) / (1.0 + k), (1.0 - treble * k) / (1.0 + k), (1.0 - k) / (1.0 + k)
    taps = np.empty(_TAPS)
    taps[0] = b0
    taps[1:] = (b1 - a1 * b0) * (-a1) ** np.arange(_TAPS - 1)
    return taps
