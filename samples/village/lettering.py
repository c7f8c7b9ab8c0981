"""Text on screen in any of the scripts that the fonts have: typeset for a TextNode, without hitches. Main thread only.

A TextNode has one font and knows no fallback, so each run of a line switches to its font by an embedded property.
HarfBuzz joins Arabic and orders Devanagari where this Panda3D has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter

from panda3d.core import (
    DynamicTextFont,
    Filename,
    FontPool,
    SamplerState,
    TextNode,
    TextProperties,
    TextPropertiesManager,
    load_prc_file_data,
)

from samples.village import writing
from samples.village.files import ASSETS

_FILES = {
    "latin": "NotoSans.ttf",
    "arabic": "NotoSansArabic.ttf",
    "hebrew": "NotoSansHebrew.ttf",
    "devanagari": "NotoSansDevanagari.ttf",
    "cjk": "NotoSansCJK.otf",
}
_PREFIX = "village-"  # of the properties' names, which are global
_PIXELS = 30  # per unit: sharp in the largest subtitle on a full-HD screen
_PAGE = 512  # pixels: a hundred glyphs and more; a page is sent to the card anew with each one that is drawn
_MARGIN = 4  # pixels around a glyph: small text mixes that many
_LINE = 1.25  # of a unit: every script has room, whatever its font says
_BUDGET = 0.003  # s a frame that new glyphs may cost

# The entry's own text is invisible, and warns of what its one font lacks.
load_prc_file_data("village text", "text-use-harfbuzz true\nnotify-level-text error")


@lru_cache(maxsize=1)
def fonts() -> dict[str, DynamicTextFont]:
    """The fonts by script, made known to every TextNode under ``village-SCRIPT``."""
    found: dict[str, DynamicTextFont] = {}
    known = TextPropertiesManager.get_global_ptr()
    for script, file in _FILES.items():
        font = FontPool.load_font(Filename.from_os_specific(str(ASSETS / "fonts" / file)).get_fullpath())
        assert isinstance(font, DynamicTextFont), f"{file} is missing"
        font.set_pixels_per_unit(_PIXELS)
        font.set_page_size(_PAGE, _PAGE)
        font.set_texture_margin(_MARGIN)
        font.set_minfilter(SamplerState.FT_linear_mipmap_linear)
        font.set_line_height(_LINE)
        properties = TextProperties()
        properties.set_font(font)
        known.set_properties(_PREFIX + script, properties)
        found[script] = font
    return found


@dataclass(frozen=True, slots=True)
class Typeset:
    """A text laid out: what to give a TextNode that does not wrap, its lines, and which side they begin at."""

    text: str
    lines: int
    width: float
    is_leftward: bool


def typeset(text: str, width: float = float("inf"), most: int = 0) -> Typeset:
    """Lay out a text in units of its height; of more than ``most`` lines the last ones are kept."""
    text = writing.clean(text)
    leftward = writing.is_leftward(text)
    lines = writing.wrap(text, width, measure)
    if most and len(lines) > most:
        lines = lines[-most:]
    set_lines = ["".join(map(_dressed, writing.visual_runs(line, leftward=leftward))) for line in lines]
    return Typeset("\n".join(set_lines), len(lines), max(map(measure, lines), default=0.0), leftward)


def measure(text: str) -> float:
    """How wide a text is on one line, in units of its height."""
    return sum(map(_width, _words(text)))


def _words(text: str) -> list[tuple[str, str]]:
    return [(run.text, run.font) for run in writing.visual_runs(text, leftward=False)]


@lru_cache(maxsize=4096)
def _width(run: tuple[str, str]) -> float:
    text, script = run
    return float(_ruler(script).calc_width(text))


@lru_cache(maxsize=8)
def _ruler(script: str) -> TextNode:
    node = TextNode(f"ruler-{script}")
    node.set_font(fonts()[script])
    return node


def _dressed(run: writing.Run) -> str:
    return f"\1{_PREFIX}{run.font}\1{run.text}\2"


class Ink:
    """Draws glyphs before they are needed, a few milliseconds' worth a frame."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def is_ready(self, text: str) -> bool:
        """Draw some of a text's glyphs, and give whether all are there. Call it each frame until they are."""
        missing = [char for char in dict.fromkeys(writing.clean(text)) if char not in self._known]
        began = perf_counter()
        for char in missing:
            if perf_counter() - began > _BUDGET:
                return False
            script = writing.font_of(char)
            if script is not None:
                fonts()[script].get_glyph(ord(char))
            self._known.add(char)
        return True


ABC = "".join(map(chr, range(0x21, 0x7F))) + "“”‘’…–—→·"


def make_text(name: str, *, align: int = TextNode.A_left, shadow: bool = True) -> TextNode:
    """A TextNode in the village's hand; give it `Typeset.text`."""
    node = TextNode(name)
    node.set_font(fonts()["latin"])
    node.set_align(align)
    node.set_text_color(0.98, 0.95, 0.88, 1)
    if shadow:
        node.set_shadow(0.045, 0.045)
        node.set_shadow_color(0, 0, 0, 0.65)
    return node
