"""A camera of the scene that draws small pictures off screen, now and then. Main thread only.

A picture is drawn part by part, one in a frame, so that no frame has much to draw. Parts beside one another make up a
block, which is copied to memory some frames after the last of them was drawn, when the graphics card is long done with
it and nobody has to wait; a frame that copies draws nothing, or next to nothing. The camera stands still meanwhile,
whatever the player does.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from panda3d.core import Camera, LPoint2, LVecBase2, NodePath

from ..errors import ConfigurationError
from ..picture import Picture
from .division import Division, Part
from .tile import PIXEL, Tile

if TYPE_CHECKING:
    from direct.showbase.ShowBase import ShowBase
    from panda3d.core import Lens

_PATIENCE = 3  # frames between drawing and copying: graphics cards are at most two behind
_TILES = _PATIENCE + 2  # blocks that are drawn, waited for and copied at once where each is of one part
_ASIDE = 0.0001  # s: a part that costs less is drawn beside a copy
_LATEST = 10  # frames: a copy that takes longer has failed
_MOST = 48  # parts: four fifths of a second of 60 frames
_SHARE = 0.7  # of the time between two pictures in which one is made
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
        self._period = 1.0 / rate
        self.is_on = is_on
        self._base: ShowBase | None = None
        self._tiles: list[Tile] = []
        self._division = Division(size)
        self._todo: deque[tuple[Part, deque[Part]]] = deque()  # blocks yet to be drawn, and their parts
        self._free: list[Tile] = []
        self._drawing: Tile | None = None
        self._drying: deque[tuple[Tile, int]] = deque()  # and from which frame on they may be copied
        self._copied: Tile | None = None
        self._eye: NodePath = NodePath()
        self._lens: Lens | None = None  # of the whole picture
        self._due = float("-inf")
        self._frame: int | None = None  # of the picture that is being made
        self._began = 0.0
        self._data = bytearray()
        self._is_whole = True
        self._late = 0  # frames for which a copy has been waited for

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures."""
        return self._size

    @property
    def is_busy(self) -> bool:
        """Whether the coming frame draws or copies some of a picture."""
        return any(tile.is_active for tile in self._tiles)

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
        self._tiles = [Tile(base, self._division.largest) for _ in range(_TILES)]

    def update(self, now: float, *, is_wanted: bool) -> Picture | None:
        """The next bit of a picture: a part drawn, or a block copied, or read."""
        if self._frame is None and not (is_wanted and self._begin(now)):
            return None
        for tile in self._tiles:
            tile.rest()
        if not self._take():
            return None
        self._frame = (self._frame or 0) + 1
        is_copying = self._copy(self._frame)
        if self._todo:
            self._draw(self._frame, is_copying=is_copying)
        is_made = not (self._todo or self._drying or self._copied)
        return self._finish(now) if is_made else None

    def close(self) -> None:
        """Let go of the buffers."""
        if self._base is not None:
            for tile in self._tiles:
                tile.close(self._base)
        self._tiles = []
        self._eye.remove_node()

    def _begin(self, now: float) -> bool:
        """Begin a picture if it is time for one."""
        if not (self.is_on and self._tiles and now >= self._due and self._open_eye()):
            return False
        self._due = (self._due if now - self._due < self._period else now) + self._period
        self._frame, self._began = 0, now
        self._todo = deque((block, deque(block.leaves())) for block in self._division.blocks)
        self._free, self._drawing, self._copied = list(self._tiles), None, None
        self._drying.clear()
        self._data, self._is_whole = bytearray(self._size[0] * self._size[1] * PIXEL), True
        return True

    def _take(self) -> bool:
        """Read what was copied; false where it is still on the way, as it is while drawing has a thread of its own."""
        if self._copied is None:
            return True
        is_there = self._copied.read_into(self._data, self._size[0])
        self._late = 0 if is_there else self._late + 1
        if not is_there and self._late <= _LATEST:
            return False
        self._is_whole = self._is_whole and is_there
        self._late = 0
        self._free.append(self._copied)
        self._copied = None
        return True

    def _copy(self, frame: int) -> bool:
        """Copy the next block if it is time to."""
        if not self._drying or frame < self._drying[0][1]:
            return False
        self._copied, _ = self._drying.popleft()
        self._copied.copy()
        return True

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

    def _draw(self, frame: int, *, is_copying: bool) -> None:
        """Draw the next part, if that is not too much, and there is something to draw it on."""
        block, parts = self._todo[0]
        cost = parts[0].cost
        if is_copying and (cost is None or cost > _ASIDE):
            return
        if self._drawing is None and self._free:
            self._drawing = self._free.pop(0)
            self._drawing.begin(block)
        node, base = self._eye.node(), self._base
        if self._drawing is None:
            return
        part = parts.popleft()
        if base is not None and base.win is not None and self._lens is not None and isinstance(node, Camera):
            node.set_lens(_lens_of(part, self._lens, self._size))
            self._drawing.draw(part, self._eye, base.win.get_clear_color())  # else the window was closed meanwhile
        if not parts:
            self._todo.popleft()
            self._drying.append((self._drawing, frame + _PATIENCE))
            self._drawing = None

    def _finish(self, now: float) -> Picture | None:
        self._eye.remove_node()
        frames, self._frame = self._frame or 1, None
        affordable = _SHARE * self._period * frames / max(now - self._began, 1e-3)
        beside = frames - len(self._division.parts)  # frames that drew nothing: they waited, or copied
        self._division.revise(min(_MOST, int(affordable) - beside))
        data, self._data = bytes(self._data), bytearray()
        return Picture(*self._size, data) if self._is_whole else None


def _lens_of(part: Part, lens: Lens, size: tuple[int, int]) -> Lens:
    """A lens that sees a part of what the other one sees."""
    own = lens.make_copy()
    film, focal, offset = lens.get_film_size(), lens.get_focal_length(), lens.get_film_offset()
    across, up = film.x / size[0], film.y / size[1]  # of one pixel
    own.set_film_size(LVecBase2(part.width * across, part.height * up))
    own.set_focal_length(focal)
    aside = (part.x + 0.5 * part.width - 0.5 * size[0]) * across
    above = (part.y + 0.5 * part.height - 0.5 * size[1]) * up
    own.set_film_offset(LPoint2(offset.x + aside, offset.y + above))
    return own
