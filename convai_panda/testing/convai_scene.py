"""One test's scene: a game without a window, a simulator without a network, time that moves only when told to.

Main thread only, and the only one: what runs on threads in a game is stepped here, so that the same seed gives the same
trace.
"""

from __future__ import annotations

import builtins
import random
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid5

from direct.showbase.ShowBase import ShowBase
from direct.task.Task import Task

from ..character import Character
from ..convai import Convai
from ..ids import seeded
from ..stand_ins import standing_in
from .backstage import Backstage
from .headless import headless, restore_clock
from .listening import TEMPO, Listening, openal_settings
from .mix import Mix
from .scene import Witness, awaited
from .script import ScriptedCharacter
from .scripted_transport import ScriptedTransport
from .tape import Tape, mixed

if TYPE_CHECKING:
    from ..simulator.dialect import Dialect
    from ..simulator.faults import Faults
    from .trace import Trace

_B = TypeVar("_B", bound=ShowBase)

_IO_TASK, _VOICE_TASK = "convai-testing-io", "convai-testing-voice"
_IO_SORT, _VOICE_SORT = 44, 46  # before and after Convai's own task
_FAMILY = UUID("b4d6b1de-0f0c-4a6e-9a54-0a6f0d2f7c11")  # of the ids of characters that tests name
_EYES = 1.7  # units above the ground
_AFAR = (0.0, -60.0, 0.0)


_current: ConvaiScene | None = None


def current_scene() -> ConvaiScene:
    """The scene that is open. Raises RuntimeError where there is none."""
    if _current is None:
        raise RuntimeError("No scene is open: the test has to use the fixture convai_scene.")
    return _current


class ConvaiScene:
    """A scene for one test; the pytest fixture ``convai_scene`` makes and closes it.

    ``audible``: the voices are really mixed by OpenAL and measured from that. ``fps`` is how many frames a game second
    has, ``seed`` what ids, back-offs, faults and Python's ``random`` depend on. ``faults`` is a fault profile of the
    simulator, by name ("subway"), for all characters, and ``dialect`` how its messages come where sources disagree.
    """

    def __init__(
        self,
        *,
        audible: bool = False,
        seed: int = 0,
        fps: float = 60.0,
        faults: str | Faults | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        self.frame_time = 1.0 / fps
        self.is_audible = audible
        self._base: ShowBase | None = None
        self._own_convai: Convai | None = None
        self._threads = set(threading.enumerate())
        self._stack = ExitStack()
        self._backstage = Backstage(
            lambda: self.now, tempo=TEMPO if audible else None, faults=faults, seed=seed, dialect=dialect
        )
        self._witness = Witness(lambda: self.now)
        self._stack.callback(random.setstate, random.getstate())
        random.seed(seed)
        self._stack.enter_context(seeded(seed))
        self._stack.enter_context(standing_in(self._backstage.stand_ins()))
        self._listening = Listening() if audible else None
        global _current
        _current = self

    @property
    def base(self) -> ShowBase:
        """The game; an empty one where ``start`` was not called."""
        return self._base if self._base is not None else self.start(ShowBase)

    @property
    def convai(self) -> Convai:
        """The game's Convai; where it has made none, one of the scene's, with a player who stands far away."""
        if not self._backstage.convais:
            player = self.base.render.attach_new_node("player")
            player.set_pos(*_AFAR)
            ears = player.attach_new_node("ears")
            ears.set_z(_EYES)
            self._own_convai = Convai(self.base, listener=ears, microphone=self._backstage.microphone)
        return self._backstage.convais[-1]

    @property
    def now(self) -> float:
        """Seconds of game time."""
        return 0.0 if self._base is None else float(self._base.clock.get_frame_time())

    @property
    def transport(self) -> ScriptedTransport:
        """The simulator that every Convai of the scene talks to."""
        return self._backstage.transport

    @property
    def trace(self) -> Trace:
        """Everything that the game was told."""
        return self._witness.trace

    def start(self, game: Callable[..., _B], *args: Any, **options: Any) -> _B:
        """Make a game of your own, a ShowBase, without a window and with our parts in the place of its own.

        At the end its ``destroy()`` is called, which has to destroy its Convai.
        """
        if self._base is not None or hasattr(builtins, "base"):
            raise RuntimeError("There is a ShowBase already: start() comes first, and other tests destroy() theirs.")
        with openal_settings(is_audible=self.is_audible):
            made = headless(game, *args, frame_time=self.frame_time, **options)
        self._base = made
        made.task_mgr.add(self._step_io, _IO_TASK, sort=_IO_SORT)
        made.task_mgr.add(self._step_voices, _VOICE_TASK, sort=_VOICE_SORT)
        if self._listening is not None:
            self._listen(self._listening, made)
        return made

    def add_character(
        self,
        name: str,
        at: tuple[float, float] = (0.0, 0.0),
        *,
        character_id: str | None = None,
        **options: Any,
    ) -> Character:
        """Put a character into the scene: a node with a ``Head``, and an id that follows from its name.

        ``options`` are those of ``Convai.add_character``.
        """
        node = self.base.render.attach_new_node(name)
        node.set_pos(*at, 0.0)
        node.attach_new_node("Head").set_z(_EYES)
        options = {"head": "Head", "name": name, **options}
        return self.convai.add_character(character_id or str(uuid5(_FAMILY, name)), node, **options)

    def characters(self) -> list[Character]:
        """Everybody who is in the scene, or has been heard in it."""
        return self._backstage.cast()

    def script(self, character: Character | str) -> ScriptedCharacter:
        """What a character, or the one with an id, is to say and do."""
        return self._backstage.script(character if isinstance(character, str) else character.id)

    def step(self, frames: int = 1) -> None:
        """Let some frames pass."""
        base = self.base
        for _ in range(frames):
            base.task_mgr.step()
            if self._listening is not None:
                self._listening.hear(self.now)

    def wait(self, seconds: float) -> None:
        """Let game time pass."""
        until = self.now + seconds - 1e-9
        while self.now < until:
            self.step()

    def step_until(self, condition: Callable[[], object], *, within: float = 10.0, what: str | None = None) -> float:
        """Step until ``condition()`` is true; give the seconds of game time that it took.

        Raises AssertionError after ``within`` seconds of game time, with ``what`` was waited for, everything that was
        seen meanwhile, and how things stand.
        """
        began = self.now
        while not condition():
            if self.now - began > within:
                raise AssertionError(
                    f"Not within {within:g} s of game time: {awaited(condition, what)}.\n"
                    f"Seen meanwhile:\n{self.trace.excerpt(began)}\nAt {self.now:.2f} s:\n{self.describe()}"
                )
            self.step()
        return self.now - began

    def describe(self) -> str:
        """How things stand, a line for each character."""
        lines = []
        for convai in self._backstage.convais:
            ears = convai.listener.get_pos(self.base.render)
            lines.append(f"  ears at ({ears.x:.1f}, {ears.y:.1f}, {ears.z:.1f})")
            for character in convai.characters.values():
                away = f"{character._distance(ears, self.base.render):.1f} away"
                speaks = ", speaking" if character.is_speaking else ""
                lines.append(f"  {character.name}: {away}, {character.ring.value}, {character.state.value}{speaks}")
        return "\n".join(lines) or "  there is no Convai"

    def tapes(self, character: Character) -> list[Tape]:
        """What was played of a character's voice."""
        return self._backstage.tapes.get(character.id, [])

    def mix(self, start: float, end: float) -> Mix:
        """What was heard from ``start`` to ``end``: OpenAL's mix where the scene is audible, else the model of it."""
        return self._listening.between(start, end) if self._listening is not None else self.model(start, end)

    def model(self, start: float, end: float, characters: Iterable[Character] | None = None) -> Mix:
        """What OpenAL makes of all voices, or of those of some characters, as computed."""
        if characters is None:
            return mixed([tape for tapes in self._backstage.tapes.values() for tape in tapes], start, end)
        return mixed([tape for character in characters for tape in self.tapes(character)], start, end)

    def digest(self) -> str:
        """A hash of all that was told and all that was played: runs that are equal to the bit have the same."""
        return f"{self.trace.digest()}-{self._backstage.digest()}"

    def close(self) -> None:
        """End the game. Raises AssertionError where it leaves something behind: a Convai, a room, a voice, a thread."""
        left: list[str] = []
        try:
            if self._listening is not None:
                self._listening.close()
            if self._own_convai is not None:
                self._own_convai.destroy()
            if self._base is not None:
                self._end(self._base, left)
        finally:
            self._witness.ignore_all()
            self._stack.close()
            global _current
            _current = None
        left += self._backstage.leftovers()
        left += [f"thread {thread.name!r} still runs" for thread in set(threading.enumerate()) - self._threads]
        if left:
            raise AssertionError("The game left something behind:\n" + "\n".join(f"  {what}" for what in left))

    def _end(self, base: ShowBase, left: list[str]) -> None:
        base.task_mgr.remove(_IO_TASK)
        base.task_mgr.remove(_VOICE_TASK)
        try:
            if getattr(builtins, "base", None) is base:
                base.destroy()
        finally:
            for convai in self._backstage.convais:
                if not convai.is_destroyed:
                    left.append("a Convai that was not destroyed: convai.destroy() belongs into the game's destroy()")
                    convai.destroy()
            restore_clock()

    def _listen(self, listening: Listening, base: ShowBase) -> None:
        listening.begin(self.now)
        for manager in [*base.sfxManagerList, base.musicManager]:
            manager.set_active(False)  # files would be played at the device's own pace
        destroy = base.destroy

        def destroy_unheard() -> None:
            listening.close()  # a mixer that waits for a reader could not be shut down
            destroy()

        base.destroy = destroy_unheard  # type: ignore[method-assign]

    def _step_io(self, task: Task) -> int:
        self._backstage.step_io()
        return task.cont

    def _step_voices(self, task: Task) -> int:
        self._backstage.step_voices()
        return task.cont
