"""A player who does what a test says: walks, looks, talks, waits. Main thread only; every verb steps the scene."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from panda3d.core import LPoint3, NodePath

from ..audio.frame import AudioFrame
from ..audio.microphone import FRAME, FRAME_BYTES, WavMicrophone
from ..character import Character
from ..events import SpeechFinished

if TYPE_CHECKING:
    from .convai_scene import ConvaiScene

_PACE = 2.0  # units/s: a brisk walk
_ARRIVED = 1e-3  # units
_PATIENCE = 30.0  # s of game time for a line to be heard to its end
_HANG_ON = 1.5  # s of silence that a microphone still gives after the last word
_IDLE = 0.05  # s between two looks whether there is something to be spoken

Place = Character | NodePath | tuple[float, float] | tuple[float, float, float] | LPoint3


class ScriptedMicrophone(WavMicrophone):
    """Speaks what it is given, and captures nothing while there is nothing: silence is not worth a game's second."""

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """See Microphone."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        silent = _HANG_ON
        yield AudioFrame(bytes(FRAME_BYTES))
        while True:
            due += FRAME if silent < _HANG_ON else _IDLE
            await asyncio.sleep(due - loop.time())
            silent = 0.0 if self.is_speaking else silent + FRAME
            if silent < _HANG_ON:
                yield AudioFrame(self._spoken.popleft() if self._spoken else bytes(FRAME_BYTES))


class ScriptedPlayer:
    """The one whose ears and feet count: ``node`` is moved, and ``pace`` is how fast it walks."""

    def __init__(self, scene: ConvaiScene) -> None:
        self._scene = scene
        self._node: NodePath | None = None
        self.pace = _PACE

    @property
    def node(self) -> NodePath:
        """What is moved; default: the listener, or what carries it. Set it where a game's player is another node."""
        if self._node is not None:
            return self._node
        node = self._scene.convai.listener
        while node.has_parent() and node.get_parent() != self._scene.base.render:
            node = node.get_parent()
        return node

    @node.setter
    def node(self, node: NodePath) -> None:
        self._node = node

    def stand(self, at: Place) -> None:
        """Be there at once."""
        self.node.set_pos(self._scene.base.render, self._level(self._point(at)))
        self._scene.step()

    def walk_to(self, where: Place, *, stop_at: float = 0.0) -> None:
        """Walk straight there at ``pace``, facing the way; stops at a distance. Raises AssertionError if held up."""
        node, root, goal = self.node, self._scene.base.render, self._point(where)
        while True:
            before = node.get_pos(root)
            way = LPoint3(goal.x, goal.y, before.z) - before
            left = way.length() - stop_at
            if left <= _ARRIVED:
                return
            stride = min(left, self.pace * self._scene.frame_time)
            node.set_pos(root, before + way.normalized() * stride)
            node.look_at(root, LPoint3(goal.x, goal.y, before.z))
            self._scene.step()
            if (node.get_pos(root) - before).length() < 0.1 * stride:
                raise AssertionError(f"The player cannot get to {goal}: the game holds it at {node.get_pos(root)}.")

    def face(self, where: Place) -> None:
        """Look there, level."""
        root = self._scene.base.render
        goal, eye = self._point(where), self.node.get_pos(root)
        if (goal.xy - eye.xy).length() > _ARRIVED:
            self.node.look_at(root, LPoint3(goal.x, goal.y, eye.z))
        self._scene.step()

    def say(self, text: str, *, to: Character | None = None) -> None:
        """Write something to a character; default: to whom the player talks."""
        self._addressee(to).say(text)
        self._scene.step()

    def speak(self, wav: str | Path, *, words: str | None = None) -> None:
        """Speak a 16-bit WAV file to whom the player talks, with the key pressed where there is one.

        ``words`` are what the service understands of it: nothing here understands speech.
        """
        addressee, convai = self._addressee(None), self._scene.convai
        microphone = convai.microphone
        if not isinstance(microphone, WavMicrophone):
            raise AssertionError("This game has no microphone: make its Convai with microphone=….")
        if words is not None:
            self._scene.script(addressee).hear(words)
        convai.start_talking()
        microphone.speak(wav)
        self._scene.step_until(lambda: not microphone.is_speaking, within=600.0, what="the WAV file is spoken")
        convai.stop_talking()
        self._scene.step()

    def listen_to(self, character: Character, *, within: float = _PATIENCE) -> None:
        """Wait until a line of the character has been heard to its end: the one that is under way, or the next."""
        trace = self._scene.trace
        before = len(trace.told(SpeechFinished, character))
        self._scene.step_until(
            lambda: len(trace.told(SpeechFinished, character)) > before,
            within=within,
            what=f"{character.name} has been heard to the end",
        )

    def wait(self, seconds: float) -> None:
        """Do nothing for so long."""
        self._scene.wait(seconds)

    def wait_until(self, condition: Callable[[], object], *, within: float = 10.0, what: str | None = None) -> float:
        """As the scene's ``step_until``."""
        return self._scene.step_until(condition, within=within, what=what)

    def press(self, key: str, *, seconds: float = 0.0) -> None:
        """Press a key, hold it for so long, and release it, as the window would tell the game."""
        messenger = self._scene.base.messenger
        messenger.send(key)
        self._scene.wait(seconds)
        messenger.send(f"{key}-up")
        self._scene.step()

    def _addressee(self, to: Character | None) -> Character:
        if to is not None:
            return to
        partner = self._scene.convai.partner
        if partner is None:
            raise AssertionError("Nobody is within earshot: walk_to() somebody first, or say to whom with to=.")
        return partner

    def _point(self, where: Place) -> LPoint3:
        match where:
            case Character():
                return LPoint3(where.node.get_pos(self._scene.base.render))
            case NodePath():
                return LPoint3(where.get_pos(self._scene.base.render))
            case LPoint3():
                return where
            case (x, y):
                return LPoint3(x, y, self.node.get_z(self._scene.base.render))
            case _:
                return LPoint3(*where)

    def _level(self, point: LPoint3) -> LPoint3:
        """At the player's own height."""
        return LPoint3(point.x, point.y, self.node.get_z(self._scene.base.render))
