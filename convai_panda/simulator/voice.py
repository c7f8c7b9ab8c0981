"""A voice of numpy: text in; speech-shaped PCM, its mouth shapes and its words' times out. Pure and repeatable.

Speech is a train of glottal pulses and a stream of noise, both shaped by formants that glide from sound to sound.
Each pulse is one inverse FFT of the vocal tract's response, so a sentence is a few batched FFTs and one
overlap-add: no loop over samples. Inside a sentence nothing falls silent, commas included: an NPC's voice is
measured for gaps, so a pause has to mean the end of a sentence.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import numpy.typing as npt

from ..audio.frame import SAMPLE_RATE
from ..protocol.server import VISEMES
from .phonemes import PHONEMES, Manner, sounds

_PAUSE = 0.22  # s between two sentences
_LEVEL = 0.1  # RMS of a sentence: -20 dBFS, a usual speaking level that leaves 20 dB for peaks
_CEILING = 0.85  # of full scale: peaks above are rounded off, not cut
_FLOOR = 0.15  # level of the murmur that stays under closed lips: keeps the envelope above -45 dBFS
_VOWEL_ENERGY = 55.0  # of an open vowel's response; what is weaker is lifted by half the difference
_VOICE_GAIN = 6.0  # such a vowel then comes out near _LEVEL
_NOISE_GAIN = 6.5  # an "s" comes out some 10 dB below a vowel
_TEMPO = 1.15  # stretches the sounds' lengths to about 160 words a minute
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

_ENDS = ".!?…\u3002\uff01\uff1f"  # the last three end Chinese and Japanese sentences
_SENTENCE = re.compile(rf"[^{_ENDS}]*[{_ENDS}]+[\"')\]]*|[^{_ENDS}]+$")

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Voice:
    """A character's timbre: what makes two characters that say the same words sound like two people."""

    pitch: float  # Hz
    formant_scale: float  # 1.0: a tall adult; more: a shorter vocal tract
    liveliness: float  # how far the melody swings
    breath: float  # noise in the voice, 0..1
    pace: float  # 1.0: about 160 words a minute
    seed: int = 0

    @classmethod
    def of(cls, name: str) -> Self:
        """The voice that belongs to a name or an id: the same one in every process."""
        digest = hashlib.sha256(name.encode()).digest()
        share = [byte / 255 for byte in digest[:5]]
        pitch = 88.0 * 2.0 ** (1.25 * share[0])
        return cls(
            pitch=round(pitch, 1),
            # High voices come from short vocal tracts, mostly.
            formant_scale=round(0.94 + 0.16 * share[0] + 0.08 * (share[1] - 0.5), 3),
            liveliness=round(0.7 + 0.7 * share[2], 2),
            breath=round(0.25 + 0.5 * share[3], 2),
            pace=round(0.92 + 0.2 * share[4], 2),
            seed=int.from_bytes(digest[5:9], "little"),
        )


@dataclass(frozen=True, slots=True)
class Word:
    """One word and when it sounds, in seconds from the speech's first sample."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class MouthShape:
    """The fifteen viseme weights (order of ``VISEMES``) that hold at ``time``; between two, they blend."""

    time: float
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Speech:
    """Mono s16le at 48 kHz, and what a face and a subtitle need beside it."""

    pcm: bytes
    visemes: tuple[MouthShape, ...]
    words: tuple[Word, ...]
    sample_rate: int = SAMPLE_RATE

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.pcm) / 2 / self.sample_rate

    def weights_at(self, time: float) -> tuple[float, ...]:
        """The viseme weights at a moment, blended between the two nearest shapes."""
        return self._blend(np.array([time]))[0]

    def frames(self, interval: float) -> list[tuple[float, ...]]:
        """The viseme weights each ``interval`` seconds, from the first sample to the last."""
        return self._blend(np.arange(0.0, self.duration, interval))

    def _blend(self, times: Samples) -> list[tuple[float, ...]]:
        moments = [shape.time for shape in self.visemes]
        table = np.array([shape.weights for shape in self.visemes])
        columns = [np.interp(times, moments, table[:, column]).round(4) for column in range(len(VISEMES))]
        return [tuple(row) for row in np.column_stack(columns).tolist()]


def sentences(text: str) -> tuple[str, ...]:
    """Text cut where a voice pauses; joined again it is the text without its outer spaces."""
    return tuple(part for part in _SENTENCE.findall(text.strip()) if part.strip())


def speak(text: str, voice: Voice) -> Speech:
    """Say a text: one sentence after the other with a short pause between them."""
    pause = b"\0\0" * round(_PAUSE * SAMPLE_RATE)
    pcm = bytearray()
    visemes: list[MouthShape] = []
    words: list[Word] = []
    for sentence in sentences(text):
        if pcm:
            pcm += pause
        start = len(pcm) / 2 / SAMPLE_RATE
        spoken = speak_sentence(sentence.strip(), voice)
        pcm += spoken.pcm
        visemes += [MouthShape(start + shape.time, shape.weights) for shape in spoken.visemes]
        words += [Word(word.text, start + word.start, start + word.end) for word in spoken.words]
    return Speech(bytes(pcm), tuple(visemes), tuple(words))


# A few minutes of speech: crowds in a load test say the same lines over and over. 64 sentences are about 20 MB.
@lru_cache(maxsize=64)
def speak_sentence(sentence: str, voice: Voice) -> Speech:
    """Say one sentence without a pause in it."""
    score = _Score(sentence, voice)
    samples = _voiced(score, voice) + _noise(score, voice)
    return Speech(_to_pcm(samples), tuple(score.shapes), tuple(score.words))


class _Score:
    """What happens when: key times and, for each, pitch, formants, levels. Read between keys by interpolation."""

    def __init__(self, sentence: str, voice: Voice) -> None:
        self.random = np.random.default_rng([voice.seed, *hashlib.sha256(sentence.encode()).digest()[:8]])
        self.words: list[Word] = []
        self.shapes: list[MouthShape] = [_shape(0.0, "sil", 1.0)]
        self._times: list[float] = []
        self._formants: list[tuple[float, float, float]] = []
        self._levels: list[tuple[float, float, float]] = []  # time, voiced, noise: steeper than formants
        self._noise_hz: list[float] = []
        self._accents: list[tuple[float, float]] = []
        tokens = sentence.split()
        clock = 0.0
        for index, token in enumerate(tokens):
            start = clock
            names = sounds("".join(c for c in token if c.isalnum() or ord(c) > 127) or "m")
            # Speakers slow down at a comma and before the end.
            stretch = 1.35 if index == len(tokens) - 1 else 1.22 if token[-1] in ",;:—-" else 1.0
            for position, name in enumerate(names):
                is_tail = position >= len(names) - 2
                length = stretch if is_tail else 1.0
                is_accent = position == _first_vowel(names) and len(names) > 2
                clock = self._add(name, clock, length * (1.12 if is_accent else 1.0) * _TEMPO / voice.pace)
                if is_accent:
                    self._accents.append((clock - 0.05, float(self.random.uniform(0.5, 1.0))))
            self.words.append(Word(token, start, clock))
        self.duration = clock
        self._is_question = sentence.rstrip("\"')]").endswith(("?", "\uff1f"))
        self.shapes.append(_shape(clock, "sil", 1.0))

    def _add(self, name: str, clock: float, stretch: float) -> float:
        sound = PHONEMES[name]
        length = sound.duration * stretch * float(self.random.uniform(0.92, 1.08))
        end = clock + length
        self._times += [clock + 0.3 * length, clock + 0.7 * length]
        self._formants += [sound.formants] * 2
        self._noise_hz += [sound.noise_hz] * 2
        self._levels += _levels(name, clock, length)
        self.shapes.append(_shape(clock + 0.5 * length, sound.viseme, 1.0 if sound.manner is Manner.VOWEL else 0.8))
        return end

    def formants(self, times: Samples) -> list[Samples]:
        """The first three formants in Hz at each time."""
        table = np.array(self._formants)
        return [np.interp(times, self._times, table[:, column]) for column in range(3)]

    def noise_hz(self, times: Samples) -> Samples:
        """Where the noise is strongest, in Hz, at each time."""
        return np.interp(times, self._times, self._noise_hz)

    def level(self, times: Samples, column: int) -> Samples:
        """The level of voice (1) or noise (2) at each time."""
        table = np.array(self._levels)
        level: Samples = np.interp(times, table[:, 0], table[:, column])
        return level

    def pitch(self, times: Samples, voice: Voice) -> Samples:
        """Melody: sinks over the sentence, rises on accents, ends down, or up when it asks."""
        share = times / max(self.duration, 1e-6)
        semitones = 2.2 - 4.2 * share
        for moment, strength in self._accents:
            semitones += 2.6 * strength * np.exp(-0.5 * ((times - moment) / 0.075) ** 2)
        tail = np.clip((times - (self.duration - 0.32)) / 0.32, 0.0, 1.0)
        semitones += (7.5 if self._is_question else -2.4) * tail**1.5
        semitones += 0.22 * np.sin(2 * np.pi * 4.7 * times + voice.seed % 7)  # no human holds a pitch still
        bend: Samples = voice.pitch * 2.0 ** (semitones * voice.liveliness / 12.0)
        return bend


def _shape(time: float, viseme: str, weight: float) -> MouthShape:
    rest = 1.0 - weight
    return MouthShape(time, tuple(weight if name == viseme else rest if name == "sil" else 0.0 for name in VISEMES))


def _first_vowel(names: tuple[str, ...]) -> int:
    return next((i for i, name in enumerate(names) if PHONEMES[name].manner is Manner.VOWEL), -1)


def _levels(name: str, start: float, length: float) -> list[tuple[float, float, float]]:
    """Keys of one sound's levels: a stop closes, then bursts; everything else holds."""
    sound = PHONEMES[name]
    voiced = max(sound.voiced, _FLOOR)
    if sound.manner is Manner.STOP:
        burst = start + length * (0.45 if name in ("ch", "j") else 0.60)
        return [
            (start + 0.008, voiced, 0.0),
            (burst - 0.003, voiced, 0.0),
            (burst, voiced, sound.noise),
            (start + length * 0.92, voiced, sound.noise * 0.4),
        ]
    edge = 0.2 * length
    return [(start + edge, voiced, sound.noise), (start + length - edge, voiced, sound.noise)]


def _voiced(score: _Score, voice: Voice) -> Samples:
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


def _tract(score: _Score, times: Samples, voice: Voice) -> npt.NDArray[np.complex64]:
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


def _noise(score: _Score, voice: Voice) -> Samples:
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
