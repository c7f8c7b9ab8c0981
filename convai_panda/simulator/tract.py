"""A vocal tract of numpy: a Score sung as samples. Pure.

Speech is a train of glottal pulses and a stream of noise, both shaped by formants that glide from sound to sound.
Each pulse is one inverse FFT of the vocal tract's response, so a sentence is a few batched FFTs and one
overlap-add: no loop over samples.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ..audio.frame import SAMPLE_RATE
from .score import Samples, Score, Voice

_LEVEL = 0.1  # RMS of a sentence: -20 dBFS, a usual speaking level that leaves 20 dB for peaks
_CEILING = 0.85  # of full scale: peaks above are rounded off, not cut
_VOWEL_ENERGY = 55.0  # of an open vowel's response; what is weaker is lifted by half the difference
_VOICE_GAIN = 6.0  # such a vowel then comes out near _LEVEL
_NOISE_GAIN = 6.5  # an "s" comes out some 10 dB below a vowel
_EDGE = 0.006  # s of fade at a sentence's two ends: no click
_TRACT_RATE = 16_000  # Hz: speech lives below 8 kHz; the inverse FFT brings it to SAMPLE_RATE
_TRACT_BINS = 257  # 31 Hz apart, so a pulse may ring for 32 ms
_PULSE = SAMPLE_RATE * 2 * (_TRACT_BINS - 1) // _TRACT_RATE  # samples of one pulse
_NOISE_BINS = 129
_NOISE_GRAIN = SAMPLE_RATE * 2 * (_NOISE_BINS - 1) // _TRACT_RATE  # 16 ms
_NOISE_HOP = _NOISE_GRAIN // 4  # 4 ms, Hann: four grains over each sample
_BANDWIDTHS = (80.0, 110.0, 170.0, 260.0)  # Hz, formants 1-4
_FOURTH_FORMANT = 3450.0  # Hz: carries timbre, no vowel
_PRE_RING = 24  # samples that a band-limited pulse rings before its start


def sound(score: Score, voice: Voice) -> bytes:
    """A sentence as mono s16le at 48 kHz."""
    return _to_pcm(_voiced(score, voice) + _noise(score, voice))


def _voiced(score: Score, voice: Voice) -> Samples:
    """The glottal pulses: one tract response for each, laid where the pitch puts it."""
    samples = round(score.duration * SAMPLE_RATE)
    grid = np.arange(0.0, score.duration, 0.001)
    cycles = np.cumsum(score.pitch(grid, voice)) * 0.001
    count = int(cycles[-1])
    times = np.interp(np.arange(1, count + 1), cycles, grid)
    jitter = score.random.normal(0.0, 0.0012, count) / voice.pitch
    levels = _VOICE_GAIN * score.level(times, 1) * (1.0 + 0.04 * score.random.standard_normal(count))
    loudness = (levels * np.sqrt(110.0 / voice.pitch)).astype(np.float32)
    pulses = np.fft.irfft(_tract(score, times, voice) * loudness[:, None], n=_PULSE, axis=1)
    pulses = np.roll(pulses, _PRE_RING, axis=1) * _pulse_window()
    out = np.zeros(samples + _PULSE + 1)
    for start, pulse in zip(((times + jitter).clip(0.0) * SAMPLE_RATE).astype(int), pulses, strict=True):
        out[start : start + _PULSE] += pulse
    return out[:samples]


def _tract(score: Score, times: Samples, voice: Voice) -> npt.NDArray[np.complex64]:
    """The vocal tract's response at each time: four resonances on a glottal slope. One row a pulse."""
    hertz = np.linspace(0.0, _TRACT_RATE / 2, _TRACT_BINS)
    delay = np.exp(-2j * np.pi * hertz / _TRACT_RATE).astype(np.complex64)
    response = np.ones((len(times), _TRACT_BINS), dtype=np.complex64)
    tracks = [*score.formants(times), np.full(len(times), _FOURTH_FORMANT)]
    for track, width in zip(tracks, _BANDWIDTHS, strict=True):
        radius = np.exp(-np.pi * width / _TRACT_RATE)
        angle = 2 * np.pi * np.clip(track * voice.formant_scale, 200.0, 7000.0) / _TRACT_RATE
        turn = (2 * radius * np.cos(angle)).astype(np.float32)[:, None]
        damping = np.float32(radius**2)
        # Unity gain at 0 Hz, as in a tract that does not amplify.
        response *= (1.0 - turn + damping) / (1.0 - turn * delay + damping * delay**2)
    # -10 dB an octave from the folds, +6 from the lips; nothing at 0 Hz; a soft end below 8 kHz.
    slope = (hertz / 150.0) / (1.0 + (hertz / 150.0) ** 2) ** 0.85 * np.clip((7900.0 - hertz) / 1500.0, 0.0, 1.0)
    response *= slope.astype(np.float32)
    energy = np.sqrt(np.sum(np.abs(response) ** 2, axis=1))
    lifted: npt.NDArray[np.complex64] = response * np.sqrt(_VOWEL_ENERGY / energy).astype(np.float32)[:, None]
    return lifted


def _noise(score: Score, voice: Voice) -> Samples:
    """Hiss and bursts, and the breath in a voice: grains of shaped noise, only where there is any."""
    samples = round(score.duration * SAMPLE_RATE)
    starts = np.arange(0, samples, _NOISE_HOP)
    times = (starts + _NOISE_GRAIN / 2) / SAMPLE_RATE
    levels = score.level(times, 2) + 0.03 * voice.breath * score.level(times, 1)
    hertz = np.linspace(0.0, _TRACT_RATE / 2, _NOISE_BINS)
    centre = (score.noise_hz(times) * voice.formant_scale).clip(300.0, 6800.0)[:, None]
    shape = np.exp(-0.5 * ((hertz - centre) / (0.30 * centre + 350.0)) ** 2) + 0.04
    shape[:, 0] = 0.0
    size = (len(times), _NOISE_BINS)
    spectra = shape * (score.random.standard_normal(size) + 1j * score.random.standard_normal(size))
    grains = np.fft.irfft(spectra, n=_NOISE_GRAIN, axis=1) * np.hanning(_NOISE_GRAIN) * (_NOISE_GAIN * levels)[:, None]
    out = np.zeros(samples + _NOISE_GRAIN)
    for start, grain in zip(starts, grains, strict=True):
        out[start : start + _NOISE_GRAIN] += grain
    return out[:samples]


@lru_cache(maxsize=1)
def _pulse_window() -> Samples:
    window = np.ones(_PULSE)
    window[: _PRE_RING // 2] = np.linspace(0.0, 1.0, _PRE_RING // 2)
    tail = _PULSE // 6
    window[-tail:] = np.linspace(1.0, 0.0, tail) ** 2
    return window


def _to_pcm(samples: Samples) -> bytes:
    samples = samples * (_LEVEL / max(float(np.sqrt(np.mean(samples**2))), 1e-9))
    samples = _CEILING * np.tanh(samples / _CEILING)
    edge = min(round(_EDGE * SAMPLE_RATE), len(samples) // 2)
    ramp = np.sin(np.linspace(0.0, np.pi / 2, edge)) ** 2
    samples[:edge] *= ramp
    samples[len(samples) - edge :] *= ramp[::-1]
    return (samples * 32767.0).round().astype("<i2").tobytes()
