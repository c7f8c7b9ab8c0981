"""What a sentence of the simulator's voice does when: sounds on a time line, melody, words, mouth shapes. Pure."""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from ..protocol.server import VISEMES
from .phonemes import PHONEMES, Manner, sounds

_FLOOR = 0.15  # level of the murmur that stays under closed lips: keeps the envelope above -45 dBFS
_TEMPO = 1.15  # stretches the sounds' lengths to about 160 words a minute

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


class Score:
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
