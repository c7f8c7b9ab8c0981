"""Render the village's views to PNG without a window: `python -m samples.village.gallery OUT [high|low] [view…]`.

`python -m samples.village.gallery --figures [high|low]` prints what a frame costs instead.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from direct.showbase.ShowBase import ShowBase
from panda3d.core import Filename, LPoint3, PNMImage, load_prc_file_data

from samples.village.budget import cost
from samples.village.light import Dusk
from samples.village.scenery import build_village
from samples.village.villagers import LOOKS, Villager

_SIZE = (1280, 720)
_OVER = 2  # drawn larger, then scaled down: smooth edges on any renderer
_PRC = """
load-display p3headlessgl
window-type offscreen
aux-display none
audio-library-name null
notify-level-device fatal
sync-video 0
"""


@dataclass(frozen=True)
class View:
    """A camera's place, what it looks at, and how wide it sees."""

    at: tuple[float, float, float]
    towards: tuple[float, float, float]
    lens: float = 55.0
    speaking: str = ""  # who is in the middle of a word


VIEWS: dict[str, View] = {
    "square": View((3.6, -11.6, 2.3), (-2.2, 2.0, 1.9), 64),
    "wide": View((13.0, -27.0, 15.0), (-2.0, 3.0, 0.0), 58),
    "well": View((3.9, -6.4, 1.75), (1.2, 0.0, 1.35), 58),
    "market": View((9.3, -5.6, 1.7), (14.0, -1.6, 1.5), 60),
    "pond": View((1.4, 9.6, 1.9), (8.6, 17.0, 0.9), 62),
    "forge": View((-5.6, -2.2, 1.9), (-12.6, -6.0, 1.4), 58),
    "bakery": View((-5.4, 2.6, 1.9), (-12.4, 9.0, 1.7), 60),
    "gate": View((-3.0, -11.6, 1.9), (1.4, -19.0, 1.3), 58),
    "sunset": View((6.5, 3.2, 2.0), (-12.0, 0.6, 2.6), 66),
    "face": View((-8.5, 5.3, 1.5), (-9.4, 6.8, 1.33), 34, "elodie"),
    "faces": View((0.9, -4.3, 1.5), (2.3, -2.4, 1.30), 34, "jun"),
}


class Studio:
    """The village with its people, ready to be photographed."""

    def __init__(self, quality: str, size: tuple[int, int], over: int) -> None:
        load_prc_file_data("gallery", _PRC + f"win-size {size[0] * over} {size[1] * over}\n")
        self.base = ShowBase()
        self.size, self.over = size, over
        self.village = build_village(quality)
        self.village.node.reparent_to(self.base.render)
        self.people = []
        for look in LOOKS.values():
            person = Villager(look)
            person.set_smile(0.45)
            at, heading = self.village.spots[look.home]
            person.node.reparent_to(self.village.node)
            person.node.set_pos_hpr(at, (heading, 0, 0))
            self.people.append(person)
        self.dusk = Dusk(self.base, self.village.node, quality=quality, lanterns=self.village.lanterns)
        self.base.camLens.set_near_far(0.15, 600)

    def shoot(self, view: View, path: Path | None) -> None:
        """Take one picture."""
        self.base.camLens.set_aspect_ratio(self.size[0] / self.size[1])
        self.base.camLens.set_fov(view.lens)
        self.base.camera.set_pos(*view.at)
        self.base.camera.look_at(LPoint3(*view.towards))
        for person in self.people:
            near = (person.node.get_pos() - self.base.camera.get_pos()).length() < 9
            person.look_at(self.base.camera if near else None)
            person.talking = person.look.name == view.speaking
            person.set_mouth(0.55 if person.talking else 0.0, 0.15)
            person.set_brows(0.35 if person.talking else 0.0)
            for _ in range(40):
                person.update(1 / 30)
            while person.blinking:
                person.update(1 / 30)
        forward = self.base.render.get_relative_vector(self.base.camera, (0, 1, 0))
        self.dusk.update(LPoint3(*view.at) + forward * 12)
        for _ in range(2):
            self.base.graphics_engine.render_frame()
        if path is None:
            return
        image = PNMImage()
        self.base.win.get_screenshot(image)
        small = PNMImage(*self.size)
        small.box_filter_from(self.over / 2 - 0.5, image)
        small.write(Filename.from_os_specific(str(path)))

    def frames_per_second(self, view: View, frames: int) -> float:
        """Return how many frames of a view are drawn in a second here."""
        self.shoot(view, None)
        start = time.perf_counter()
        for _ in range(frames):
            for person in self.people:
                person.update(1 / 60)
            self.base.graphics_engine.render_frame()
        return frames / (time.perf_counter() - start)

    def figures(self, view: View) -> str:
        """Return what the village costs: vertices, draw calls at most, frames a second here."""
        found = cost(self.village.node)
        rate = self.frames_per_second(view, 40)
        return (
            f"{found.vertices:,} vertices, {found.draw_calls} draw calls and {found.shadow_calls} for shadows at most, "
            f"{rate:.1f} frames/s"
        )


def main(arguments: list[str]) -> None:
    """Render the views named (or all) into a folder, or print figures."""
    if arguments[:1] == ["--figures"]:
        quality = (arguments[1:] or ["high"])[0]
        studio = Studio(quality, (640, 360), 1)
        for name in ("square", "well", "wide"):
            print(f"{quality} {name} 640x360: {studio.figures(VIEWS[name])}")
        return
    out, quality, names = Path(arguments[0]), (arguments[1:2] or ["high"])[0], arguments[2:]
    out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    studio = Studio(quality, _SIZE, _OVER)
    print(f"ready in {time.perf_counter() - started:.1f} s")
    for name in names or VIEWS:
        studio.shoot(VIEWS[name], out / f"village-{name}.png")
        print(out / f"village-{name}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
