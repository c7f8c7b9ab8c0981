"""What is being said: a subtitle for the one who is talked to, bubbles over the heads of others. Main thread only."""

from __future__ import annotations

import math

from direct.showbase.ShowBase import ShowBase
from panda3d.core import LPoint2, LPoint3, NodePath, TextNode

from samples.village.hud import GOLD, INK, LINE, SHADE, Words, panel, triangle
from samples.village.lettering import Ink

_PERIOD = 1 / 12  # s between two layouts of a line that grows word by word
_HOLD = 3.0  # s that a line stays when its voice is silent
_HALF = 1.12  # half the panel's width
_LINES = 3
_BUBBLE = 0.62  # a bubble's width
_OVER = 0.55  # m over the head's pivot
_FAR = 16.0  # m: bubbles farther off say nothing


class Subtitle:
    """Speaker and words at the bottom, with an arrow towards a voice that is not on screen."""

    def __init__(self, base: ShowBase, ink: Ink) -> None:
        self._base = base
        self._root: NodePath = base.a2dBottomCenter.attach_new_node("subtitle")
        self._panel = panel(self._root, -_HALF, _HALF, 0.06, 0.3)
        self._name = Words(self._root, ink, color=GOLD)
        self._words = Words(self._root, ink, most=_LINES)
        self._arrow = triangle(self._root, 0.05, GOLD)
        self.scale = 1.0
        self._head: NodePath | None = None
        self._hide_at = self._next = 0.0
        self._pending: tuple[str, str] | None = None
        self._root.hide()

    @property
    def text(self) -> str:
        """The words, as they are or are about to be on screen."""
        return self._pending[1] if self._pending else self._words.text

    @property
    def speaker(self) -> str:
        """Whose words."""
        return self._pending[0] if self._pending else self._name.text

    @property
    def is_shown(self) -> bool:
        """Whether it is on screen."""
        return not self._root.is_hidden()

    @property
    def points(self) -> float | None:
        """Where the arrow points: -1 left, 1 right; None without one."""
        return None if self._arrow.is_hidden() else (1.0 if self._arrow.get_r() == 0.0 else -1.0)

    def show(self, speaker: str, text: str, head: NodePath | None) -> None:
        """Show words; ``head`` is where a voice comes from, None for words that make no sound."""
        self._pending = (speaker, text)
        self._head = head
        self._hide_at = math.inf if head is not None else self._base.clock.get_frame_time() + _HOLD

    def fade(self) -> None:
        """The voice is silent: what was read beside it may go soon."""
        self._hide_at = self._base.clock.get_frame_time() + _HOLD

    def update(self) -> None:
        """Lay out what is new, if it is time for that, and turn the arrow."""
        now = self._base.clock.get_frame_time()
        if now > self._hide_at and self._pending is None:
            self._root.hide()
            self._head = None
        if self._pending is not None and now >= self._next:
            self._next = now + _PERIOD
            (speaker, text), self._pending = self._pending, None
            self._name.size, self._words.size = 0.043 * self.scale, 0.05 * self.scale
            self._words.width = 2 * _HALF - 0.14
            self._name.say(speaker)
            self._words.say(text)
        self._name.update()
        if self._words.update():
            self._lay_out()
        self._turn_arrow()

    def _lay_out(self) -> None:
        height = self._words.height
        self._panel["frameSize"] = (-_HALF, _HALF, 0.06, 0.06 + height + 0.115 * self.scale)
        top = 0.06 + height
        self._words.place(-_HALF + 0.07, top - 0.035 * self.scale)
        if self._words.set.is_leftward:
            self._words.path.set_x(_HALF - 0.07)
        self._name.place(-_HALF + 0.07, top + 0.038 * self.scale)
        if self._words.text:
            self._root.show()
        else:
            self._root.hide()

    def _turn_arrow(self) -> None:
        side = None if self._head is None or self._head.is_empty() else off_screen(self._base, self._head)
        if side is None:
            self._arrow.hide()
            return
        self._arrow.show()
        self._arrow.set_r(0.0 if side > 0 else 180.0)
        self._arrow.set_pos(side * (_HALF - 0.05), 0, self._name.path.get_z() + 0.015)


def off_screen(base: ShowBase, node: NodePath) -> float | None:
    """On which side a node is beyond the screen's edge: -1 left, 1 right; None where it can be seen."""
    at = node.get_pos(base.camera)
    spot = LPoint2()
    if base.camLens.project(LPoint3(at), spot) and abs(spot.x) < 1.0 and abs(spot.y) < 1.0:
        return None
    return -1.0 if at.x < 0.0 else 1.0


class Bubble:
    """Words over a head, of somebody who is not the one talked to."""

    def __init__(self, base: ShowBase, ink: Ink, head: NodePath) -> None:
        self._base, self._head = base, head
        self._root: NodePath = base.aspect2d.attach_new_node("bubble")
        self._root.set_bin("background", 1)
        self._panel = panel(self._root, 0, 0, 0, 0, SHADE)
        self._words = Words(self._root, ink, size=0.036, width=_BUBBLE, most=3, align=TextNode.A_center, color=INK)
        self._words.place(0, 0)
        self.until = math.inf

    def say(self, text: str) -> None:
        """Show other words."""
        self._words.say(text)
        self.until = math.inf

    @property
    def text(self) -> str:
        """The words."""
        return self._words.text

    def update(self) -> None:
        """Stay over the head; out of sight or far away nothing is shown."""
        if self._words.update():
            half, height = self._words.set.width * self._words.size / 2 + 0.03, self._words.height
            self._panel["frameSize"] = (-half, half, -height + 0.02, 0.05)
        spot = LPoint2()
        at = LPoint3(0) if self._head.is_empty() else self._head.get_pos(self._base.camera)
        above = LPoint3(at.x, at.y, at.z + _OVER)
        if at.y <= 0.3 or at.length() > _FAR or not self._base.camLens.project(above, spot):
            self._root.hide()
            return
        self._root.show()
        ratio = self._base.get_aspect_ratio()
        lift = (self._words.set.lines - 1) * LINE * self._words.size
        self._root.set_pos(spot.x * ratio, 0, spot.y + lift)

    def remove(self) -> None:
        """Take it off the screen."""
        self._root.remove_node()
