"""One face through all visemes and moods, on one sheet: `python -m samples.village.faces OUT.png [who]`.

The shapes go the way that the service's go in the game: through the tables of the formats and the villagers' driver.
"""

from __future__ import annotations

import sys
from pathlib import Path

from panda3d.core import Filename, LPoint3, LVector3, PNMImage, PNMTextMaker

from convai_panda.faces import preview
from samples.village.expressions import VillagerFace
from samples.village.files import ASSETS
from samples.village.gallery import Studio
from samples.village.villagers import Villager

_TILE = (200, 216)
_COLUMNS = 8
_CAPTION = 26  # pixels
_MARGIN = 12
_PAPER, _INK = (0.12, 0.11, 0.14), (0.93, 0.90, 0.84)

_VISEMES = ("sil", "pp", "ff", "th", "dd", "kk", "ch", "ss", "nn", "rr", "aa", "e", "ih", "oh", "ou")
_MOODS = (  # weak, plain and strong
    ("serenity", "joy", "ecstasy"),
    ("acceptance", "trust", "admiration"),
    ("apprehension", "fear", "terror"),
    ("distraction", "surprise", "amazement"),
    ("pensiveness", "sadness", "grief"),
    ("boredom", "disgust", "loathing"),
    ("annoyance", "anger", "rage"),
    ("interest", "anticipation", "vigilance"),
)


class Sheet:
    """Tiles in rows, each with a caption."""

    def __init__(self, tiles: int) -> None:
        rows = -(-tiles // _COLUMNS)
        self._step = (_TILE[0] + _MARGIN, _TILE[1] + _CAPTION + _MARGIN)
        self.image = PNMImage(_COLUMNS * self._step[0] + _MARGIN, rows * self._step[1] + _MARGIN)
        self.image.fill(*_PAPER)
        self._pen = PNMTextMaker(Filename.from_os_specific(str(ASSETS / "fonts" / "NotoSans.ttf")), 0)
        self._pen.set_pixel_size(17)
        self._pen.set_align(PNMTextMaker.A_center)
        self._pen.set_fg((*_INK, 1))
        self._count = 0

    def add(self, picture: PNMImage, caption: str) -> None:
        """Put the next tile onto the sheet."""
        x = _MARGIN + self._count % _COLUMNS * self._step[0]
        y = _MARGIN + self._count // _COLUMNS * self._step[1]
        self.image.copy_sub_image(picture, x, y)
        self._pen.generate_into(caption, self.image, x + _TILE[0] // 2, y + _TILE[1] + 19)
        self._count += 1


def main(arguments: list[str]) -> None:
    """Photograph one villager in every shape."""
    out, who = Path(arguments[0]), (arguments[1:] or ["elodie"])[0]
    studio = Studio("low", _TILE, 3)
    person = next(each for each in studio.people if each.look.name == who)
    driver = VillagerFace(person)
    _face(studio, person)
    shots: list[tuple[str, dict[str, object]]] = [(name, {"viseme": name}) for name in _VISEMES]
    shots.append(("blink", {"blink": 1.0}))
    shots += [
        (names[strength], {"emotion": names[strength], "scale": strength + 1})
        for strength in range(3)
        for names in _MOODS
    ]
    shots += [(f"{name} + {viseme}", {"emotion": name, "scale": 3, "viseme": viseme}) for name, viseme in (
        ("joy", "aa"), ("joy", "ou"), ("fear", "e"), ("surprise", "oh"), ("sadness", "oh"), ("disgust", "ss"),
        ("anger", "ff"), ("anger", "aa"),
    )]  # fmt: skip
    sheet = Sheet(len(shots))
    for caption, shape in shots:
        preview(driver, **shape)  # type: ignore[arg-type]
        sheet.add(_photograph(studio, person), caption)
    out.parent.mkdir(parents=True, exist_ok=True)
    if not sheet.image.write(Filename.from_os_specific(str(out))):
        raise OSError(f"Cannot write {out}.")
    print(out)


def _face(studio: Studio, person: Villager) -> None:
    """Stand before a person, at the height of the eyes."""
    base, head = studio.base, person.head
    forward = base.render.get_relative_vector(person.node, LVector3(0.16, 1, 0))
    forward.normalize()
    at = head.get_pos(base.render)
    base.camLens.set_aspect_ratio(_TILE[0] / _TILE[1])
    base.camLens.set_fov(16)
    base.camera.set_pos(at + forward * 1.75 + LVector3(0, 0, 0.02))
    base.camera.look_at(LPoint3(at + LVector3(0, 0, -0.01)))
    person.look_at(base.camera)
    studio.dusk.update(LPoint3(at))
    for _ in range(90):
        person.update(1 / 30)


def _photograph(studio: Studio, person: Villager) -> PNMImage:
    person.update(0.0)
    while person.blinking:
        person.update(1 / 30)
    for _ in range(2):
        studio.base.graphics_engine.render_frame()
    image = PNMImage()
    studio.base.win.get_screenshot(image)
    small = PNMImage(*_TILE)
    small.box_filter_from(1.0, image)
    return small


if __name__ == "__main__":
    main(sys.argv[1:])
