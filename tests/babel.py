"""A game whose characters talk rubbish: mutated messages, as many as wanted, through all that a real one goes through.

Everything is real but the rooms, which say what the seed makes of the examples in ``tests/wire``.
"""

import asyncio
import gc
import json
import logging
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from random import Random
from time import monotonic, sleep

from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    AudioFrame,
    Character,
    Contract,
    Convai,
    Event,
    MemoryContinuity,
    Ring,
    SessionState,
    SilentVoice,
    Simulator,
    Target,
)
from convai_panda.clean_text import clean_text
from convai_panda.events import EVENTS
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.simulator.mangle import HOSTILE, mangle
from convai_panda.transport.base import AudioArrived, MessageArrived, RoomItem
from tests.benchmarks.processes import size

_CAST = 8
_A_VISIT = 2_500  # messages of a room: less than what is a flood when it comes at once
_ENDING = 0.001  # share of messages that may end the room: it is to hear most of what it has to say
_LIMIT = 60.0  # s for one visit
_READY = b'{"label":"rtvi-ai","type":"bot-ready","data":{}}'
_WIRE = {path.stem: path.read_bytes() for path in sorted((Path(__file__).parent / "wire" / "server").glob("*.json"))}
_ENDINGS = ("error", "session-ending", "usage-limit-reached")  # of the room
_TALK = [payload for name, payload in _WIRE.items() if name not in _ENDINGS]
_LEFT = (SessionState.LOST, SessionState.BACKING_OFF, SessionState.CLOSED)
_RATES = (48_000, 48_000, 24_000, 0, 7, -1, 10**9)  # Hz
_ACTIONS = ("follow", "move to", "pick up", "drop", "give", "fetch", "look at", "point at", "stop")


@dataclass
class Babble:
    """What came of it."""

    messages: int = 0
    rooms: int = 0
    events: Counter[str] = field(default_factory=Counter)
    longest_text: int = 0  # characters of any string that the game was told
    unsafe: set[str] = field(default_factory=set)  # kinds of events with something that harms a screen
    misshapen: int = 0  # values for a face that are no share
    broken: list[str] = field(default_factory=list)  # what was logged as a bug
    growth: float = 0.0  # MB, from a tenth of the way to the end
    seconds: float = 0.0


def babble(base: ShowBase, count: int, seed: int) -> Babble:
    """Have that many mutated messages said to a game."""
    outcome = Babble()
    with _noting_bugs(outcome):
        game = _Game(base, outcome, seed)
        began, settled = monotonic(), None
        while outcome.messages < count:
            game.visit()
            if settled is None and outcome.messages >= count / 10:
                settled = _memory()
        outcome.growth = _memory() - (settled or 0.0)
        outcome.seconds = monotonic() - began
        game.close()
    return outcome


def mutate(chance: Random) -> bytes:
    """One of the examples as somebody would send it who means harm, or now and then as it is."""
    payload = _WIRE[chance.choice(_ENDINGS)] if chance.random() < _ENDING else chance.choice(_TALK)
    match chance.randrange(2_000):
        case 0:
            return _swell(payload, chance, "\U0001f480 " * 19_000)  # a quarter of a megabyte, as much as is read
        case way if way < 20:
            return _swell(payload, chance, chance.choice((*HOSTILE, "\ud800", "\U0010ffff\udfff")) * 300)
        case way if way < 300:
            return payload
    return mangle(payload, chance)


def _swell(payload: bytes, chance: Random, text: str) -> bytes:
    """With a text in it that is far too long."""
    root = json.loads(payload)
    data = root.setdefault("data", {})
    data[chance.choice(["text", *data])] = text
    return json.dumps(root).encode()


class _Game:
    """Everybody is talked to at once, again and again."""

    radius = 30.0

    def __init__(self, base: ShowBase, outcome: Babble, seed: int) -> None:
        self._base = base
        self._outcome = outcome
        self._rooms = _Rubbish(outcome, seed)
        self._player = base.render.attach_new_node("player")
        self._player.set_pos(0, -500, 0)
        self._convai = Convai(
            base,
            transport=self._rooms,
            voice=SilentVoice(),
            listener=self._player,
            proximity=self,
            continuity=MemoryContinuity(),
            connect_options={"debug": True},
        )
        for event in EVENTS:
            base.accept(event.name, self._note)
        bucket = Target("bucket", base.render.attach_new_node("bucket"))
        for number, routing in zip(range(_CAST), ("audio_only", "both", "data_only") * _CAST, strict=False):
            self._convai.add_character(
                f"00000000-0000-4000-8000-{number + 1:012d}",
                base.render.attach_new_node(f"npc-{number}"),
                actions=Contract(_ACTIONS, [bucket]),
                face=_Mirror(outcome),
                connect_options={"audio_config": {"output": {"audio_routing": routing}}},
            )

    def choose(self, distances: Mapping[str, float], now: float, pace: float) -> Mapping[str, Ring]:
        return {key: Ring.TALK for key, distance in distances.items() if distance < self.radius}

    def visit(self) -> None:
        """Walk up to all, hear them out, and walk away."""
        everybody = list(self._convai.characters.values())
        for character in everybody:
            character.node.set_pos(0, 0, 0)  # wherever it was asked to go
        self._rooms.begin()
        self._player.set_pos(0, -1, 0)
        self._until(
            lambda: all(self._rooms.is_over(character.id, has_left=character.state in _LEFT) for character in everybody)
        )
        self._player.set_pos(0, -500, 0)
        self._until(
            lambda: all(
                character.ring is Ring.FAR and character.state is SessionState.CLOSED for character in everybody
            )
        )

    def close(self) -> None:
        self._convai.destroy()
        self._base.ignore_all()
        self._player.remove_node()

    def _until(self, condition: Callable[[], bool]) -> None:
        until = monotonic() + _LIMIT
        while not condition():
            assert monotonic() < until, "A visit has not come to its end: " + self._describe()
            self._base.task_mgr.step()
            sleep(0.001)  # the other thread's turn

    def _describe(self) -> str:
        """Where everybody is."""
        return ", ".join(f"{each.name}: {each.state.value}" for each in self._convai.characters.values())

    def _note(self, character: Character, event: Event) -> None:
        kind = type(event).__name__
        self._outcome.events[kind] += 1
        for text in _texts(event):
            self._outcome.longest_text = max(self._outcome.longest_text, len(text))
            if clean_text(text) != text:
                self._outcome.unsafe.add(kind)


class _Rubbish:
    """A transport whose rooms say ``_A_VISIT`` broken messages and wait to be left."""

    def __init__(self, outcome: Babble, seed: int) -> None:
        self._outcome = outcome
        self._seed = seed
        self._service = Simulator()
        self._visits: Counter[str] = Counter()
        self._character_of: dict[str, str] = {}  # by token
        self._entered: set[str] = set()
        self._done: set[str] = set()

    def begin(self) -> None:
        """The next visit: nobody has said anything."""
        self._entered.clear()
        self._done.clear()

    def is_over(self, character_id: str, *, has_left: bool) -> bool:
        """Whether all was said, or the character has made the game leave before that."""
        return character_id in self._done or (has_left and character_id in self._entered)

    async def prepare(self) -> None:
        pass

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        response = await self._service.connect(request)
        self._character_of[response.token.get_secret_value()] = str(request.character_id)
        return response

    async def join(self, response: ConnectResponse) -> "_Room":
        await (await self._service.join(response)).aclose()  # the service counts it as left
        character = self._character_of.pop(response.token.get_secret_value())
        self._entered.add(character)
        self._visits[character] += 1
        self._outcome.rooms += 1
        chance = Random(f"{self._seed}/{character}/{self._visits[character]}")
        return _Room(self._say(chance, character))

    async def aclose(self) -> None:
        pass

    def _say(self, chance: Random, character: str) -> Iterator[RoomItem]:
        yield MessageArrived(_READY)
        for _ in range(_A_VISIT):
            if chance.random() < 0.02:
                pcm = chance.randbytes(chance.choice((1_920, 1_920, 0, 7, 200_000)))
                yield AudioArrived(f"track-{chance.randrange(3)}", AudioFrame(pcm, chance.choice(_RATES)))
            self._outcome.messages += 1
            yield MessageArrived(mutate(chance))
        self._done.add(character)


class _Room:
    def __init__(self, items: Iterator[RoomItem]) -> None:
        self._items = items
        self._left = asyncio.Event()

    async def incoming(self) -> AsyncIterator[RoomItem]:
        for item in self._items:
            yield item
        await self._left.wait()

    async def send(self, payload: bytes) -> None:
        pass

    async def publish(self, frame: AudioFrame) -> None:
        pass

    async def aclose(self) -> None:
        self._left.set()


class _Mirror:
    """A face that minds what it is to show."""

    channels = ("JawOpen", "MouthSmileLeft", "viseme_aa", "EyeBlinkLeft")

    def __init__(self, outcome: Babble) -> None:
        self._outcome = outcome

    def show(self, values: Sequence[float]) -> None:
        self._outcome.misshapen += sum(not (math.isfinite(value) and -0.01 <= value <= 1.01) for value in values)

    def close(self) -> None:
        pass


@contextmanager
def _noting_bugs(outcome: Babble) -> Iterator[None]:
    class Bugs(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            outcome.broken.append(self.format(record))

    bugs = Bugs(logging.ERROR)
    logs = [logging.getLogger(name) for name in ("convai_panda", "asyncio")]
    levels = [log.level for log in logs]
    for log in logs:
        log.addHandler(bugs)
        log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.removeHandler(bugs)
            log.setLevel(level)


def _memory() -> float:
    gc.collect()
    return size().rss


def _texts(value: object) -> Iterator[str]:
    """Every string in an event."""
    match value:
        case str():
            yield value
        case Mapping():
            for key, item in value.items():
                yield from _texts(key)
                yield from _texts(item)
        case list() | tuple():
            for item in value:
                yield from _texts(item)
        case BaseException():
            yield str(value)
        case _ if is_dataclass(value):
            for each in fields(value):
                yield from _texts(getattr(value, each.name))
