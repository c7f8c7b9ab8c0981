"""What the simulator's voice is made of: sounds with their formants, and letters turned into them. Pure.

It is babble with the rhythm of the text, not English: a letter rule is enough where a dictionary would be better.
Formant figures are round numbers near the means that phonetics textbooks give for an adult voice.
"""

import unicodedata
from dataclasses import dataclass
from enum import Enum


class Manner(Enum):
    """How a sound is made, which decides how its level moves."""

    VOWEL = "vowel"
    GLIDE = "glide"
    FRICATIVE = "fricative"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Phoneme:
    """One sound: length in seconds, three formants in Hz, levels of voice and of noise, and the mouth's shape."""

    manner: Manner
    duration: float
    formants: tuple[float, float, float]
    voiced: float
    noise: float
    noise_hz: float
    viseme: str


def _vowel(duration: float, f1: float, f2: float, f3: float, viseme: str, level: float = 1.0) -> Phoneme:
    return Phoneme(Manner.VOWEL, duration, (f1, f2, f3), level, 0.0, 1500.0, viseme)


def _glide(duration: float, f1: float, f2: float, f3: float, viseme: str, level: float) -> Phoneme:
    return Phoneme(Manner.GLIDE, duration, (f1, f2, f3), level, 0.0, 1500.0, viseme)


def _fricative(duration: float, f2: float, noise_hz: float, noise: float, viseme: str, voiced: float = 0.0) -> Phoneme:
    return Phoneme(Manner.FRICATIVE, duration, (320.0, f2, 2500.0), voiced, noise, noise_hz, viseme)


def _stop(duration: float, f2: float, noise_hz: float, noise: float, viseme: str, voiced: float) -> Phoneme:
    return Phoneme(Manner.STOP, duration, (280.0, f2, 2500.0), voiced, noise, noise_hz, viseme)


PHONEMES: dict[str, Phoneme] = {
    "iy": _vowel(0.105, 290, 2250, 2950, "ih", 0.85),
    "ih": _vowel(0.080, 390, 1950, 2550, "ih", 0.9),
    "eh": _vowel(0.095, 530, 1800, 2480, "e"),
    "ae": _vowel(0.115, 680, 1700, 2420, "aa"),
    "aa": _vowel(0.125, 730, 1120, 2440, "aa"),
    "ao": _vowel(0.120, 570, 860, 2420, "oh"),
    "ah": _vowel(0.085, 620, 1220, 2400, "aa", 0.95),
    "ax": _vowel(0.060, 500, 1450, 2450, "e", 0.75),
    "er": _vowel(0.110, 490, 1330, 1750, "rr", 0.9),
    "uh": _vowel(0.085, 440, 1050, 2280, "ou", 0.9),
    "uw": _vowel(0.110, 320, 900, 2250, "ou", 0.85),
    "m": _glide(0.070, 260, 1050, 2200, "pp", 0.42),
    "n": _glide(0.065, 270, 1550, 2500, "nn", 0.44),
    "ng": _glide(0.070, 270, 1900, 2600, "nn", 0.42),
    "l": _glide(0.065, 360, 1150, 2700, "nn", 0.60),
    "r": _glide(0.065, 360, 1150, 1720, "rr", 0.60),
    "w": _glide(0.065, 310, 720, 2250, "ou", 0.55),
    "y": _glide(0.055, 280, 2250, 2950, "ih", 0.55),
    "f": _fricative(0.085, 1200, 5200, 0.20, "ff"),
    "v": _fricative(0.060, 1200, 4500, 0.08, "ff", 0.40),
    "th": _fricative(0.080, 1400, 5600, 0.18, "th"),
    "dh": _fricative(0.045, 1400, 4800, 0.06, "th", 0.42),
    "s": _fricative(0.095, 1700, 6100, 0.40, "ss"),
    "z": _fricative(0.070, 1700, 5800, 0.24, "ss", 0.38),
    "sh": _fricative(0.100, 1900, 3300, 0.46, "ch"),
    "zh": _fricative(0.075, 1900, 3100, 0.26, "ch", 0.38),
    "h": _fricative(0.055, 1500, 1700, 0.30, "aa", 0.12),
    "ch": _stop(0.095, 1900, 3300, 0.52, "ch", 0.0),
    "j": _stop(0.085, 1900, 3000, 0.32, "ch", 0.30),
    "p": _stop(0.080, 900, 1500, 0.34, "pp", 0.0),
    "b": _stop(0.070, 900, 1200, 0.18, "pp", 0.34),
    "t": _stop(0.075, 1750, 4600, 0.42, "dd", 0.0),
    "d": _stop(0.065, 1750, 3800, 0.22, "dd", 0.34),
    "k": _stop(0.085, 1900, 2300, 0.40, "kk", 0.0),
    "g": _stop(0.070, 1900, 2000, 0.22, "kk", 0.34),
}

# Longest spelling first: the reader below takes the first that matches.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "tion": ("sh", "ax", "n"),
    "ough": ("ao",),
    "eigh": ("eh", "iy"),
    "igh": ("aa", "iy"),
    "tch": ("ch",),
    "dge": ("j",),
    "sch": ("sh",),
    "ing": ("ih", "ng"),
    "you": ("y", "uw"),
    "ear": ("iy", "er"),
    "air": ("eh", "er"),
    "our": ("ao", "er"),
    "th": ("th",),
    "sh": ("sh",),
    "ch": ("ch",),
    "ph": ("f",),
    "wh": ("w",),
    "ck": ("k",),
    "ng": ("ng",),
    "qu": ("k", "w"),
    "kn": ("n",),
    "wr": ("r",),
    "ee": ("iy",),
    "ea": ("iy",),
    "ie": ("iy",),
    "oo": ("uw",),
    "ou": ("aa", "uh"),
    "ow": ("ao", "uh"),
    "oa": ("ao", "uh"),
    "ai": ("eh", "iy"),
    "ay": ("eh", "iy"),
    "ey": ("iy",),
    "oi": ("ao", "iy"),
    "oy": ("ao", "iy"),
    "au": ("ao",),
    "aw": ("ao",),
    "er": ("er",),
    "ir": ("er",),
    "ur": ("er",),
    "ar": ("aa", "r"),
    "or": ("ao", "r"),
    "a": ("ae",),
    "b": ("b",),
    "c": ("k",),
    "d": ("d",),
    "e": ("eh",),
    "f": ("f",),
    "g": ("g",),
    "h": ("h",),
    "i": ("ih",),
    "j": ("j",),
    "k": ("k",),
    "l": ("l",),
    "m": ("m",),
    "n": ("n",),
    "o": ("ao",),
    "p": ("p",),
    "q": ("k",),
    "r": ("r",),
    "s": ("s",),
    "t": ("t",),
    "u": ("ah",),
    "v": ("v",),
    "w": ("w",),
    "x": ("k", "s"),
    "y": ("iy",),
    "z": ("z",),
}
_SYLLABLE_ONSETS = ("m", "n", "l", "d", "g", "b", "y", "w")
_SYLLABLE_VOWELS = ("aa", "iy", "uw", "eh", "ao", "ah")
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_VOWEL_LETTERS = "aeiouy"


def sounds(word: str) -> tuple[str, ...]:
    """The phoneme names that stand for a word, never empty: any script is spoken, if only as syllables."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))
    spoken: list[str] = []
    position = 0
    while position < len(letters):
        rest = letters[position:]
        # A final e after a consonant is silent ("gate"), but not the only vowel of a word ("the").
        if rest == "e" and len(letters) > 3 and letters[-2] not in _VOWEL_LETTERS:
            break
        names, length = _first_sounds(rest, is_initial=position == 0)
        # "ll", "tt": one sound.
        if names and not (spoken and spoken[-1] == names[0] and len(names) == 1):
            spoken.extend(names)
        position += length
    return tuple(spoken) or ("ax",)


def _first_sounds(rest: str, *, is_initial: bool) -> tuple[tuple[str, ...], int]:
    """What the next letters stand for and how many they are."""
    if is_initial and rest.startswith("y"):
        return ("y",), 1
    if rest in ("the", "a"):
        return (("dh", "ax"), 3) if rest == "the" else (("ax",), 1)
    for length in (4, 3, 2, 1):
        if rest[:length] in _SPELLINGS:
            return _SPELLINGS[rest[:length]], length
    letter = rest[0]
    if letter.isdigit():
        return sounds(_DIGITS[unicodedata.digit(letter, 0) % 10]), 1
    if not letter.isalpha():
        return (), 1
    code = ord(letter)
    onset = _SYLLABLE_ONSETS[code % len(_SYLLABLE_ONSETS)]
    return (onset, _SYLLABLE_VOWELS[code // 8 % len(_SYLLABLE_VOWELS)]), 1
