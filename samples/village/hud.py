"""The parts that the interface is made of: panels, triangles, and texts that are laid out seldom. Main thread only."""

from __future__ import annotations

from direct.gui.DirectGui import DirectFrame
from panda3d.core import (
    Geom,
    GeomNode,
    GeomTriangles,
    GeomVertexData,
    GeomVertexFormat,
    GeomVertexWriter,
    NodePath,
    TextNode,
)

from samples.village.lettering import Ink, Typeset, make_text, typeset

INK = (0.98, 0.95, 0.88, 1)
GOLD = (1.0, 0.80, 0.50, 1)
WARNING = (1.0, 0.72, 0.55, 1)
SHADE = (0.05, 0.04, 0.07, 0.66)
LINE = 1.25  # units from one line to the next

Color = tuple[float, float, float, float]


class Words:
    """A text in the scene graph that changes only when told something new, once its glyphs are drawn."""

    def __init__(
        self,
        parent: NodePath,
        ink: Ink,
        *,
        size: float = 0.045,
        width: float = float("inf"),
        color: Color = INK,
        align: int = TextNode.A_left,
        most: int = 0,
    ) -> None:
        self._ink = ink
        self._node = make_text("words", align=align)
        self._node.set_text_color(*color)
        self._align = align
        self._most = most
        self.path = NodePath(self._node)
        self.path.reparent_to(parent)
        self.size, self.width = size, width  # of a line, and of the paragraph, in units of the screen
        self._wanted: tuple[str, float, float] = ("", 0.0, 0.0)
        self._shown: tuple[str, float, float] = ("", 0.0, 0.0)
        self.set = Typeset("", 0, 0.0, is_leftward=False)

    @property
    def text(self) -> str:
        """What it says, or will once its glyphs are drawn."""
        return self._wanted[0]

    def say(self, text: str) -> None:
        """Say something else from now on."""
        self._wanted = (text, self.size, self.width)

    def update(self) -> bool:
        """Lay out what is new; whether anything was."""
        if self._wanted == self._shown or not self._ink.is_ready(self._wanted[0]):
            return False
        self._shown = self._wanted
        text, size, width = self._shown
        self.set = typeset(text, width / size, self._most)
        if self._align == TextNode.A_left and self.set.is_leftward and width < 10.0:
            self._node.set_align(TextNode.A_right)
            self.path.set_x(self._left + width)
        else:
            self._node.set_align(self._align)
            self.path.set_x(self._left)
        self._node.set_text(self.set.text)
        self.path.set_scale(size)
        return True

    def place(self, x: float, z: float) -> None:
        """Put the first line's left end there (its middle or right end, where aligned so)."""
        self._left = x
        self.path.set_pos(x, 0, z)

    _left = 0.0

    def recolor(self, color: Color) -> None:
        """Use another colour."""
        self._node.set_text_color(*color)

    @property
    def height(self) -> float:
        """Of all lines, in units of the screen."""
        return self.set.lines * LINE * self.size

    def remove(self) -> None:
        """Take it off the screen."""
        self.path.remove_node()


def panel(parent: NodePath, left: float, right: float, bottom: float, top: float, color: Color = SHADE) -> DirectFrame:
    """A dark glass to read on."""
    return DirectFrame(parent=parent, frameColor=color, frameSize=(left, right, bottom, top))


def triangle(parent: NodePath, size: float, color: Color) -> NodePath:
    """A flat arrow head that points right; turn it by its roll."""
    data = GeomVertexData("triangle", GeomVertexFormat.get_v3(), Geom.UH_static)
    writer = GeomVertexWriter(data, "vertex")
    for x, z in ((-0.5, -0.5), (0.6, 0.0), (-0.5, 0.5)):
        writer.add_data3(x * size, 0, z * size)
    corners = GeomTriangles(Geom.UH_static)
    corners.add_vertices(0, 1, 2)
    geom = Geom(data)
    geom.add_primitive(corners)
    node = GeomNode("triangle")
    node.add_geom(geom)
    path: NodePath = parent.attach_new_node(node)
    path.set_color(*color)
    path.set_two_sided(True)
    return path
