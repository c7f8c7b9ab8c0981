"""The village's sounds, made from noise: an evening, a fire, water, steps. Pure; the same bytes each time.

Only sums and products, so that no two machines round them differently.
"""

from __future__ import annotations

import struct

import numpy as np

from samples.village.geometry import FloatArray

RATE = 22_050
_CHIRPS = 4100.0  # Hz: a cricket


def make_noises() -> dict[str, bytes]:
    """Return each sound as a WAV file: mono, 16 bits. Those that are not steps can be looped."""
    noises = {"evening": _evening(), "fire": _fire(), "water": _water()}
    noises |= {f"step-{number}": _step(number) for number in range(4)}
    return {name: _wav(sound) for name, sound in noises.items()}


def _evening() -> FloatArray:
    """Wind in leaves, and crickets in turn."""
    rng = np.random.default_rng(501)
    length = RATE * 8
    wind = _smooth(_smooth(rng.uniform(-1, 1, length), 9), 5)
    swell = _slow(rng, length, 8, 0.35, 1.0)
    sound = wind * swell * 0.35
    for start in np.arange(0.3, 7.6, 0.9):
        at = int((start + rng.uniform(0, 0.2)) * RATE)
        for pulse in range(4):
            begin = at + pulse * int(0.035 * RATE)
            tone = _tone(_CHIRPS * rng.uniform(0.98, 1.02), int(0.022 * RATE))
            end = min(length, begin + len(tone))
            sound[begin:end] += 0.045 * tone[: end - begin]
    return _looped(sound)


def _fire() -> FloatArray:
    """A low flutter with crackles."""
    rng = np.random.default_rng(502)
    length = RATE * 5
    sound = _smooth(rng.uniform(-1, 1, length), 41) * _slow(rng, length, 60, 0.5, 1.0) * 0.8
    for at in rng.integers(0, length - 900, 90):
        size = int(rng.integers(60, 500))
        fall = np.linspace(1, 0, size) ** 3
        sound[at : at + size] += rng.uniform(-1, 1, size) * fall * rng.uniform(0.1, 0.5)
    return _looped(sound)


def _water() -> FloatArray:
    """Small waves at a shore."""
    rng = np.random.default_rng(503)
    length = RATE * 6
    waves = _slow(rng, length, 10, 0.1, 1.0) ** 2
    return _looped(_smooth(rng.uniform(-1, 1, length), 6) * waves * 0.5)


def _step(number: int) -> FloatArray:
    """A shoe on stone: the heel, then the sole."""
    rng = np.random.default_rng(510 + number)
    length = int(0.22 * RATE)
    sound = np.zeros(length)
    for at, size, weight, grain in ((0.0, 0.03, 0.9, 7), (0.075, 0.06, 0.5, 4)):
        begin, count = int((at + rng.uniform(0, 0.01)) * RATE), int(size * RATE)
        fall = np.linspace(1, 0, count) ** 3
        sound[begin : begin + count] += _smooth(rng.uniform(-1, 1, count), grain) * fall * weight * 1.6
    return sound


def _tone(pitch: float, length: int) -> FloatArray:
    """A triangle wave that swells and fades."""
    phase = (np.arange(length) * (pitch / RATE)) % 1.0
    fade = np.linspace(0, 1, length)
    return (4 * np.abs(phase - 0.5) - 1) * 4 * fade * (1 - fade)


def _smooth(sound: FloatArray, width: int) -> FloatArray:
    """The mean of each stretch: what is low remains, as loud as before."""
    total = np.cumsum(np.concatenate([np.zeros(width), sound]))
    mean = (total[width:] - total[:-width]) / width
    return np.asarray(mean * np.sqrt(width) * 0.6)


def _slow(rng: np.random.Generator, length: int, points: int, low: float, high: float) -> FloatArray:
    """A curve through random points."""
    return np.interp(np.linspace(0, points, length), np.arange(points + 1), rng.uniform(low, high, points + 1))


def _looped(sound: FloatArray) -> FloatArray:
    """Without a seam: the end is faded into the beginning."""
    seam = RATE // 2
    fade = np.linspace(0, 1, seam)
    sound = sound.copy()
    sound[:seam] = sound[:seam] * fade + sound[-seam:] * (1 - fade)
    return sound[:-seam]


def _wav(sound: FloatArray) -> bytes:
    pcm = np.round(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(pcm), b"WAVE", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16,
                       b"data", len(pcm))  # fmt: skip
    return head + pcm
