"""A camera of the scene that draws small pictures off screen, now and then. Main thread only.

A picture takes some frames: it is drawn in one, and copied to memory in a later one, when the graphics card has long
drawn it and nobody has to wait for that.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from panda3d.core import (
    Camera,
    DisplayRegion,
    FrameBufferProperties,
    GraphicsOutput,
    GraphicsPipe,
    NodePath,
    Texture,
    WindowProperties,
)

from ..errors import ConfigurationError
from ..picture import Picture

if TYPE_CHECKING:
    from direct.showbase.ShowBase import ShowBase

_PATIENCE = 3  # frames between drawing and copying: graphics cards are at most two behind
_LARGEST = 1920  # pixels
_FASTEST = 10.0  # pictures a second
_SORT = -10  # before the window


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
        self._buffer: GraphicsOutput | None = None
        self._region: DisplayRegion | None = None
        self._texture = Texture("convai-vision")
        self._eye: NodePath = NodePath()
        self._due = float("-inf")
        self._age: int | None = None  # frames since the picture was drawn that has not been read yet

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures."""
        return self._size

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
        self._open(base)

    def update(self, now: float, *, is_wanted: bool) -> Picture | None:
        """Draw, wait, copy or read; one of them in a frame."""
        if self._buffer is None:
            return None
        if self._age is not None:
            self._age += 1
            self._buffer.active = self._age == _PATIENCE
            if self._age == _PATIENCE:
                self._copy(self._buffer)
            return self._read() if self._age > _PATIENCE else None
        if is_wanted and self.is_on and now >= self._due:
            self._due = (self._due if now - self._due < self._period else now) + self._period
            self._draw()
        return None

    def close(self) -> None:
        """Let go of the buffer."""
        if self._buffer is not None and self._base is not None:
            self._base.graphics_engine.remove_window(self._buffer)
            self._buffer = self._region = None
        self._eye.remove_node()

    def _open(self, base: ShowBase) -> None:
        properties = FrameBufferProperties()
        properties.set_rgba_bits(8, 8, 8, 8)
        properties.set_depth_bits(24)
        buffer = base.graphics_engine.make_output(
            base.pipe,
            "convai-vision",
            _SORT,
            properties,
            WindowProperties(size=self._size),
            GraphicsPipe.BF_refuse_window | GraphicsPipe.BF_fb_props_optional,
            base.win.gsg,
            base.win,
        )
        if buffer is None:
            raise ConfigurationError("Vision cannot draw off screen here: the graphics driver offers no buffer for it.")
        buffer.add_render_texture(self._texture, GraphicsOutput.RTM_triggered_copy_ram, GraphicsOutput.RTP_color)
        buffer.active = False
        self._buffer, self._region = buffer, buffer.make_display_region()

    def _draw(self) -> None:
        """Have the coming frame draw a picture of what the camera sees just now."""
        base, camera, buffer, region = self._base, self._camera, self._buffer, self._region
        if base is None or camera is None or camera.is_empty() or buffer is None or region is None:
            return
        self._eye.remove_node()
        self._eye = _beside(camera, self._size[0] / self._size[1])
        region.camera = self._eye
        region.active = True
        buffer.set_clear_color(base.win.get_clear_color())
        buffer.set_clear_color_active(True)
        buffer.set_clear_depth_active(True)
        buffer.active = True
        self._age = 0

    def _copy(self, buffer: GraphicsOutput) -> None:
        """Have the coming frame draw nothing, and copy what an earlier one has drawn."""
        self._eye.remove_node()
        if self._region is not None:
            self._region.active = False
        buffer.set_clear_color_active(False)
        buffer.set_clear_depth_active(False)
        buffer.trigger_copy()

    def _read(self) -> Picture | None:
        self._age = None
        width, height = self._size
        image = self._texture.get_ram_image_as("BGRA").get_data() if self._texture.has_ram_image() else b""
        return Picture(width, height, image) if len(image) == width * height * 4 else None


def _beside(camera: NodePath, aspect_ratio: float) -> NodePath:
    """A camera that sees what the other one does, in other proportions."""
    eye = NodePath(camera.node().make_copy())
    node = eye.node()
    if isinstance(node, Camera):
        lens = node.get_lens().make_copy()
        lens.set_aspect_ratio(aspect_ratio)
        node.set_lens(lens)
    eye.reparent_to(camera)
    eye.clear_transform()
    return eye
