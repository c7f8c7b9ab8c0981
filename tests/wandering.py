"""A player who wanders from one character to the next and talks, and an account of what came of it.

Who walks where and what is said comes from one seed. What the service is, and what time, is the caller's affair.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from direct.showbase.ShowBase import ShowBase
from panda3d.core import LPoint3

from convai_panda import Character, Convai, Event, SessionState, Speaker, StateChanged, Transcript, Undelivered
from convai_panda.transport.base import Room
from tests.benchmarks.processes import Size

FRAME = 1 / 30  # s
_SQUARE = 16.0  # units from the middle to the last house
_STUCK = 60.0  # s in a state that is on its way to another
_FAR = LPoint3(0, -500, 0)
_PASSING = (SessionState.CONNECTING, SessionState.JOINING, SessionState.LOST, SessionState.BACKING_OFF)
_SETTLED = (SessionState.IDLE, SessionState.CLOSED)
_EITHER = ((1, 0, 1), (0, 1, 0))  # told, reported, sent: delivered once, or reported as not delivered


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
    tasks: int = 0  # of the asyncio thread, when all rooms were left
    threads: int = 0  # more than when it had settled
    descriptors: int = 0
    growth: float = 0.0  # MB
    objects: float = 0.0  # share by which there are more of Python's

    def compare(self, settled: Size, ended: Size) -> None:
        """How much more there is than when it had settled."""
        self.growth = ended.rss - settled.rss
        self.threads = ended.threads - settled.threads
        self.descriptors = ended.descriptors - settled.descriptors


class Service(Protocol):
    """What the characters are called at, different kinds of bad, until it is calm."""

    is_calm: bool
    sent: Counter[str]  # words of the player that went into a room


@dataclass(frozen=True, slots=True)
class Habits:
    """How the player goes about."""

    speed: tuple[float, float] = (1.5, 5.0)  # units a second
    stay: tuple[float, float] = (1.0, 40.0)  # s with one character
    pause: tuple[float, float] = (1.0, 8.0)  # s between two things that the player does
    patience: float = 90.0  # s for everybody to leave, and for one character to answer


def _note_words(payload: bytes, sent: Counter[str]) -> None:
    """Count a message that went into a room, if it is words of the player."""
    message = json.loads(payload)
    if message["type"] == "user_text_message":
        sent[message["data"]["text"]] += 1


def count(room: Room, outcome: Soaked, sent: Counter[str]) -> Room:
    """The room, just opened; that it is left is noted, and what is said into it."""
    send, leave, is_open = room.send, room.aclose, True
    outcome.opened += 1

    async def send_noted(payload: bytes) -> None:
        await send(payload)
        _note_words(payload, sent)

    async def leave_noted() -> None:
        nonlocal is_open
        await leave()
        outcome.closed += is_open
        is_open = False

    room.send, room.aclose = send_noted, leave_noted  # type: ignore[method-assign]
    return room


@contextmanager
def bugs_noted(outcome: Soaked) -> Iterator[None]:
    """Have what is logged as an error counted as broken."""
    bugs = _Bugs(outcome)
    logs = [logging.getLogger(name) for name in ("convai_panda", "asyncio")]
    for log in logs:
        log.addHandler(bugs)
    try:
        yield
    finally:
        for log in logs:
            log.removeHandler(bugs)


class _Bugs(logging.Handler):
    def __init__(self, outcome: Soaked) -> None:
        super().__init__(logging.ERROR)
        self._outcome = outcome

    def emit(self, record: logging.LogRecord) -> None:
        self._outcome.broken.append(self.format(record))


class Wanderer:
    """The player of one game. ``frame`` plays one frame of it, ``now`` tells its time."""

    def __init__(
        self,
        base: ShowBase,
        convai: Convai,
        service: Service,
        outcome: Soaked,
        *,
        cast: int,
        seed: int,
        now: Callable[[], float],
        frame: Callable[[], None],
        habits: Habits | None = None,
    ) -> None:
        self._base = base
        self._convai = convai
        self._service = service
        self._outcome = outcome
        self._now = now
        self._frame = frame
        self._habits = habits or Habits()
        self._chance = Random(f"{seed}/player")
        self._player = convai.listener
        self._player.set_pos(_FAR)
        self._everybody = [self._settle(number) for number in range(cast)]
        self._told: dict[str, Counter[type[Event]]] = {}
        self._since: dict[Character, float] = {}
        self._answered: set[Character] = set()
        for event in (StateChanged, Transcript, Undelivered):
            base.accept(event.name, self._note)

    def wander(self, seconds: float) -> None:
        """Walk about and talk."""
        until = self._now() + seconds
        if self._player.get_pos() == _FAR:
            self._player.set_pos(0, -_SQUARE, 0)
        while self._now() < until:
            self._walk(until)

    def go_away(self) -> None:
        """Beyond everybody's reach, until what was said to nobody has been given up."""
        self._player.set_pos(_FAR)
        self.until(lambda: False, self._habits.patience)
        self._look_who_stays()

    def go_home(self) -> None:
        """Beyond everybody's reach, until every room is left."""
        self._player.set_pos(_FAR)
        self.until(lambda: all(each.state in _SETTLED for each in self._everybody), self._habits.patience)
        self._look_who_stays()

    def see_everybody(self) -> None:
        """Once nothing is wrong any more, everybody has to answer."""
        self._service.is_calm = True
        for character in self._everybody:
            self._player.set_pos(character.node.get_pos() + LPoint3(0, -1.5, 0))
            patience = self._habits.patience
            if not self.until(lambda: character.is_ready, patience) or not self._answers(character):  # noqa: B023
                self._outcome.mute.append(f"{character.name}: {character.state.value}")

    def await_the_rest(self) -> None:
        """What was said and is neither delivered nor reported yet has its time."""
        self.until(lambda: all(self._ways(text) in _EITHER for text in self._told), self._habits.patience)

    def account(self) -> None:
        """What became of all that was said."""
        for text in self._told:
            ways = self._ways(text)
            self._outcome.delivered += ways == _EITHER[0]
            self._outcome.reported += ways == _EITHER[1]
            if ways not in _EITHER:
                self._outcome.astray.append(f"{text}: told {ways[0]}, reported {ways[1]}, sent {ways[2]} times")

    def until(self, condition: Callable[[], object], within: float) -> bool:
        """Play frames until then; whether it came to it."""
        until = self._now() + within
        while not condition():
            if self._now() > until:
                return False
            self._step()
        return True

    def leave(self) -> None:
        """Listen to nothing any more."""
        self._base.ignore_all()

    def _settle(self, number: int) -> Character:
        node = self._base.render.attach_new_node(f"npc-{number}")
        row, column = divmod(number, 4)  # never nearer to somebody else than to whom one stands before
        node.set_pos(8 * column - 12 + self._chance.uniform(-1, 1), 8 * row - 8 + self._chance.uniform(-1, 1), 0)
        return self._convai.add_character(f"00000000-0000-4000-8000-{number + 1:012d}", node)

    def _walk(self, end: float) -> None:
        """To somebody, or just somewhere, and stay there for a while."""
        goal = self._chance.choice(self._everybody).node.get_pos() + LPoint3(self._chance.uniform(-2, 2), -1, 0)
        if self._chance.random() < 0.3:
            goal = LPoint3(self._chance.uniform(-2, 2) * _SQUARE, self._chance.uniform(-2, 2) * _SQUARE, 0)
        stride = self._chance.uniform(*self._habits.speed) * FRAME
        while (way := goal - self._player.get_pos()).length() > stride and self._now() < end:
            way.normalize()
            self._player.set_pos(self._player.get_pos() + way * stride)
            self._step()
        until = min(end, self._now() + self._chance.uniform(*self._habits.stay))
        while self._now() < until:
            self._act()
            pause = self._now() + self._chance.uniform(*self._habits.pause)
            while self._now() < min(until, pause):
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
        return self.until(lambda: character in self._answered, self._habits.patience)

    def _ways(self, text: str) -> tuple[int, int, int]:
        told = self._told[text]
        return told[Transcript], told[Undelivered], self._service.sent[text]

    def _look_who_stays(self) -> None:
        for each in self._everybody:
            if each.state not in _SETTLED:
                self._outcome.stuck.append(f"{each.name} is {each.state.value} with nobody there")

    def _note(self, character: Character, event: Event) -> None:
        match event:
            case StateChanged(state=state):
                self._outcome.states[state.value] += 1
                self._since[character] = self._now()
            case Transcript(speaker=Speaker.CHARACTER, is_final=True):
                self._answered.add(character)
            case Transcript(speaker=Speaker.PLAYER, text=text, is_final=True) | Undelivered(text=text):
                if text in self._told:
                    self._told[text][type(event)] += 1

    def _step(self) -> None:
        self._frame()
        for character, since in self._since.items():
            if character.state in _PASSING and self._now() - since > _STUCK:
                self._outcome.stuck.append(f"{character.name} was {character.state.value} for {_STUCK:.0f} s")
                self._since[character] = self._now()
