"""A ShowBase without a window, on a clock that moves only when it is stepped. Main thread only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from direct.showbase.ShowBase import ShowBase
from panda3d.core import Camera, ClockObject, PerspectiveLens, load_prc_file_data, unload_prc_file

_B = TypeVar("_B", bound=ShowBase)

_PRC = """
window-type none
print-pipe-types 0
notify-level-device fatal
notify-level-util error
"""


def headless(make: Callable[..., _B], *args: Any, frame_time: float, **options: Any) -> _B:
    """Make a game's ShowBase with no window, but with a camera, and with its clock at 0 and standing still."""
    with _settings(), _cameras():
        clock = ClockObject.get_global_clock()
        clock.mode = ClockObject.M_non_real_time
        clock.dt = frame_time
        clock.reset()
        try:
            return make(*args, **options)
        except BaseException:
            restore_clock()
            raise


def restore_clock() -> None:
    """Let the clock run in real time again."""
    with _settings():
        clock = ClockObject.get_global_clock()
        clock.mode = ClockObject.M_normal
        clock.reset()


@contextmanager
def _settings() -> Iterator[None]:
    page = load_prc_file_data("convai-panda-testing", _PRC)
    try:
        yield
    finally:
        unload_prc_file(page)


@contextmanager
def _cameras() -> Iterator[None]:
    """Give a ShowBase without a window the camera that it would have with one: games look and listen from it."""
    original = ShowBase.__init__

    def init(self: ShowBase, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        if self.cam is None:
            self.camera = self.render.attach_new_node("camera")
            self.cam = self.camera.attach_new_node(Camera("cam", PerspectiveLens()))
            self.camNode = self.cam.node()
            self.camLens = self.camNode.get_lens()

    ShowBase.__init__ = init  # type: ignore[method-assign]
    try:
        yield
    finally:
        ShowBase.__init__ = original  # type: ignore[method-assign]
