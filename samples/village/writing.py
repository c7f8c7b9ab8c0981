"""Lines as they are written: which font a character needs, where a line may break, what runs from right to left.

Pure. The order on screen follows the Unicode Bidirectional Algorithm (UAX 9) without explicit embeddings, which speech
does not have. Glyphs within a run are shaped by whoever draws it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

LATIN = "latin"  # also Greek and Cyrillic
_BLOCKS: tuple[tuple[int, int, str], ...] = (
    (0x0590, 0x05FF, "hebrew"), (0x0600, 0x06FF, "arabic"), (0x0750, 0x077F, "arabic"), (0x0900, 0x097F, "devanagari"),
    (0xA8E0, 0xA8FF, "devanagari"), (0x1100, 0x11FF, "cjk"), (0x2E80, 0x9FFF, "cjk"), (0xAC00, 0xD7FF, "cjk"),
    (0xF900, 0xFAFF, "cjk"), (0xFB1D, 0xFB4F, "hebrew"), (0xFB50, 0xFDFF, "arabic"), (0xFE30, 0xFE4F, "cjk"),
    (0xFE70, 0xFEFC, "arabic"), (0xFF00, 0xFFEF, "cjk"), (0x20000, 0x3FFFF, "cjk"),
)  # fmt: skip
_NO_START = frozenset("、。，．！？：；）〕］｝〉》」』】〙〗〟’”ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ…‥")  # kinsoku
_MIRRORED = dict(zip("()[]{}<>«»‹›", ")(][}{><»«›‹", strict=True))
_NO_END = frozenset("（〔［｛〈《「『【〘〖〝‘“")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a line in one font and one direction, in the order in which a shaper wants it."""

    text: str
    font: str
    is_rightward: bool = True  # from left to right


def clean(text: str) -> str:
    """Without what would steer whoever draws it: control characters go, and white space becomes a space."""
    spaced = (" " if char.isspace() else char for char in text)
    return "".join(char for char in spaced if unicodedata.category(char) not in ("Cc", "Cs", "Co"))


def font_of(char: str) -> str | None:
    """The font that has a character; None where its neighbour's will do."""
    code = ord(char)
    if char.isspace() or unicodedata.category(char) in ("Mn", "Cf"):
        return None
    return next((font for first, last, font in _BLOCKS if first <= code <= last), LATIN)


def is_leftward(text: str) -> bool:
    """Whether a paragraph is written from right to left: its first letter says."""
    kinds = (unicodedata.bidirectional(char) for char in text)
    return next((kind in ("R", "AL") for kind in kinds if kind in ("L", "R", "AL")), False)


def visual_runs(line: str, *, leftward: bool) -> list[Run]:
    """A line's runs from left to right on screen, in a paragraph of that direction."""
    levels = _levels(line, int(leftward))
    fonts = _fonts(line, levels)
    runs: list[tuple[int, Run]] = []
    for (level, font), chars in groupby(range(len(line)), key=lambda at: (levels[at], fonts[at])):
        text = "".join(line[at] for at in chars)
        if level % 2 and font == LATIN:  # nothing but marks between words, which no shaper knows to turn round
            text = "".join(_MIRRORED.get(char, char) for char in reversed(text))
        runs.append((level, Run(text, font, is_rightward=level % 2 == 0)))
    # L2: from the highest level down to the lowest odd one, turn round whatever is at that level or above.
    for level in range(max((level for level, _ in runs), default=0), 0, -1):
        turned: list[tuple[int, Run]] = []
        for is_above, group in groupby(runs, key=lambda each, level=level: each[0] >= level):
            stretch = list(group)
            turned += reversed(stretch) if is_above else stretch
        runs = turned
    return [run for _, run in runs]


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Break a paragraph into lines no wider than ``width``, as ``measure`` sees it; a longer word is cut."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if measure((line + piece).rstrip()) <= width:
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = piece.lstrip()
        while len(line) > 1 and measure(line.rstrip()) > width:
            fits = next(size for size in range(len(line) - 1, 0, -1) if size == 1 or measure(line[:size]) <= width)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> Iterator[str]:
    """Words with the space after them, and single characters where a script knows no spaces."""
    piece = ""
    for at, char in enumerate(text):
        piece += char
        after = text[at + 1 : at + 2]
        if not after or (char.isspace() and not after.isspace()) or _may_break(char, after):
            yield piece
            piece = ""


def _may_break(char: str, after: str) -> bool:
    if after.isspace() or unicodedata.category(after) in ("Mn", "Mc", "Cf"):
        return False
    if char in _NO_END or after in _NO_START:
        return False
    return _is_unspaced(char) or (_is_unspaced(after) and not char.isspace())


def _is_unspaced(char: str) -> bool:
    """Whether lines may break beside it; Korean has words."""
    return font_of(char) == "cjk" and not 0x1100 <= ord(char) <= 0x11FF and not 0xAC00 <= ord(char) <= 0xD7FF


def _fonts(line: str, levels: list[int]) -> list[str]:
    found = [font_of(char) for char in line]
    known = next((font for font in found if font), LATIN)
    fonts = []
    for char, font, level in zip(line, found, levels, strict=True):
        known = font or known
        fonts.append(LATIN if level % 2 and char.isspace() else known)
    return fonts


def _levels(line: str, base: int) -> list[int]:
    kinds = _resolved(line, base)
    levels = []
    for kind in kinds:
        odd = base % 2 == 1
        levels.append(base + {"L": int(odd), "R": int(not odd), "EN": 1 if odd else 2, "AN": 1 if odd else 2}[kind])
    for at in range(len(line) - 1, -1, -1):  # L1: white space at the end belongs to the paragraph
        if not line[at].isspace():
            break
        levels[at] = base
    return levels


def _resolved(line: str, base: int) -> list[str]:
    """L, R, EN or AN for each character: rules W1 to W7, N1 and N2."""
    outer = "R" if base else "L"
    kinds = [unicodedata.bidirectional(char) or "L" for char in line]
    strong = before = outer
    for at, kind in enumerate(kinds):
        if kind in ("NSM", "BN"):
            kinds[at] = before
        elif kind == "EN" and strong == "AL":
            kinds[at] = "AN"
        elif kind in ("L", "R", "AL"):
            strong = kind
        before = kinds[at]
    kinds = ["R" if kind == "AL" else kind for kind in kinds]
    for at in range(1, len(kinds) - 1):
        near = kinds[at - 1], kinds[at + 1]
        if (kinds[at] == "ES" and near == ("EN", "EN")) or (kinds[at] == "CS" and near in (("EN", "EN"), ("AN", "AN"))):
            kinds[at] = near[0]
    for kind, group in _groups(kinds):
        ends = (kinds[group[0] - 1] if group[0] else "", kinds[group[-1] + 1] if group[-1] + 1 < len(kinds) else "")
        if kind == "ET":
            for at in group:
                kinds[at] = "EN" if "EN" in ends else "ON"
    strong = outer
    for at, kind in enumerate(kinds):
        strong = kind if kind in ("L", "R") else strong
        if kind == "EN" and strong == "L":
            kinds[at] = "L"
    settled = ("L", "R", "EN", "AN")
    around = ["L" if kind == "L" else "R" if kind in settled else "N" for kind in kinds]
    for kind, group in _groups(around):
        if kind != "N":
            continue
        first = around[group[0] - 1] if group[0] else outer
        last = around[group[-1] + 1] if group[-1] + 1 < len(around) else outer
        for at in group:
            kinds[at] = first if first == last else outer
    return kinds


def _groups(kinds: list[str]) -> list[tuple[str, list[int]]]:
    return [(kind, list(group)) for kind, group in groupby(range(len(kinds)), key=lambda at: kinds[at])]
