"""What a part of a picture is drawn on, off screen, in one frame, and copied from in a later one. Main thread only."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from panda3d.core import (
    DisplayRegion,
    DisplayRegionCullCallbackData,
    DisplayRegionDrawCallbackData,
    FrameBufferProperties,
    GraphicsOutput,
    GraphicsPipe,
    LVecBase4f,
    NodePath,
    PythonCallbackObject,
    Texture,
    WindowProperties,
)

from ..errors import ConfigurationError
from .division import Part

if TYPE_CHECKING:
    from direct.showbase.ShowBase import ShowBase

_SORT = -10  # before the window
_PIXEL = 4  # bytes


class Tile:
    """A buffer for parts of at most ``size`` pixels. Raises ConfigurationError where there can be none."""

    def __init__(self, base: ShowBase, size: tuple[int, int]) -> None:
        properties = FrameBufferProperties()
        properties.set_rgba_bits(8, 8, 8, 8)
        properties.set_depth_bits(24)
        buffer: GraphicsOutput | None = base.graphics_engine.make_output(
            base.pipe,
            "convai-vision",
            _SORT,
            properties,
            WindowProperties(size=size),
            # A parasite would draw into the window, which keeps nothing from frame to frame.
            GraphicsPipe.BF_refuse_window | GraphicsPipe.BF_refuse_parasite | GraphicsPipe.BF_fb_props_optional,
            base.win.gsg,
            base.win,
        )
        if buffer is None:
            raise ConfigurationError("Vision cannot draw off screen here: the graphics driver offers no buffer for it.")
        self._size = size
        self._texture = Texture("convai-vision")
        buffer.add_render_texture(self._texture, GraphicsOutput.RTM_triggered_copy_ram, GraphicsOutput.RTP_color)
        self._buffer = buffer
        self._region: DisplayRegion = buffer.make_display_region()
        self._region.set_cull_callback(PythonCallbackObject(self._time))
        self._region.set_draw_callback(PythonCallbackObject(self._time))
        self._part: Part | None = None  # that is being drawn
        self._spent = 0.0
        self.rest()

    @property
    def is_active(self) -> bool:
        """Whether the coming frame draws or copies."""
        return bool(self._buffer.active)

    def draw(self, part: Part, eye: NodePath, ground: LVecBase4f) -> None:
        """Have the coming frame draw a part, which is all that ``eye`` sees, on a ground of that colour."""
        width, height = self._size
        self._region.camera = eye
        self._region.set_dimensions(0.0, part.width / width, 0.0, part.height / height)
        self._buffer.set_clear_color(ground)
        self._part, self._spent = part, 0.0
        self._activate(draws=True)

    def copy(self) -> None:
        """Have the coming frame draw nothing, and copy what an earlier one has drawn."""
        self._activate(draws=False)
        self._buffer.trigger_copy()

    def rest(self) -> None:
        """Have the coming frame do nothing."""
        self._buffer.active = False

    def read_into(self, picture: bytearray, width: int) -> bool:
        """Put what was copied into a picture of that width, as BGRA from the lowest row on; false where it failed."""
        part, data = self._part, self._read()
        if part is None or not data:
            return False
        part.note(self._spent)
        row, own = part.width * _PIXEL, self._size[0] * _PIXEL
        start, step = (part.y * width + part.x) * _PIXEL, width * _PIXEL
        for number in range(part.height):
            picture[start + number * step : start + number * step + row] = data[number * own : number * own + row]
        return True

    def close(self, base: ShowBase) -> None:
        """Let go of the buffer."""
        self._region.clear_cull_callback()
        self._region.clear_draw_callback()
        base.graphics_engine.remove_window(self._buffer)

    def _read(self) -> bytes:
        data = self._texture.get_ram_image_as("BGRA").get_data() if self._texture.has_ram_image() else b""
        self._texture.clear_ram_image()
        return data if len(data) == self._size[0] * self._size[1] * _PIXEL else b""

    def _activate(self, *, draws: bool) -> None:
        self._region.active = draws
        self._buffer.set_clear_color_active(draws)
        self._buffer.set_clear_depth_active(draws)
        self._buffer.active = True

    def _time(self, data: DisplayRegionCullCallbackData | DisplayRegionDrawCallbackData) -> None:
        """Cull or draw, by the clock; in the threads for that where the game has them."""
        began = perf_counter()
        data.upcall()
        self._spent += perf_counter() - began
