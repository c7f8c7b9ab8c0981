"""What one hears besides voices: the evening all around, fire and water at their places, steps. Main thread only.

It is quiet on purpose, grows quieter while somebody speaks (`Ducking` sees to that), and needs no sound device.
"""

from __future__ import annotations

import random

from direct.showbase.ShowBase import ShowBase
from panda3d.core import AudioSound, Filename, LPoint3

from samples.village import plan, props
from samples.village.files import ASSETS

_EVENING = 0.22
_PLACES = {"fire": (props.FORGE_GLOW, 0.55), "water": ((*plan.POND_AT, 0.2), 0.4)}
_REACH = (2.0, 16.0)  # m: as loud as it gets; no longer heard
_STRIDE = 0.78  # m from one step to the next
_STEP = 0.22


class Ambience:
    """Call `update` each frame with where the player's ears are; steps follow the way walked."""

    def __init__(self, base: ShowBase) -> None:
        load = base.loader.load_sfx
        self._evening: AudioSound = load(_path("evening"))
        self._places = {name: load(_path(name)) for name in _PLACES}
        self._steps = [load(_path(f"step-{number}")) for number in range(4)]
        self._random = random.Random(1)
        self._walked = 0.0
        self._was: LPoint3 | None = None
        self._evening.set_loop(True)
        self._evening.set_volume(_EVENING)
        self._evening.play()
        for sound in self._places.values():
            sound.set_loop(True)
            sound.set_volume(0.0)
            sound.play()

    def update(self, at: LPoint3) -> None:
        """Let places be as loud as they are near, and a step fall with every stride."""
        for name, sound in self._places.items():
            (x, y, _), loudest = _PLACES[name]
            distance = ((at.x - x) ** 2 + (at.y - y) ** 2) ** 0.5
            near = (_REACH[1] - distance) / (_REACH[1] - _REACH[0])
            sound.set_volume(loudest * min(1.0, max(0.0, near)) ** 2)
        if self._was is not None:
            self._walked += (at - self._was).length()
        self._was = LPoint3(at)
        if self._walked > _STRIDE:
            self._walked = 0.0
            step = self._random.choice(self._steps)
            step.set_volume(_STEP * self._random.uniform(0.7, 1.0))
            step.set_play_rate(self._random.uniform(0.92, 1.08))
            step.play()

    def stop(self) -> None:
        """Be silent."""
        for sound in (self._evening, *self._places.values(), *self._steps):
            sound.stop()


def _path(name: str) -> Filename:
    return Filename.from_os_specific(str(ASSETS / f"{name}.wav"))
