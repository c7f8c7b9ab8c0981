"""Half an hour in a village where everything goes wrong that can, on a clock that waits for nobody.

The game's frames and its asyncio thread share one time, which is moved on frame by frame as soon as the thread has
nothing left to do. Who walks where, what is said and what goes wrong comes from one seed.
"""

import asyncio
import gc
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from random import Random
from unittest.mock import patch

from direct.showbase.ShowBase import ShowBase
from panda3d.core import LPoint3

from convai_panda import (
    AudioFrame,
    Character,
    Convai,
    Event,
    MemoryContinuity,
    Nearest,
    SessionState,
    SilentVoice,
    Simulator,
    Speaker,
    StateChanged,
    Transcript,
    Undelivered,
)
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.simulator.memory import Memory
from convai_panda.transport.base import Room, RoomItem
from tests.benchmarks.processes import Size, size
from tests.game_time import GameTime

_CAST = 12
_FRAME = 1 / 30  # s
_SQUARE = 16.0  # units from the middle to the last house
_SPEED = (1.5, 5.0)  # units a second
_STAY = (1.0, 40.0)  # s
_PAUSE = (1.0, 8.0)  # s between two things that the player does
_STUCK = 60.0  # s in a state that is on its way to another
_FAR = LPoint3(0, -500, 0)
_PATIENCE = 90.0  # s for everybody to leave, and for one character to answer
_MIXTURES = (None, "subway", "hotel-wifi", "overload", "hostile")
_PASSING = (SessionState.CONNECTING, SessionState.JOINING, SessionState.LOST, SessionState.BACKING_OFF)


@dataclass
class Soaked:
    """What came of it."""

    seconds: float = 0.0  # that were played
    opened: int = 0
    closed: int = 0
    said: int = 0
    delivered: int = 0
    reported: int = 0  # as not delivered
    astray: list[str] = field(default_factory=list)  # said, and neither, or both, or twice
    stuck: list[str] = field(default_factory=list)
    mute: list[str] = field(default_factory=list)  # who did not answer once nothing was wrong any more
    broken: list[str] = field(default_factory=list)  # what was logged as a bug
    states: Counter[str] = field(default_factory=Counter)
    threads: int = 0  # more than when it had settled
    descriptors: int = 0
    tasks: int = 0  # of the asyncio thread, when all rooms were left
    growth: float = 0.0  # MB
    objects: float = 0.0  # share by which there are more of Python's


class _Counted:
    """A room that is counted, with what was sent into it."""

    def __init__(self, room: Room, mixed: "_Mixed") -> None:
        self._room = room
        self._mixed = mixed
        self._is_open = True

    def incoming(self) -> AsyncIterator[RoomItem]:
        return self._room.incoming()

    async def send(self, payload: bytes) -> None:
        await self._room.send(payload)
        message = json.loads(payload)
        if message["type"] == "user_text_message":
            self._mixed.sent[message["data"]["text"]] += 1

    async def publish(self, frame: AudioFrame) -> None:
        await self._room.publish(frame)

    async def aclose(self) -> None:
        await self._room.aclose()
        self._mixed.outcome.closed += self._is_open
        self._is_open = False


class _Mixed:
    """A service that is a different kind of bad each time."""

    def __init__(self, outcome: Soaked, clock: Callable[[], float], seed: int) -> None:
        memory = Memory()
        self.outcome = outcome
        self.sent: Counter[str] = Counter()
        self.is_calm = False
        self._chance = Random(f"{seed}/service")
        self._kinds = [Simulator(faults=each, seed=seed, clock=clock, memory=memory) for each in _MIXTURES]
        self._of_token: dict[str, Simulator] = {}

    async def prepare(self) -> None:
        await self._kinds[0].prepare()

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        service = self._kinds[0] if self.is_calm else self._chance.choice(self._kinds)
        response = await service.connect(request)
        self._of_token[response.token.get_secret_value()] = service
        return response

    async def join(self, response: ConnectResponse) -> Room:
        room = await self._of_token.pop(response.token.get_secret_value()).join(response)
        self.outcome.opened += 1
        return _Counted(room, self)

    async def aclose(self) -> None:
        pass


class _Bugs(logging.Handler):
    def __init__(self, outcome: Soaked) -> None:
        super().__init__(logging.ERROR)
        self._outcome = outcome

    def emit(self, record: logging.LogRecord) -> None:
        self._outcome.broken.append(self.format(record))


def soak(base: ShowBase, seconds: float, seed: int) -> Soaked:
    """Play that long, then see whether all is as it was."""
    outcome = Soaked()
    bugs = _Bugs(outcome)
    logs = [logging.getLogger(name) for name in ("convai_panda", "asyncio")]
    for log in logs:
        log.addHandler(bugs)
    village = _Village(base, outcome, seed)
    try:
        village.play(seconds)
    finally:
        village.close()
        for log in logs:
            log.removeHandler(bugs)
    return outcome


class _Village:
    def __init__(self, base: ShowBase, outcome: Soaked, seed: int) -> None:
        self._base = base
        self._outcome = outcome
        self._clock = GameTime()
        self._chance = Random(f"{seed}/player")
        self._service = _Mixed(outcome, self._clock, seed)
        self._player = base.render.attach_new_node("player")
        self._player.set_pos(_FAR)
        with patch.object(asyncio, "new_event_loop", self._clock.new_loop):
            self._convai = Convai(
                base,
                transport=self._service,
                voice=SilentVoice(self._clock),
                listener=self._player,
                proximity=Nearest(),
                continuity=MemoryContinuity(),
                clock=self._clock,
                connect_options={"debug": True},
            )
        self._everybody = [self._settle(number) for number in range(_CAST)]
        self._told: dict[str, Counter[type[Event]]] = {}
        self._since: dict[Character, float] = {}
        self._answered: set[Character] = set()
        for event in (StateChanged, Transcript, Undelivered):
            base.accept(event.name, self._note)

    def play(self, seconds: float) -> None:
        """Walk about, go away, and come back to everybody once nothing is wrong any more."""
        began, settled, objects = self._clock.now, None, 0
        self._player.set_pos(0, -_SQUARE, 0)
        while self._clock.now < began + seconds:
            self._walk()
            if settled is None and self._clock.now > began + seconds / 3:
                settled, objects = self._measure()
        self._outcome.seconds = self._clock.now - began
        self._go_away()
        self._service.is_calm = True
        for character in self._everybody:
            self._player.set_pos(character.node.get_pos() + LPoint3(0, -1.5, 0))
            if not self._until(lambda: character.is_ready, _PATIENCE) or not self._answers(character):  # noqa: B023
                self._outcome.mute.append(f"{character.name}: {character.state.value}")
        self._go_away()
        self._account()
        ended, more = self._measure()
        assert settled is not None
        self._outcome.objects = more / objects - 1.0
        self._outcome.growth = ended.rss - settled.rss
        self._outcome.threads = ended.threads - settled.threads
        self._outcome.descriptors = ended.descriptors - settled.descriptors
        self._convai.run_soon(lambda: setattr(self._outcome, "tasks", len(asyncio.all_tasks())))
        self._step()

    def close(self) -> None:
        self._clock.free()
        self._convai.destroy()
        self._base.ignore_all()
        self._player.remove_node()

    def _settle(self, number: int) -> Character:
        node = self._base.render.attach_new_node(f"npc-{number}")
        row, column = divmod(number, 4)  # never nearer to somebody else than to whom one stands before
        node.set_pos(8 * column - 12 + self._chance.uniform(-1, 1), 8 * row - 8 + self._chance.uniform(-1, 1), 0)
        return self._convai.add_character(f"00000000-0000-4000-8000-{number + 1:012d}", node)

    def _walk(self) -> None:
        """To somebody, or just somewhere, and stay there for a while."""
        goal = self._chance.choice(self._everybody).node.get_pos() + LPoint3(self._chance.uniform(-2, 2), -1, 0)
        if self._chance.random() < 0.3:
            goal = LPoint3(self._chance.uniform(-2, 2) * _SQUARE, self._chance.uniform(-2, 2) * _SQUARE, 0)
        stride = self._chance.uniform(*_SPEED) * _FRAME
        while (way := goal - self._player.get_pos()).length() > stride:
            way.normalize()
            self._player.set_pos(self._player.get_pos() + way * stride)
            self._step()
        until = self._clock.now + self._chance.uniform(*_STAY)
        while self._clock.now < until:
            self._act()
            pause = self._clock.now + self._chance.uniform(*_PAUSE)
            while self._clock.now < min(until, pause):
                self._step()

    def _act(self) -> None:
        """Say or do something, mostly to who is near."""
        partner = self._convai.partner
        if partner is None or self._chance.random() < 0.05:
            partner = self._chance.choice(self._everybody)
        match self._chance.randrange(8):
            case 0:
                partner.trigger("alarm")
            case 1:
                partner.tell("It is raining.")
            case 2:
                partner.interrupt()
            case _:
                self._say(partner)

    def _say(self, character: Character) -> None:
        self._outcome.said += 1
        text = f"Number {self._outcome.said}: tell me about the hill and the mill."
        self._told[text] = Counter()
        character.say(text)

    def _answers(self, character: Character) -> bool:
        self._answered.discard(character)
        self._say(character)
        return self._until(lambda: character in self._answered, _PATIENCE)

    def _go_away(self) -> None:
        self._player.set_pos(_FAR)
        until = self._clock.now + _PATIENCE
        while self._clock.now < until:  # what was said to nobody is given up in the meantime
            self._step()
        for each in self._everybody:
            if each.state not in (SessionState.IDLE, SessionState.CLOSED):
                self._outcome.stuck.append(f"{each.name} is {each.state.value} with nobody there")

    def _account(self) -> None:
        for text, told in self._told.items():
            ways = told[Transcript], told[Undelivered], self._service.sent[text]
            self._outcome.delivered += ways == (1, 0, 1)
            self._outcome.reported += ways == (0, 1, 0)
            if ways not in ((1, 0, 1), (0, 1, 0)):
                self._outcome.astray.append(f"{text}: told {ways[0]}, reported {ways[1]}, sent {ways[2]} times")

    def _note(self, character: Character, event: Event) -> None:
        match event:
            case StateChanged(state=state):
                self._outcome.states[state.value] += 1
                self._since[character] = self._clock.now
            case Transcript(speaker=Speaker.CHARACTER, is_final=True):
                self._answered.add(character)
            case Transcript(speaker=Speaker.PLAYER, text=text, is_final=True) | Undelivered(text=text):
                if text in self._told:
                    self._told[text][type(event)] += 1

    def _until(self, condition: Callable[[], object], within: float) -> bool:
        until = self._clock.now + within
        while not condition():
            if self._clock.now > until:
                return False
            self._step()
        return True

    def _step(self) -> None:
        """One frame, once the asyncio thread has done what there was to do."""
        clock = self._clock
        clock.now += _FRAME
        clock.is_idle.clear()
        self._convai.run_soon(lambda: None)
        assert clock.is_idle.wait(20.0), "The asyncio thread does not come to rest."
        self._base.task_mgr.step()
        for character, since in self._since.items():
            if character.state in _PASSING and clock.now - since > _STUCK:
                self._outcome.stuck.append(f"{character.name} was {character.state.value} for {_STUCK:.0f} s")
                self._since[character] = clock.now

    def _measure(self) -> tuple[Size, int]:
        gc.collect()
        return size(), len(gc.get_objects())
