"""What happens behind the scene: rings on the ground, rooms, the pause before an answer, cost. Main thread only."""

from __future__ import annotations

import math
from collections.abc import Sequence

from direct.showbase.DirectObject import DirectObject
from direct.showbase.ShowBase import ShowBase
from panda3d.core import LineSegs, NodePath

from convai_panda import (
    Character,
    CloudTransport,
    Convai,
    Nearest,
    PlayerSpeakingStopped,
    Ring,
    SpeakingStarted,
    ThinkingStarted,
    Transcript,
)
from samples.village.hud import LINE, Words, panel
from samples.village.lettering import Ink

_PERIOD = 0.25  # s between two looks
_SIZE = 0.034
_MOST = 10  # lines
_COLORS = {"approach": (0.45, 0.75, 0.95, 0.8), "enter": (0.45, 0.9, 0.5, 0.9), "leave": (0.95, 0.75, 0.25, 0.8)}
_TASKS = ("convai-update", "village-update")


class Overlay(DirectObject):
    """Shown and hidden by ``toggle``; nothing is measured or drawn while hidden but the pause before an answer."""

    def __init__(self, base: ShowBase, ink: Ink, convai: Convai, policy: Nearest) -> None:
        super().__init__()
        self._base, self._convai, self._policy = base, convai, policy
        self._root: NodePath = base.a2dTopLeft.attach_new_node("overlay")
        self._glass = panel(self._root, 0.03, 1.75, -1.1, -0.24)
        self._lines = [Words(self._root, ink, size=_SIZE) for _ in range(_MOST)]
        for number, words in enumerate(self._lines):
            words.place(0.06, -0.30 - number * LINE * _SIZE)
        self._root.hide()
        self._rings: list[NodePath] = []
        self._next = 0.0
        self._asked = self._thought = 0.0
        self._pauses = "no answer yet"
        for event in (Transcript, PlayerSpeakingStopped, ThinkingStarted, SpeakingStarted):
            self.accept(event.name, self._note)

    @property
    def is_shown(self) -> bool:
        """Whether it is on screen."""
        return not self._root.is_hidden()

    @property
    def text(self) -> str:
        """What it says."""
        return "\n".join(words.text for words in self._lines if words.text)

    def toggle(self) -> None:
        """Show it, or take it away."""
        if self.is_shown:
            self._root.hide()
            for ring in self._rings:
                ring.remove_node()
            self._rings = []
        else:
            self._root.show()
            self._next = 0.0
            for character in self._convai.characters.values():
                self._rings += _rings(character, self._policy)

    def update(self) -> None:
        """Measure again, a few times a second."""
        now = self._base.clock.get_frame_time()
        if not self.is_shown:
            return
        if now >= self._next:
            self._next = now + _PERIOD
            lines = [self._frame(), self._rooms(), f"Answer: {self._pauses}", *self._people()][:_MOST]
            for words, line in zip(self._lines, lines + [""] * (_MOST - len(lines)), strict=True):
                words.say(line)
            self._glass["frameSize"] = (0.03, 1.75, -0.28 - len(lines) * LINE * _SIZE, -0.24)
        for words in self._lines:
            words.update()

    def destroy(self) -> None:
        """Remove it."""
        self.ignore_all()
        for ring in self._rings:
            ring.remove_node()
        self._root.remove_node()

    def _frame(self) -> str:
        rate = self._base.clock.get_average_frame_rate()
        cost = ", ".join(
            f"{name} {task.get_average_dt() * 1000:.2f} ms"
            for name in _TASKS
            for task in self._base.task_mgr.getTasksNamed(name)
        )
        return f"{rate:.0f} frames/s ({cost})"

    def _rooms(self) -> str:
        transport = self._convai.transport
        if isinstance(transport, CloudTransport):
            return f"Rooms {transport.rooms.describe()}"
        return f"Rooms of the {type(transport).__name__} in this process"

    def _people(self) -> Sequence[str]:
        ears = self._convai.listener
        return [
            f"{each.name} {each.state.value}, ring {each.ring.value}, {each.node.get_distance(ears):.1f} m, "
            f"peak {each.loudness:.2f}"
            for each in self._convai.characters.values()
            if each.ring is not Ring.FAR
        ] or ["nobody near"]

    def _note(self, character: Character, event: object) -> None:
        now = self._base.clock.get_real_time()
        match event:
            case Transcript(speaker=speaker, is_final=True) if speaker.value == "player":
                self._asked = now
            case PlayerSpeakingStopped():
                self._asked = now
            case ThinkingStarted():
                self._thought = now
            case SpeakingStarted() if self._asked:
                thinking, speaking = max(0.0, self._thought - self._asked), now - max(self._thought, self._asked)
                self._pauses = f"{thinking * 1000:.0f} ms until it thinks, {speaking * 1000:.0f} ms until it speaks"
                self._asked = 0.0


def _rings(character: Character, policy: Nearest) -> list[NodePath]:
    """The distances at which something happens, drawn on the ground around a character."""
    drawn = []
    for name, color in _COLORS.items():
        radius = getattr(policy, name)
        lines = LineSegs(f"ring-{name}")
        lines.set_color(*color)
        lines.set_thickness(2.0)
        for step in range(65):
            angle = step / 64 * 2 * math.pi
            lines.draw_to(radius * math.cos(angle), radius * math.sin(angle), 0.08)
        ring: NodePath = character.node.attach_new_node(lines.create())
        ring.set_shader_off(100)
        ring.set_transparency(True)
        drawn.append(ring)
    return drawn
