"""A camera of the scene that draws small pictures off screen, now and then. Main thread only.

A picture is drawn strip by strip, one in a frame, so that no frame has much to draw; and each strip is copied to memory
some frames after it was drawn, when the graphics card is long done with it and nobody has to wait. The camera stands
still meanwhile, whatever the player does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from panda3d.core import Camera, LPoint2, LVecBase2, NodePath

from ..errors import ConfigurationError
from ..picture import Picture
from .strip import Strip

if TYPE_CHECKING:
    from direct.showbase.ShowBase import ShowBase
    from panda3d.core import Lens

_PATIENCE = 3  # frames between drawing and copying: graphics cards are at most two behind
_BUFFERS = _PATIENCE + 1  # a strip is read in the frame after its copy, and its buffer drawn anew in the same
_LATEST = 10  # frames: a copy that takes longer has failed
_STRIPS = 12  # at most: a fifth of a second of 60 frames
_LARGEST = 1920  # pixels
_FASTEST = 3.0  # pictures a second


class Vision:
    """What characters see: ``Convai(base, vision=Vision())``, and ``character.look("What is this?")``.

    ``camera`` is whose view is shown (default: ``base.cam``, what the player sees, without the interface), ``size`` in
    pixels, ``rate`` in pictures a second; the service itself looks once a second. Only the character that is being
    talked to sees, and only while ``is_on``, which may be set at any time.

    Raises ConfigurationError for a size or a rate that cannot be.
    """

    def __init__(
        self,
        camera: NodePath | None = None,
        *,
        size: tuple[int, int] = (640, 360),
        rate: float = 1.0,
        is_on: bool = True,
    ) -> None:
        if not all(isinstance(pixels, int) and 16 <= pixels <= _LARGEST and pixels % 2 == 0 for pixels in size):
            raise ConfigurationError(f"size must be two even numbers from 16 to {_LARGEST} pixels, got {size}.")
        if not (math.isfinite(rate) and 0.0 < rate <= _FASTEST):
            raise ConfigurationError(f"rate must be above 0 and at most {_FASTEST:g} pictures a second, got {rate}.")
        self._camera = camera
        self._size = size
        self._count = next(count for count in range(_STRIPS, 0, -1) if size[1] % count == 0)
        self._period = 1.0 / rate
        self.is_on = is_on
        self._base: ShowBase | None = None
        self._strips: list[Strip] = []
        self._eye: NodePath = NodePath()
        self._lens: Lens | None = None  # of the whole picture
        self._due = float("-inf")
        self._frame: int | None = None  # of the picture that is being made
        self._data: list[bytes] = []
        self._late = 0  # frames for which a copy has been waited for

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures."""
        return self._size

    @property
    def is_busy(self) -> bool:
        """Whether the coming frame draws or copies some of a picture."""
        return any(strip.is_active for strip in self._strips)

    def serve(self, base: ShowBase) -> None:
        """Draw in this ShowBase. Raises ConfigurationError where it has no window to draw beside, or no camera."""
        if self._base is not None:
            raise ConfigurationError("This Vision serves a Convai already; each one needs its own.")
        if base.win is None or base.win.gsg is None:
            raise ConfigurationError("Vision needs something to draw with: a window, or window-type offscreen.")
        camera = self._camera if self._camera is not None else base.cam
        if camera is None or camera.is_empty() or not isinstance(camera.node(), Camera):
            raise ConfigurationError("Vision needs a camera: pass camera=, a NodePath with a Camera.")
        self._base, self._camera = base, camera
        width, height = self._size
        buffers = min(_BUFFERS, self._count)
        self._strips = [Strip(base, width, height // self._count) for _ in range(buffers)]

    def update(self, now: float, *, is_wanted: bool) -> Picture | None:
        """The next bit of a picture: one strip drawn, one copied, one read."""
        if self._frame is None:
            if not (is_wanted and self.is_on and self._strips and now >= self._due):
                return None
            if not self._open_eye():
                return None
            self._due = (self._due if now - self._due < self._period else now) + self._period
            self._frame, self._data = 0, []
        for strip in self._strips:
            strip.rest()
        if self._frame > _PATIENCE and not self._take(self._at(self._frame - _PATIENCE - 1)):
            return None
        frame, self._frame = self._frame, self._frame + 1
        if frame < self._count:
            self._draw(frame)
        if _PATIENCE <= frame < self._count + _PATIENCE:
            self._at(frame - _PATIENCE).copy()
        return self._finish() if len(self._data) == self._count else None

    def _take(self, strip: Strip) -> bool:
        """Read a strip; false where its copy is still on the way, as it is while drawing has a thread of its own."""
        data = strip.read()
        self._late = 0 if data else self._late + 1
        if data or self._late > _LATEST:
            self._data.append(data)
            self._late = 0
            return True
        return False

    def close(self) -> None:
        """Let go of the buffers."""
        if self._base is not None:
            for strip in self._strips:
                strip.close(self._base)
        self._strips = []
        self._eye.remove_node()

    def _at(self, number: int) -> Strip:
        return self._strips[number % len(self._strips)]

    def _open_eye(self) -> bool:
        """Look from where the camera is just now, in the picture's proportions; false where there is none any more."""
        if self._camera is None or self._camera.is_empty() or self._base is None or self._base.win is None:
            return False
        self._eye = NodePath(self._camera.node().make_copy())
        self._eye.reparent_to(self._camera.get_top())
        self._eye.set_transform(self._camera.get_net_transform())
        node = self._eye.node()
        if isinstance(node, Camera):
            self._lens = node.get_lens().make_copy()
            self._lens.set_aspect_ratio(self._size[0] / self._size[1])
        return True

    def _draw(self, number: int) -> None:
        """A strip, the lowest one first."""
        node, base = self._eye.node(), self._base
        if base is None or base.win is None or self._lens is None or not isinstance(node, Camera):
            return  # the window was closed meanwhile
        node.set_lens(_part(self._lens, number, self._count))
        self._at(number).draw(self._eye, base.win.get_clear_color())

    def _finish(self) -> Picture | None:
        self._eye.remove_node()
        self._frame = None
        data = b"".join(self._data)
        return Picture(*self._size, data) if all(self._data) else None


def _part(lens: Lens, number: int, count: int) -> Lens:
    """A lens that sees one of ``count`` strips of what the other one sees, counted from below."""
    part = lens.make_copy()
    film, focal, offset = lens.get_film_size(), lens.get_focal_length(), lens.get_film_offset()
    height = film.y / count
    part.set_film_size(LVecBase2(film.x, height))
    part.set_focal_length(focal)
    part.set_film_offset(LPoint2(offset.x, offset.y + (number + 0.5) * height - 0.5 * film.y))
    return part
