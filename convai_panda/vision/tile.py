"""What a block of a picture is drawn on, off screen, part by part, and copied from later. Main thread only."""

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
PIXEL = 4  # bytes: BGRA
_BRUSHES = 4  # of a tile: what drawing has cost is known by the time that one is taken up again


class _Brush:
    """Draws one part in one frame, by the clock."""

    def __init__(self, buffer: GraphicsOutput) -> None:
        self._region: DisplayRegion = buffer.make_display_region()
        self._region.set_clear_color_active(True)
        self._region.set_clear_depth_active(True)
        self._region.set_cull_callback(PythonCallbackObject(self._time))
        self._region.set_draw_callback(PythonCallbackObject(self._time))
        self._part: Part | None = None
        self._spent = 0.0
        self.rest()

    def draw(self, part: Part, place: LVecBase4f, eye: NodePath, ground: LVecBase4f) -> None:
        """Have the coming frame draw a part at a place of the buffer (left, right, bottom and top, 0 to 1)."""
        self.settle()
        self._part, self._spent = part, 0.0
        self._region.camera = eye
        self._region.set_dimensions(place)
        self._region.set_clear_color(ground)
        self._region.active = True

    def rest(self) -> None:
        """Have the coming frame draw nothing."""
        self._region.active = False

    def settle(self) -> None:
        """Note what the part has cost."""
        if self._part is not None:
            self._part.note(self._spent)
            self._part = None

    def close(self) -> None:
        """Draw no more."""
        self._region.clear_cull_callback()
        self._region.clear_draw_callback()

    def _time(self, data: DisplayRegionCullCallbackData | DisplayRegionDrawCallbackData) -> None:
        """Cull or draw; in the threads for that where the game has them."""
        began = perf_counter()
        data.upcall()
        self._spent += perf_counter() - began


class Tile:
    """A buffer for blocks of at most ``size`` pixels. Raises ConfigurationError where there can be none."""

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
        buffer.disable_clears()  # each part clears its own place, and leaves those beside it as they are
        self._buffer = buffer
        self._brushes = [_Brush(buffer) for _ in range(_BRUSHES)]
        self._turn = 0
        self._block: Part | None = None  # that is on it
        self.rest()

    @property
    def is_active(self) -> bool:
        """Whether the coming frame draws or copies."""
        return bool(self._buffer.active)

    def begin(self, block: Part) -> None:
        """Take on a block, whose parts come next."""
        self._block = block

    def draw(self, part: Part, eye: NodePath, ground: LVecBase4f) -> None:
        """Have the coming frame draw a part of the block: all that ``eye`` sees, on a ground of that colour."""
        block, (width, height) = self._block, self._size
        if block is None:
            return
        left, bottom = (part.x - block.x) / width, (part.y - block.y) / height
        place = LVecBase4f(left, left + part.width / width, bottom, bottom + part.height / height)
        self._turn = (self._turn + 1) % _BRUSHES
        self._brushes[self._turn].draw(part, place, eye, ground)
        self._buffer.active = True

    def copy(self) -> None:
        """Have the coming frame draw nothing, and copy what earlier ones have drawn."""
        self._buffer.active = True
        self._buffer.trigger_copy()

    def rest(self) -> None:
        """Have the coming frame do nothing."""
        self._brushes[self._turn].rest()
        self._buffer.active = False

    def read_into(self, picture: bytearray, width: int) -> bool:
        """Put what was copied into a picture of that width, as BGRA from the lowest row on; false where it failed."""
        block, data = self._block, self._read()
        if block is None or not data:
            return False
        for brush in self._brushes:
            brush.settle()
        row, own = block.width * PIXEL, self._size[0] * PIXEL
        start, step = (block.y * width + block.x) * PIXEL, width * PIXEL
        for number in range(block.height):
            picture[start + number * step : start + number * step + row] = data[number * own : number * own + row]
        return True

    def close(self, base: ShowBase) -> None:
        """Let go of the buffer."""
        for brush in self._brushes:
            brush.close()
        base.graphics_engine.remove_window(self._buffer)

    def _read(self) -> bytes:
        data = self._texture.get_ram_image_as("BGRA").get_data() if self._texture.has_ram_image() else b""
        self._texture.clear_ram_image()
        return data if len(data) == self._size[0] * self._size[1] * PIXEL else b""
