"""All characters that can do something: one step a frame for each that does, and their reports. Main thread only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..character import Character
from ..errors import ConfigurationError
from ..events.base import Event
from ..protocol.client import ContextUpdate
from ..protocol.connect import ActionConfig
from .body import Body
from .contract import Contract, Target, write_config
from .queue import ActionQueue
from .targets import Targets

Declare = Callable[[ActionConfig], None]


class Stage:
    """Lets characters act; who does nothing costs nothing.

    ``player`` is whom "me" means, ``others`` gives what a character could act on beside its own targets, and ``tell``
    takes events.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        player: Target,
        others: Callable[[Character], Iterable[Target]],
        tell: Callable[[Character, Event], None],
    ) -> None:
        self._clock = clock
        self._last = clock()
        self._player = player
        self._others = others
        self._tell = tell
        self._acting: list[Character] = []
        self._declares: dict[Character, tuple[ActionConfig | None, Declare]] = {}
        self._said: dict[Character, ActionConfig | None] = {}  # what was declared last
        self._has_news: set[Character] = set()  # characters that have learnt something

    @property
    def player(self) -> Target:
        """Whom "me" means."""
        return self._player

    def admit(
        self,
        character: Character,
        actions: Sequence[str] | Contract,
        body: Body | None,
        *,
        given: ActionConfig | None,
        declare: Declare,
    ) -> ActionConfig | None:
        """Let one more character act; what its Connect request declares, of which the game may have ``given`` some.

        ``declare`` is told when that changes. Raises ConfigurationError.
        """
        if isinstance(actions, str):
            raise ConfigurationError(f"actions is a list of names: [{actions!r}].")
        contract = actions if isinstance(actions, Contract) else Contract(tuple(actions))
        body = body or Body()
        body.belong_to(character.node)
        queue = ActionQueue(
            character,
            body=body,
            targets=Targets(contract.targets, lambda: self._others(character), self._player),
            tell=lambda event: self._tell(character, event),
            engaged=lambda: self._engage(character),
            declared=lambda: self._has_news.add(character),
        )
        character._actions = queue
        for name in (*(given.action_names if given is not None else ()), *contract.actions):
            queue.declare(name)
        self._declares[character] = given, declare
        self._has_news.discard(character)
        config = self._said[character] = self._config(character)
        return config

    def learn(self, character: Character) -> None:
        """What it could act on has changed."""
        self._has_news.add(character)

    def update(self) -> None:
        """A frame's worth of everybody's actions."""
        now = self._clock()
        seconds, self._last = max(0.0, now - self._last), now
        while self._has_news:
            self._declare(self._has_news.pop())
        for character in tuple(self._acting):
            queue = character.actions
            if character.node.is_empty():
                queue.cancel("The character is not there any more.")
            queue.step(seconds)
            if not character.is_speaking:  # what it says of it must not cut what it says
                self._report(character)
            if queue.is_idle and character in self._acting:
                self._acting.remove(character)

    def dismiss(self, character: Character) -> None:
        """It acts no more."""
        character.actions.close()
        self._declares.pop(character, None)
        self._said.pop(character, None)
        self._has_news.discard(character)
        if character in self._acting:
            self._acting.remove(character)

    def _engage(self, character: Character) -> None:
        if character not in self._acting:
            self._acting.append(character)

    def _config(self, character: Character) -> ActionConfig | None:
        given, _ = self._declares[character]
        return write_config(character.actions.names, character.actions.targets.all(), given)

    def _declare(self, character: Character) -> None:
        _, declare = self._declares[character]
        config = self._config(character)
        if config is not None and config != self._said[character]:
            self._said[character] = config
            declare(config)

    def _report(self, character: Character) -> None:
        report = character.actions.take_report()
        if report is not None and character.is_ready:
            words, respond = report
            character._post(ContextUpdate(text=words, run_llm=respond))
