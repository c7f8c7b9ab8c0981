"""What runs beneath a scene: the asyncio side, the voices and the simulator of every Convai in it. Main thread only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from ..character import Character
from ..continuity import MemoryContinuity
from ..stand_ins import StandIns
from .player import ScriptedMicrophone
from .script import ScriptedCharacter
from .scripted_transport import ScriptedTransport
from .stepped_io import SteppedIo
from .stepped_voice import SteppedVoice
from .tape import Tape

if TYPE_CHECKING:
    from ..convai import Convai
    from ..simulator.dialect import Dialect
    from ..simulator.faults import Faults


class Backstage:
    """The stand-ins of one scene; ``tempo`` is that of the device that plays, None where nothing is played."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        tempo: float | None,
        faults: str | Faults | None,
        seed: int,
        dialect: Dialect | None = None,
    ) -> None:
        self.microphone = ScriptedMicrophone()
        self.transport = ScriptedTransport(self.script, clock, faults=faults, seed=seed, dialect=dialect)
        self.convais: list[Convai] = []
        self.tapes: dict[str, list[Tape]] = {}
        self._clock = clock
        self._tempo = tempo
        self._ios: list[SteppedIo] = []
        self._voices: list[SteppedVoice] = []
        self._scripts: dict[str, ScriptedCharacter] = {}
        self._cast: dict[str, Character] = {}

    def stand_ins(self) -> StandIns:
        """What each Convai takes."""
        return StandIns(
            start=self._start_io,
            transport=self.transport,
            voice=self._make_voice,
            microphone=self.microphone,
            continuity=MemoryContinuity(),
            clock=self._clock,
            adopt=self.convais.append,
        )

    def cast(self) -> list[Character]:
        """Everybody who is there, or was heard."""
        present = {key: one for convai in self.convais for key, one in convai.characters.items()}
        return list({**self._cast, **present}.values())

    def script(self, character_id: str) -> ScriptedCharacter:
        """The script of the character with an id."""
        key = character_id.lower()
        if key not in self._scripts:
            self._scripts[key] = ScriptedCharacter(key, lambda: self.transport, self._call)
        return self._scripts[key]

    def step_io(self) -> None:
        """All that is due on the asyncio side."""
        for io in self._ios:
            io.advance(self._clock())

    def step_voices(self) -> None:
        """Move the sound on, and remember whose it is."""
        for convai in self.convais:
            for character in convai.characters.values():
                if character._voice is not None:
                    self._label(character)
        for voice in self._voices:
            voice.step(self._clock())

    def digest(self) -> str:
        """A hash of every sample that was played."""
        digest = hashlib.sha256()
        for key, tapes in self.tapes.items():
            for tape in tapes:
                digest.update(f"{key} {tape.digest()}\n".encode())
        return digest.hexdigest()

    def leftovers(self) -> list[str]:
        """What should have been closed by now."""
        names = {character.id.lower(): character.name for character in self.cast()}
        rooms = [f"{names.get(key, key)}'s room is open" for key in self.transport.open_rooms]
        voices = ["a voice could still be heard" for voice in self._voices if voice.open_sinks]
        broken = [f"something on the asyncio side failed: {error!r}" for io in self._ios for error in io.errors]
        return [*rooms, *voices, *broken]

    def _start_io(self, farewell: Callable[[], Coroutine[Any, Any, None]]) -> SteppedIo:
        io = SteppedIo(farewell, self._clock())
        self._ios.append(io)
        return io

    def _make_voice(self) -> SteppedVoice:
        voice = SteppedVoice(self._tempo)
        self._voices.append(voice)
        return voice

    def _label(self, character: Character) -> None:
        for voice in self._voices:
            tape = voice.tape(character._voice)
            if tape is None:
                continue
            self._cast[character.id] = character
            tapes = self.tapes.setdefault(character.id, [])
            if not tapes or tapes[-1] is not tape:
                tapes.append(tape)

    def _call(self, function: Callable[[], None]) -> None:
        if self._ios:
            self._ios[-1].call(function)
