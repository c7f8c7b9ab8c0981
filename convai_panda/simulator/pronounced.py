"""What speech programs print about the sounds they make, as mouth shapes: two notations, one table each. Pure."""

import unicodedata
from collections.abc import Mapping, Sequence

from .clip import Segment, Wave, pauses, sounding

_UNKNOWN = "dd"  # a consonant of which nothing is known: the teeth are close, the lips are not

# Flite: the CMU phone set.
_CMU: Mapping[str, str] = {
    "pau": "sil", "aa": "aa", "ae": "aa", "ah": "aa", "ao": "oh", "aw": "aa ou", "ax": "e", "axr": "rr", "ay": "aa ih",
    "b": "pp", "ch": "ch", "d": "dd", "dh": "th", "eh": "e", "er": "rr", "ey": "e ih", "f": "ff", "g": "kk", "hh": "e",
    "ih": "ih", "iy": "ih", "jh": "ch", "k": "kk", "l": "nn", "m": "pp", "n": "nn", "ng": "nn", "ow": "oh ou",
    "oy": "oh ih", "p": "pp", "r": "rr", "s": "ss", "sh": "ch", "t": "dd", "th": "th", "uh": "ou", "uw": "ou",
    "v": "ff", "w": "ou", "y": "ih", "z": "ss", "zh": "ch",
}  # fmt: skip

# eSpeak NG: the International Phonetic Alphabet. Viseme, then the letters that have it.
_IPA: Mapping[str, str] = {
    letter: viseme
    for viseme, letters in {
        "pp": "pbmɓʙ", "ff": "fvɱʋɸβ", "th": "θð", "dd": "tdʈɖɾɗʔ", "kk": "kɡgxɣqɢχħcɟç", "ch": "ʃʒɕʑʂʐ", "ss": "sz",
        "nn": "nŋɲɳɴlɫɭʎɬɮ", "rr": "rɹɻʁʀɽɚɝ", "aa": "aæɑɐʌ", "e": "eɛəɜɘhɦʕɞ", "ih": "iɪɨjy", "oh": "oɔɒɤ",
        "ou": "uʊʉwɯøœɵʍɥʏ",
    }.items()
    for letter in letters
}  # fmt: skip
_VOWELS = frozenset("aæɑɐʌeɛəɜɘiɪɨyoɔɒɤuʊʉɯøœɵɞɚɝʏ")

# Sounds' lengths beside each other, near what textbooks give for English; a recording's own length scales them.
_VOWEL, _CONSONANT, _WEAK = 1.0, 0.75, 0.6
_LONG, _STRESSED, _SECOND = 1.5, 1.25, 0.7  # a long vowel; a stressed one; the second half of a diphthong
_FINAL = 1.4  # the last sounds before a pause are drawn out


def flite_segments(printed: str) -> list[Segment]:
    """``pau:0.220 hh:0.295 …``: phones with the second at which each ends. Raises ValueError for anything else."""
    segments: list[Segment] = []
    clock = 0.0
    for item in printed.split():
        name, _, end = item.rpartition(":")
        if not name:
            raise ValueError(f"Flite printed {item!r} instead of a phone and its end.")
        parts = _CMU.get(name, _UNKNOWN).split()
        step = (float(end) - clock) / len(parts)
        for part in parts:
            segments.append(Segment(clock, clock + step, part))
            clock += step
    return segments


def espeak_segments(printed: str, sound: Wave) -> list[Segment]:
    """Lines of ``h_ə_l_ˈəʊ``, one for each stretch between two pauses, laid over where ``sound`` (48 kHz) sounds.

    eSpeak NG prints no times: each stretch has the times of its recording, and within it sounds are as long as
    sounds of their kind are beside each other.
    """
    clauses = [clause for line in printed.splitlines() if (clause := _sounds(line))]
    if not clauses:
        return []
    begin, end = sounding(sound)
    silences = sorted(pauses(sound)[: len(clauses) - 1])
    if len(silences) < len(clauses) - 1:  # it has run them together
        clauses, silences = [[sound for clause in clauses for sound in clause]], []
    starts = [begin, *(silence[1] for silence in silences)]
    ends = [*(silence[0] for silence in silences), end]
    segments: list[Segment] = []
    for clause, start, stop in zip(clauses, starts, ends, strict=True):
        if segments and start > segments[-1].end:
            segments.append(Segment(segments[-1].end, start, "sil"))
        segments += _lay(clause, start, stop)
    return segments


def _lay(clause: Sequence[tuple[str, float]], start: float, stop: float) -> list[Segment]:
    """Sounds from ``start`` to ``stop``."""
    lengths = [length * (_FINAL if place >= len(clause) - 2 else 1.0) for place, (_, length) in enumerate(clause)]
    scale, clock = (stop - start) / sum(lengths), start
    segments = []
    for (viseme, _), length in zip(clause, lengths, strict=True):
        segments.append(Segment(clock, clock + length * scale, viseme))
        clock += length * scale
    return segments


def _sounds(line: str) -> list[tuple[str, float]]:
    """Visemes with their lengths beside each other."""
    return [sound for token in line.replace("_", " ").split() for sound in _sound(token)]


def _sound(token: str) -> list[tuple[str, float]]:
    stress = _STRESSED if "ˈ" in token else 1.0
    length = stress * (_LONG if "ː" in token else 1.0)
    # Marks and raised letters say how a sound is made, not which one it is.
    plain = unicodedata.normalize("NFD", token)
    letters = [letter for letter in plain if letter.isalpha() and unicodedata.category(letter) != "Lm"]
    if len(letters) > 1 and letters[0] in "td" and letters[-1] in "ʃʒɕʑʂʐ":
        return [("ch", _CONSONANT)]
    if not letters or letters[0] not in _VOWELS:
        return [(_IPA.get(letter, _UNKNOWN), _CONSONANT / len(letters)) for letter in letters]
    first = _WEAK if letters[0] in "əɐ" and len(letters) == 1 else _VOWEL
    lengths = [first] + [_SECOND] * (len(letters) - 1)
    return [(_IPA.get(letter, _UNKNOWN), length * each) for letter, each in zip(letters, lengths, strict=True)]
