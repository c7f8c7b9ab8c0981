"""What one character has to do: in order, one at a time, within a time limit, and told of. Main thread only."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..errors import ActionImpossible, ConfigurationError
from ..events.base import Event
from ..events.doing import (
    Action,
    ActionCancelled,
    ActionFailed,
    ActionFinished,
    ActionStarted,
    UnknownAction,
)
from .body import Body
from .contract import check_names
from .job import Job
from .naming import plain
from .performance import Executor, Performance
from .ready_made import ENDLESS, find, is_stop
from .report import Remarks, Report
from .targets import Targets

if TYPE_CHECKING:
    from ..character import Character

_log = logging.getLogger(__name__)

LIMIT = 30.0  # s that an action may take, where nothing else is said
_MOST = 32  # actions that wait; a service that asks for more has lost its way
_STRIDE = 0.25  # s: the longest step of one frame, so that a hitch does not throw anybody through a wall


@dataclass(frozen=True, slots=True)
class _Declared:
    name: str
    executor: Executor | None
    limit: float | None


class ActionQueue:
    """A character's actions; ``character.actions``.

    ``tell`` takes events; ``engaged`` is called when there is something to do, ``declared`` when it learns something.
    """

    def __init__(
        self,
        character: Character,
        *,
        body: Body,
        targets: Targets,
        tell: Callable[[Event], None],
        engaged: Callable[[], None],
        declared: Callable[[], None],
    ) -> None:
        self.body = body
        self.targets = targets
        self._character = character
        self._tell = tell
        self._on_engaged = engaged
        self._on_declared = declared
        self._declared: dict[str, _Declared] = {}
        self._waiting: deque[Action] = deque()
        self._running: tuple[Action, Performance] | None = None
        self._report = Report()

    def __repr__(self) -> str:
        return f"<ActionQueue of {self._character.name}: {self.current or 'nothing'}, {len(self._waiting)} waiting>"

    @property
    def names(self) -> tuple[str, ...]:
        """What it is declared to be able to do."""
        return tuple(each.name for each in self._declared.values())

    @property
    def current(self) -> Action | None:
        """What it is doing."""
        return self._running[0] if self._running is not None else None

    @property
    def waiting(self) -> tuple[Action, ...]:
        """What it will do after that."""
        return tuple(self._waiting)

    @property
    def remarks(self) -> Remarks:
        """When it may speak about what it has done; settable."""
        return self._report.remarks

    @remarks.setter
    def remarks(self, remarks: Remarks) -> None:
        self._report.remarks = remarks

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do, and nothing left to tell."""
        return self._running is None and not self._waiting and self._report.is_empty

    def declare(self, name: str, executor: Executor | None = None, *, limit: float | None = LIMIT) -> None:
        """Let the character know that it can do this, from now on.

        Without ``executor`` a ready-made action of that name is used, or an animation of its actor; where there is
        neither the game is asked by ``UnknownAction``. ``limit``: seconds that it may take; None: as long as it
        takes. Raises ConfigurationError for a name that cannot be, or a limit that leaves no time.
        """
        check_names([name], "action")
        if limit is not None and limit <= 0.0:
            raise ConfigurationError(f"The limit of {name!r} must be more than 0 s, got {limit}.")
        executor = executor or find(name, self.body)
        known = self._declared.get(plain(name))
        limit = None if executor in ENDLESS else limit
        self._declared[plain(name)] = _Declared(known.name if known else name.strip(), executor, limit)
        if known is None:
            self._on_declared()

    def do(self, name: str, target: str | None = None) -> None:
        """Have it do something after what it has to do already, without the service having asked for it."""
        self.request([Action(name, target)])

    def request(self, actions: Sequence[Action]) -> None:
        """Put actions at the end of the queue; one that stops makes all others give way at once."""
        for action in actions:
            if is_stop(action.name):
                self.cancel("It was told to stop.")
            if len(self._waiting) >= _MOST:
                self._tell(ActionCancelled(action, f"More than {_MOST} actions were waiting."))
            else:
                self._waiting.append(action)
        self._on_engaged()

    @property
    def pending(self) -> tuple[Action, ...]:
        """What is not done yet: the current one, which would begin anew, and those that wait."""
        return (*([self.current] if self.current is not None else []), *self._waiting)

    def restore(self, actions: Sequence[Action]) -> None:
        """Have exactly this to do, as a saved game had it; the character is not told of what is given up for it."""
        self.cancel("A saved game was restored.")
        self._report = Report(self._report.remarks)
        self.request(actions)

    def cancel(self, reason: str = "The game has cancelled it.") -> None:
        """Give up what it is doing, and everything that waits."""
        if self._running is not None:
            action, performance = self._running
            self._running = None
            performance.cancel()
            self._note(action, "was given up", "", performance, is_last=not self._waiting)
            self._tell(ActionCancelled(action, reason))
        while self._waiting:
            self._tell(ActionCancelled(self._waiting.popleft(), reason))

    def step(self, seconds: float) -> None:
        """Do a frame's worth of it."""
        if self._running is None:
            self._begin()
        if self._running is None:
            return
        action, performance = self._running
        try:
            is_done = performance.step(min(seconds, _STRIDE))
        except ActionImpossible as error:
            self._fail(action, performance, str(error))
        except Exception as error:  # noqa: BLE001 - a game's own code must not end the frame; it is told and logged
            _log.exception("The code of the action %r broke.", str(action))
            self._fail(action, performance, f"It broke: {error}")
        else:
            if is_done and self._is_running(performance):
                self._running = None
                self._note(action, "is done", performance.result, performance, is_last=not self._waiting)
                self._tell(ActionFinished(action, performance.result))

    def take_report(self) -> tuple[str, Literal["true", "false"]] | None:
        """What the character should be told now, and whether it may answer; None where there is nothing."""
        return None if self._report.is_empty else self._report.take()

    def close(self) -> None:
        """Stop for good."""
        if self._running is not None:
            self._running[1].cancel()
            self._running = None
        self._waiting.clear()
        self.body.release()

    def _begin(self) -> None:
        """Start what is next, if there is a next one that anybody here can do."""
        if not self._waiting:
            return
        action = self._waiting.popleft()
        declared, action = self._find(action)
        if declared is None or declared.executor is None:
            if declared is None:
                self._report.note(action, "failed", "You cannot do that.", seconds=0.0, is_last=not self._waiting)
            self._tell(UnknownAction(action, is_declared=declared is not None))
            return
        found = self.targets.find(action.target) if action.target is not None else None
        job = Job(
            self._character,
            action,
            body=self.body,
            player=self.targets.player.node,
            target=found.node if found is not None else None,
            is_person=found is not None and found.is_character,
            is_awaited=lambda: bool(self._waiting),
        )
        self._running = action, Performance(declared.executor, job, declared.limit)
        self._tell(ActionStarted(action))

    def _find(self, action: Action) -> tuple[_Declared | None, Action]:
        """How it is declared; some services write the target behind the name, as in ``Move To Bucket``."""
        wanted = plain(action.name)
        if (declared := self._declared.get(wanted)) is not None or action.target is not None:
            return declared, action
        words = wanted.split()
        for count in range(len(words) - 1, 0, -1):
            declared = self._declared.get(" ".join(words[:count]))
            if declared is not None and self.targets.find(target := " ".join(words[count:])) is not None:
                return declared, Action(declared.name, target)
        return None, action

    def _is_running(self, performance: Performance) -> bool:
        """Whether its own code has not given it up meanwhile."""
        return self._running is not None and self._running[1] is performance

    def _fail(self, action: Action, performance: Performance, reason: str) -> None:
        if not self._is_running(performance):
            return
        self._running = None
        performance.cancel()
        self._note(action, "failed", reason, performance, is_last=not self._waiting)
        self._tell(ActionFailed(action, reason))

    def _note(self, action: Action, outcome: str, sentence: str, performance: Performance, *, is_last: bool) -> None:
        self._report.note(action, outcome, sentence, seconds=performance.job.elapsed, is_last=is_last)
