"""An actor on a clock of its own: what it says is read off as (time, name) pairs."""

import json
import os
import shutil
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from convai_panda import AudioFrame
from convai_panda.protocol.client import ClientMessage, ClientReady
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.simulator import Behaviour, Memory
from convai_panda.simulator.actor import Actor
from convai_panda.simulator.agenda import SoundFlushed
from convai_panda.simulator.characters import Character, stranger

CHARACTER = "7d1f1c0e-0000-4000-8000-0000000000aa"
STEP = 0.005  # s


def need_program(name: str) -> None:
    """Skip a test where a program is missing; fail it where everything has to be there."""
    if shutil.which(name) is None:
        what = f"{name} is not installed: apt install {name}"
        pytest.fail(what) if os.environ.get("CI") == "true" else pytest.skip(what)


@dataclass
class Heard:
    """One thing that came out, and when."""

    time: float
    name: str  # type of a message, "audio", or "flush"
    form: str = ""  # A, B, C or flat
    data: dict[str, Any] = field(default_factory=dict)
    frame: AudioFrame | None = None
    id: str | None = None


def read(payload: bytes, time: float = 0.0) -> Heard:
    """A message of the service as a plain client sees it; knows nothing of our classes."""
    wire = json.loads(payload)
    if wire["type"] == "server-message":
        data = dict(wire["data"])
        return Heard(time, data.pop("type"), "B", data)
    if wire["type"] == "server-response":
        return Heard(time, f"ack:{wire['event_type']}", "C", wire)
    if set(wire) <= {"label", "type", "id", "data"}:
        return Heard(time, wire["type"], "A", wire.get("data", {}), id=wire.get("id"))
    return Heard(time, wire["type"], "flat", wire)


class Stage:
    """A player and an actor in one room. Time moves only in ``run``."""

    def __init__(
        self,
        *,
        behaviour: Behaviour | None = None,
        character: Character | None = None,
        memory: Memory | None = None,
        session: str | None = None,
        sound_ahead: float = 0.0,
        **fields: Any,
    ) -> None:
        self.now = 100.0
        self.start = self.now
        self.heard: list[Heard] = []
        self.memory = memory or Memory()
        character = character or stranger(CHARACTER)
        history = self.memory.find(session) if session else None
        self.history = history or self.memory.begin("account", character.id)
        request = ConnectRequest.build(character_id=character.id, **fields)
        self.actor = Actor(
            character,
            request,
            self.history,
            now=self.now,
            behaviour=behaviour or Behaviour(advises=False),
            room_name="room-1",
            sound_ahead=sound_ahead,
        )

    def send(self, message: ClientMessage, id_: str = "id-1") -> None:
        self.actor.receive(message.encode(id_), self.now)

    def run(self, seconds: float) -> "Stage":
        end = self.now + seconds
        while self.now < end:
            for output in self.actor.advance(self.now):
                if isinstance(output, AudioFrame):
                    self.heard.append(Heard(self.now, "audio", frame=output))
                elif isinstance(output, SoundFlushed):
                    self.heard.append(Heard(self.now, "flush"))
                else:
                    self.heard.append(read(output, self.now))
            self.now += STEP
        return self

    def ready(self) -> "Stage":
        """Past bot-ready and whatever greeting there is, with nothing noted."""
        self.send(ClientReady(), "ready-1")
        self.run(0.1)
        while self.names()[-1:] != ["bot-turn-completed"] and self.now < self.start + 1.5:
            self.run(0.1)
        self.run(1.5)
        self.heard.clear()
        return self

    def names(self, *, audio: bool = False) -> list[str]:
        """What came, in order; runs of one name count once."""
        names: list[str] = []
        for heard in self.heard:
            if (audio or heard.name not in ("audio", "flush")) and names[-1:] != [heard.name]:
                names.append(heard.name)
        return names

    def of(self, name: str) -> list[Heard]:
        return [heard for heard in self.heard if heard.name == name]

    def one(self, name: str) -> Heard:
        (heard,) = self.of(name)
        return heard

    def text(self) -> str:
        return "".join(heard.data["text"] for heard in self.of("bot-llm-text"))

    def pcm(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        frames = b"".join(heard.frame.pcm for heard in self.heard if heard.frame is not None)
        return np.frombuffer(frames, "<i2") / 32768.0
