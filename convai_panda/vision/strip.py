"""A strip of a picture: drawn off screen in one frame, copied to memory in a later one. Main thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panda3d.core import (
    DisplayRegion,
    FrameBufferProperties,
    GraphicsOutput,
    GraphicsPipe,
    LVecBase4f,
    NodePath,
    Texture,
    WindowProperties,
)

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from direct.showbase.ShowBase import ShowBase

_SORT = -10  # before the window
_PIXEL = 4  # bytes


class Strip:
    """A buffer of ``width`` by ``height`` pixels. Raises ConfigurationError where there can be none."""

    def __init__(self, base: ShowBase, width: int, height: int) -> None:
        properties = FrameBufferProperties()
        properties.set_rgba_bits(8, 8, 8, 8)
        properties.set_depth_bits(24)
        buffer: GraphicsOutput | None = base.graphics_engine.make_output(
            base.pipe,
            "convai-vision",
            _SORT,
            properties,
            WindowProperties(size=(width, height)),
            GraphicsPipe.BF_refuse_window | GraphicsPipe.BF_fb_props_optional,
            base.win.gsg,
            base.win,
        )
        if buffer is None:
            raise ConfigurationError("Vision cannot draw off screen here: the graphics driver offers no buffer for it.")
        self._size_bytes = width * height * _PIXEL
        self._texture = Texture("convai-vision")
        buffer.add_render_texture(self._texture, GraphicsOutput.RTM_triggered_copy_ram, GraphicsOutput.RTP_color)
        self._buffer = buffer
        self._region: DisplayRegion = buffer.make_display_region()
        self.rest()

    @property
    def is_active(self) -> bool:
        """Whether the coming frame draws or copies."""
        return bool(self._buffer.active)

    def draw(self, eye: NodePath, color: LVecBase4f) -> None:
        """Have the coming frame draw what a camera sees, on a ground of that colour."""
        self._region.camera = eye
        self._buffer.set_clear_color(color)
        self._activate(draws=True)

    def copy(self) -> None:
        """Have the coming frame draw nothing, and copy what an earlier one has drawn."""
        self._activate(draws=False)
        self._buffer.trigger_copy()

    def rest(self) -> None:
        """Have the coming frame do nothing."""
        self._buffer.active = False

    def read(self) -> bytes:
        """What was copied, as BGRA from the lowest row on; nothing where that has failed."""
        data = self._texture.get_ram_image_as("BGRA").get_data() if self._texture.has_ram_image() else b""
        self._texture.clear_ram_image()
        return data if len(data) == self._size_bytes else b""

    def close(self, base: ShowBase) -> None:
        """Let go of the buffer."""
        base.graphics_engine.remove_window(self._buffer)

    def _activate(self, *, draws: bool) -> None:
        self._region.active = draws
        self._buffer.set_clear_color_active(draws)
        self._buffer.set_clear_depth_active(draws)
        self._buffer.active = True
