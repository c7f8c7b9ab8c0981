"""A village whose characters see: pictures that a test paints, or a real camera."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import Convai, MemoryContinuity, Nearest, Picture, SilentVoice

from ..conftest import Village

Open = Callable[..., Village]

SKY, GRASS = bytes((220, 90, 30, 255)), bytes((30, 160, 40, 255))  # blue, green, red, alpha


class Painter:
    """Eyes that paint one picture again and again: blue above, green below."""

    def __init__(self, width: int = 64, height: int = 36) -> None:
        half = width * height // 2
        self.picture = Picture(width, height, GRASS * half + SKY * half)
        self.wanted: list[bool] = []
        self._due = float("-inf")

    def serve(self, base: ShowBase) -> None:
        pass

    def update(self, now: float, *, is_wanted: bool) -> Picture | None:
        self.wanted.append(is_wanted)
        if not is_wanted or now < self._due:
            return None
        self._due = now + 0.2
        return self.picture

    def close(self) -> None:
        pass


@pytest.fixture
def open_village(base: ShowBase) -> Iterator[Open]:
    opened: list[Village] = []

    def open_one(**options: Any) -> Village:
        player = base.render.attach_new_node("player")
        player.set_pos(0.0, -60.0, 1.7)
        given: dict[str, Any] = {
            "listener": player,
            "voice": SilentVoice(),
            "proximity": Nearest(linger=0.3),
            "continuity": MemoryContinuity(),
            "player_name": "Ana",
        }
        village = Village(base, Convai(base, **{**given, **options}))
        village.listen()
        opened.append(village)
        return village

    yield open_one
    for village in opened:
        village.convai.destroy()
    base.ignore_all()
