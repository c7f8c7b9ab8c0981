"""Cut the interface's fonts: `python -m samples.village.subset NOTO CJK` (needs `pip install fonttools`).

NOTO is a folder with NotoSans, NotoSansArabic, NotoSansHebrew and NotoSansDevanagari (Debian: fonts-noto-core), CJK the
file NotoSansCJK-Regular.ttc (fonts-noto-cjk). The results are in assets/fonts; nobody needs this to play.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from samples.village.files import ASSETS

_COMMON = (range(0x20, 0x7F), range(0xA0, 0x100), range(0x2010, 0x2028), range(0x2030, 0x205F), (0x20AC, 0x2122))
_PARTS: dict[str, tuple[Iterable[int], ...]] = {
    # Latin, IPA's letters out; combining marks; Greek; Cyrillic; Vietnamese and the like; polytonic Greek.
    "NotoSans": (
        *_COMMON, range(0x100, 0x250), range(0x300, 0x370), range(0x370, 0x530), range(0x1E00, 0x2000),
        range(0x20A0, 0x20C0), range(0x2190, 0x2194), (0xFFFD,),
    ),
    "NotoSansArabic": (range(0x600, 0x700), range(0x750, 0x780), (0x20, 0x200C, 0x200D)),
    "NotoSansHebrew": (range(0x590, 0x600), (0x20,)),
    "NotoSansDevanagari": (range(0x900, 0x980), range(0xA8E0, 0xA900), (0x20, 0x200C, 0x200D, 0x25CC)),
}  # fmt: skip
_JAPANESE = 0  # the first face of the collection: its forms are read everywhere


def main(arguments: list[str]) -> None:
    """Write the cut fonts into assets/fonts."""
    noto, cjk = Path(arguments[0]), Path(arguments[1])
    for name, ranges in _PARTS.items():
        _cut(noto / f"{name}-Regular.ttf", {code for part in ranges for code in part}, ASSETS / "fonts" / f"{name}.ttf")
    _cut(cjk, set(_east()), ASSETS / "fonts" / "NotoSansCJK.otf", face=_JAPANESE)


def _cut(source: Path, codes: set[int], target: Path, *, face: int = -1) -> None:
    from fontTools import subset  # type: ignore[import-not-found]  # only whoever cuts needs it

    options = subset.Options(hinting=False, layout_features=["*"], notdef_outline=True, desubroutinize=False)
    options.drop_tables += ["vhea", "vmtx", "VORG", "DSIG"]
    if face >= 0:
        options.font_number, options.layout_features = face, []
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    subset.save_font(font, str(target), options)
    print(f"{target.stat().st_size:>10,}  {target.name}")


def _east() -> Iterator[int]:
    """What Chinese (both scripts), Japanese and Korean write with, as far as their basic character sets go."""
    yield from (*range(0x20, 0x7F), *range(0x3000, 0x3100), *range(0x3130, 0x3190), *range(0xFF00, 0xFFF0))
    rows = {"gb2312": range(0xB0, 0xD8), "big5": range(0xA4, 0xC7), "euc_jp": range(0xB0, 0xD0)}
    rows["euc_kr"] = range(0xB0, 0xC9)
    for encoding, leads in rows.items():
        for lead in leads:
            for trail in range(0x40, 0xFF):
                try:
                    yield ord(bytes([lead, trail]).decode(encoding))
                except UnicodeDecodeError:
                    continue


if __name__ == "__main__":
    main(sys.argv[1:])
