"""A character that says exactly what a test wants, acts, takes its time, and fails when told to. Main thread only."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict, Unpack

from ..errors import RoomLossReason
from ..protocol.connect import ActionConfig
from ..protocol.server import Action
from ..simulator.characters import Character as SimulatedCharacter
from ..simulator.dialogue import Dialogue, Line
from ..simulator.memory import History

if TYPE_CHECKING:
    from .scripted_transport import ScriptedTransport


@dataclass(slots=True)
class ScriptedFaults:
    """What goes wrong with one character from now on; read on the asyncio side."""

    refusals: deque[tuple[int, str]] = field(default_factory=deque)  # of /connect: status, detail
    withheld: set[str] = field(default_factory=set)  # types of messages that never arrive
    stalls: deque[tuple[float, float]] = field(default_factory=deque)  # s of voice before it, s it lasts


class Manner(TypedDict, total=False):
    """How a line is said."""

    emotion: str
    scale: int
    actions: Sequence[str | tuple[str, str]]
    after: float


class ScriptedCharacter:
    """One character's script. What it does not cover is answered by the simulator's own rules.

    Lines are said with an ``emotion`` (a Plutchik name) at a ``scale`` of 1 to 3, with ``actions`` ("open gate", or
    ("give", "lantern") with a target), ``after`` so many seconds more than the service takes to think. A game gets
    emotions and actions only where it has asked for them in its Connect request.
    """

    def __init__(
        self, character_id: str, transport: Callable[[], ScriptedTransport], call: Callable[..., None]
    ) -> None:
        self._id = character_id
        self._transport = transport
        self._call = call
        self._greetings: deque[Line] = deque()
        self._queue: deque[Line] = deque()
        self._rules: list[tuple[re.Pattern[str], Line]] = []
        self._hears: deque[str] = deque()
        self.faults = ScriptedFaults()

    def greets(self, text: str, **how: Unpack[Manner]) -> None:
        """The next first line of a visit."""
        self._greetings.append(line(text, **how))

    def answers(self, text: str, *, to: str | None = None, **how: Unpack[Manner]) -> None:
        """The next answer; or each answer to what matches the regular expression ``to``, whatever is next."""
        if to is None:
            self._queue.append(line(text, **how))
        else:
            self._rules.append((re.compile(to, re.IGNORECASE), line(text, **how)))

    def says(self, text: str, **how: Unpack[Manner]) -> None:
        """A line of its own accord, now; unheard where it has no room."""
        said = line(text, **how)
        self._call(lambda: self._transport().have_say(self._id, said))

    def refuses(self, status: int, detail: str = "", *, times: int = 1) -> None:
        """The service answers the next Connect requests with an error: 401, 403, 404, 429, 503, …"""
        self.faults.refusals.extend([(status, detail)] * times)

    def loses_room(self, reason: RoomLossReason = RoomLossReason.UNKNOWN) -> None:
        """The room is lost now, as if the network had gone."""
        self._call(lambda: self._transport().lose_room(self._id, reason))

    def withholds(self, *types: str) -> None:
        """Messages of these types ("bot-ready", "bot-turn-completed", …) never arrive."""
        self.faults.withheld.update(types)

    def delivers(self, *types: str) -> None:
        """They do again."""
        self.faults.withheld.difference_update(types)

    def stalls(self, seconds: float, *, after: float = 0.5) -> None:
        """The voice of its next line stops arriving for so long, ``after`` seconds of it have come."""
        self.faults.stalls.append((after, seconds))

    def dialogue(
        self, character: SimulatedCharacter, history: History, *, player: str | None, actions: ActionConfig | None
    ) -> Dialogue:
        """What the simulator asks."""
        return _ScriptedDialogue(self, character, history, player=player, actions=actions)

    def hear(self, words: str) -> None:
        """What the player's next spoken words will say."""
        self._hears.append(words)

    def _next_greeting(self) -> Line | None:
        return self._greetings.popleft() if self._greetings else None

    def _next_answer(self, words: str) -> Line | None:
        for pattern, answer in self._rules:
            if pattern.search(words):
                return answer
        return self._queue.popleft() if self._queue else None


def line(
    text: str,
    *,
    emotion: str = "neutral",
    scale: int = 1,
    actions: Sequence[str | tuple[str, str]] = (),
    after: float = 0.0,
) -> Line:
    """A line as a script takes it. Raises ValueError for what cannot be said."""
    if not text.strip():
        raise ValueError("A scripted line needs words.")
    if after < 0.0 or scale not in (1, 2, 3):
        raise ValueError(f"after must not be negative and scale must be 1, 2 or 3, got {after} and {scale}.")
    done = (Action(name=one) if isinstance(one, str) else Action(name=one[0], target=one[1]) for one in actions)
    return Line(text, emotion, scale, tuple(done), after)


class _ScriptedDialogue(Dialogue):
    """The script first, then the simulator's rules."""

    def __init__(
        self,
        script: ScriptedCharacter,
        character: SimulatedCharacter,
        history: History,
        *,
        player: str | None,
        actions: ActionConfig | None,
    ) -> None:
        super().__init__(character, history, player=player, actions=actions)
        self._script = script
        self._utterance: tuple[int, str] | None = None  # the one that is being heard

    def hears(self, utterance: int) -> str | None:
        if self._utterance is None or self._utterance[0] != utterance:
            heard = self._script._hears
            self._utterance = (utterance, heard.popleft()) if heard else None
        return None if self._utterance is None else self._utterance[1]

    def greeting(self) -> Line:
        return self._script._next_greeting() or super().greeting()

    def answer(self, text: str) -> Line:
        own = super().answer(text)  # remembers what was said, also where the script answers
        return self._script._next_answer(text) or own

    def alarm(self, trigger: str) -> Line:
        return self._script._next_answer(trigger) or super().alarm(trigger)
