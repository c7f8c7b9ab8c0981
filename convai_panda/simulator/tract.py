"""A vocal tract of numpy: a Score sung as samples, a little at a time. Pure.

Speech is a train of glottal pulses and a stream of noise, both shaped by formants that glide from sound to sound.
Each pulse is one inverse FFT of the vocal tract's response, so a stretch of speech is two batched FFTs and an
overlap-add: no loop over samples.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ..audio.frame import SAMPLE_RATE, SAMPLE_SIZE
from .score import Samples, Score, Voice

_LEVEL = 0.1  # RMS of a sentence: -20 dBFS, a usual speaking level that leaves 20 dB for peaks
_CEILING = 0.85  # of full scale: peaks above are rounded off, not cut
_EDGE = 0.006  # s of fade at a sentence's two ends: no click
_STRETCH = round(0.24 * SAMPLE_RATE)  # samples sung at a time: about 2 ms of work

_VOWEL_ENERGY = 55.0  # of an open vowel's response; what is weaker is lifted by half the difference
_NOISE_GAIN = 1.1  # an "s" comes out some 10 dB below a vowel
_SURVEY = 0.050  # s between the points at which a sentence's level is estimated before it is sung
_SURVEY_LOSS = 0.97  # of the estimate is heard: pulses overlap, peaks are rounded off

_TRACT_RATE = 16_000  # Hz: speech lives below 8 kHz; the inverse FFT brings it to SAMPLE_RATE
_TRACT_BINS = 257  # 31 Hz apart, so a pulse may ring for 32 ms
_PULSE = SAMPLE_RATE * 2 * (_TRACT_BINS - 1) // _TRACT_RATE  # samples of one pulse
_NOISE_BINS = 129
_NOISE_GRAIN = SAMPLE_RATE * 2 * (_NOISE_BINS - 1) // _TRACT_RATE  # 16 ms
_NOISE_HOP = _NOISE_GRAIN // 4  # 4 ms, Hann: four grains over each sample
_BANDWIDTHS = (80.0, 110.0, 170.0, 260.0)  # Hz, formants 1-4
_FOURTH_FORMANT = 3450.0  # Hz: carries timbre, no vowel
_PRE_RING = 24  # samples that a band-limited pulse rings before its start

Spectra = npt.NDArray[np.complex64]


class Rendition:
    """One sentence as mono s16le at 48 kHz, sung as far as it is asked for. Sung once, the same for all."""

    def __init__(self, score: Score, voice: Voice) -> None:
        self._score = score
        self._voice = voice
        self.samples = round(score.duration * SAMPLE_RATE)
        self._pcm = bytearray()
        self._sum = np.zeros(self.samples + _STRETCH + max(_PULSE, _NOISE_GRAIN), dtype=np.float32)
        self._sung = 0  # samples, whole stretches
        grid = np.arange(0.0, score.duration, 0.001)
        cycles = np.cumsum(score.pitch(grid, voice)) * 0.001
        count = int(cycles[-1])
        times = np.interp(np.arange(1, count + 1), cycles, grid)
        levels = score.level(times, 1) * (1.0 + 0.04 * score.random.standard_normal(count))
        # No larynx is a clock.
        self._times = np.sort((times + score.random.normal(0.0, 0.0012, count) / voice.pitch).clip(0.0))
        self._starts = (self._times * SAMPLE_RATE).astype(int)
        self._levels = (levels * np.sqrt(110.0 / voice.pitch)).astype(np.float32)
        self._gain = np.float32(_LEVEL / max(self._survey(), 1e-6))

    def read(self, start: int, stop: int) -> bytes:
        """The samples from ``start`` to ``stop``; silence after the end."""
        while self._sung < min(stop, self.samples):
            self._sing()
        pcm = bytes(self._pcm[start * SAMPLE_SIZE : stop * SAMPLE_SIZE])
        return pcm.ljust((stop - start) * SAMPLE_SIZE, b"\0")

    def _survey(self) -> float:
        """The sentence's RMS, estimated from its pulses' energies at a few points."""
        places = np.arange(0.0, self._score.duration, _SURVEY)
        energies = np.sum(np.abs(_tract(self._score, places, self._voice)) ** 2, axis=1)
        energy = float(np.sum(np.interp(self._times, places, energies) * self._levels**2))
        return _SURVEY_LOSS * float(np.sqrt(2 * energy / _PULSE / max(self.samples, 1)))

    def _sing(self) -> None:
        """One more stretch: everything that begins in it, summed; then no later pulse reaches back."""
        begin, end = self._sung, self._sung + _STRETCH
        self._add_pulses(begin, end)
        self._add_noise(begin, min(end, self.samples))
        self._sung = end
        stretch = self._sum[begin : min(end, self.samples)] * self._gain
        stretch = _CEILING * np.tanh(stretch / _CEILING)
        position = np.arange(begin, begin + len(stretch))
        edge = np.minimum(position, self.samples - 1 - position) / (_EDGE * SAMPLE_RATE)
        stretch *= np.sin(np.clip(edge, 0.0, 1.0) * np.pi / 2) ** 2
        self._pcm += (stretch * 32767.0).round().astype("<i2").tobytes()
        if self._sung >= self.samples:
            self._sum = np.zeros(0, dtype=np.float32)

    def _add_pulses(self, begin: int, end: int) -> None:
        """The voice: one response of the tract for each pulse, laid where the pitch puts it."""
        first, last = np.searchsorted(self._starts, (begin, end))
        if first == last:
            return
        spectra = _tract(self._score, self._times[first:last], self._voice) * self._levels[first:last, None]
        pulses = np.fft.irfft(spectra, n=_PULSE, axis=1)
        pulses *= _pulse_window()
        for start, pulse in zip(self._starts[first:last].tolist(), pulses, strict=True):
            self._sum[start : start + _PULSE] += pulse

    def _add_noise(self, begin: int, end: int) -> None:
        """Hiss and bursts, and the breath in a voice: grains of shaped noise."""
        score, voice = self._score, self._voice
        starts = np.arange(begin, end, _NOISE_HOP)
        times = (starts + _NOISE_GRAIN / 2) / SAMPLE_RATE
        levels = (score.level(times, 2) + 0.03 * voice.breath * score.level(times, 1)).astype(np.float32)
        centre = (score.noise_hz(times) * voice.formant_scale).clip(300.0, 6800.0)[:, None]
        hertz = np.linspace(0.0, _TRACT_RATE / 2, _NOISE_BINS)
        shape = np.exp(-0.5 * ((hertz - centre) / (0.30 * centre + 350.0)) ** 2) + 0.04
        shape[:, 0] = 0.0
        random = score.random.standard_normal((2, len(times), _NOISE_BINS), dtype=np.float32)
        spectra = (shape.astype(np.float32) * (_NOISE_GAIN * levels)[:, None]) * (random[0] + 1j * random[1])
        grains = np.fft.irfft(spectra, n=_NOISE_GRAIN, axis=1) * np.hanning(_NOISE_GRAIN).astype(np.float32)
        for start, grain in zip(starts.tolist(), grains, strict=True):
            self._sum[start : start + _NOISE_GRAIN] += grain


def _tract(score: Score, times: Samples, voice: Voice) -> Spectra:
    """The vocal tract's response at each time: four resonances on a glottal slope. One row a pulse."""
    delay, slope = _constants()
    response = np.ones((len(times), _TRACT_BINS), dtype=np.complex64)
    tracks = [*score.formants(times), np.full(len(times), _FOURTH_FORMANT)]
    for track, width in zip(tracks, _BANDWIDTHS, strict=True):
        radius = np.exp(-np.pi * width / _TRACT_RATE)
        angle = 2 * np.pi * np.clip(track * voice.formant_scale, 200.0, 7000.0) / _TRACT_RATE
        turn = (2 * radius * np.cos(angle)).astype(np.float32)[:, None]
        damping = np.float32(radius**2)
        # Unity gain at 0 Hz, as in a tract that does not amplify.
        response *= (1.0 - turn + damping) / (1.0 - turn * delay + damping * delay**2)
    response *= slope
    energy = np.sqrt(np.sum(np.abs(response) ** 2, axis=1))
    response *= np.sqrt(_VOWEL_ENERGY / energy).astype(np.float32)[:, None]
    return response


@lru_cache(maxsize=1)
def _constants() -> tuple[Spectra, Spectra]:
    """The delay of one sample at each frequency, and the slope of voice and lips."""
    hertz = np.linspace(0.0, _TRACT_RATE / 2, _TRACT_BINS)
    delay = np.exp(-2j * np.pi * hertz / _TRACT_RATE)
    # -10 dB an octave from the folds, +6 from the lips; nothing at 0 Hz; a soft end below 8 kHz.
    slope = (hertz / 150.0) / (1.0 + (hertz / 150.0) ** 2) ** 0.85 * np.clip((7900.0 - hertz) / 1500.0, 0.0, 1.0)
    # Moved on by the ring before its start, which otherwise would wrap around to the pulse's end.
    moved = slope * np.exp(-2j * np.pi * hertz * _PRE_RING / SAMPLE_RATE)
    return delay.astype(np.complex64), moved.astype(np.complex64)


@lru_cache(maxsize=1)
def _pulse_window() -> npt.NDArray[np.float32]:
    window = np.ones(_PULSE)
    window[: _PRE_RING // 2] = np.linspace(0.0, 1.0, _PRE_RING // 2)
    tail = _PULSE // 6
    window[-tail:] = np.linspace(1.0, 0.0, tail) ** 2
    return window.astype(np.float32)
