"""How much talk a game may cost: minutes in rooms and turns, counted, warned of, and ended. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .errors import ConfigurationError
from .events import AllowanceSpent, AllowanceWarning, Event, SessionState, StateChanged, TurnCompleted

_OPEN = frozenset({SessionState.JOINING, SessionState.READY, SessionState.CONVERSING, SessionState.LINGERING})
_COUNTED = (StateChanged, TurnCompleted)  # the events that cost something
_LOOK = 0.25  # s between two looks: nobody notices, and a frame has better to do
_EACH = "character_"  # what the names of each character's own limits begin with
_LAST_WORDS = 10.0  # s that a voice which is being heard may go on once nothing is left


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be used, by all characters together and by each; None: without a limit.

    Minutes are those in which a room is open, silent ones too; turns are the characters'. ``warn_at`` is the share
    of a limit at which a game is warned. Raises ConfigurationError for what is no limit.
    """

    minutes: float | None = None
    turns: int | None = None
    character_minutes: float | None = None
    character_turns: int | None = None
    warn_at: float = 0.8

    def __post_init__(self) -> None:
        for name in ("minutes", "turns", "character_minutes", "character_turns"):
            limit = getattr(self, name)
            if limit is not None and not 0 <= limit < float("inf"):
                raise ConfigurationError(f"Allowance({name}=…) must be 0 or more, or None for no limit; got {limit!r}.")
        if not 0.0 < self.warn_at <= 1.0:
            raise ConfigurationError(f"Allowance(warn_at=…) is a share, above 0 and up to 1; got {self.warn_at!r}.")

    @property
    def is_limited(self) -> bool:
        """Whether there is any limit."""
        limits = (self.minutes, self.turns, self.character_minutes, self.character_turns)
        return any(limit is not None for limit in limits)


@dataclass(frozen=True, slots=True)
class Usage:
    """What has been used: ``minutes`` with a room open, and ``turns``; in all also by character id."""

    minutes: float = 0.0
    turns: int = 0
    characters: Mapping[str, Usage] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(slots=True)
class _Account:
    """One character's use."""

    seconds: float = 0.0
    turns: int = 0
    open_since: float | None = None
    told: set[tuple[str, bool]] = field(default_factory=set)  # (which limit, whether it is spent)
    spent_at: float | None = None
    is_closed: bool = False  # by us

    def minutes(self, now: float) -> float:
        running = 0.0 if self.open_since is None else max(0.0, now - self.open_since)
        return (self.seconds + running) / 60.0


class CostGuard:
    """Counts by what the game is told, and says what is due."""

    def __init__(self, allowance: Allowance | None = None) -> None:
        self._allowance = allowance or Allowance()
        self._accounts: dict[str, _Account] = {}
        self._told: set[tuple[str, bool]] = set()  # of all together
        self._next_look = float("-inf")

    @property
    def allowance(self) -> Allowance:
        """What may be used."""
        return self._allowance

    def allow(self, allowance: Allowance) -> None:
        """Change it, at any time; what was used stays used."""
        self._allowance = allowance
        self._told.clear()
        for account in self._accounts.values():
            account.told.clear()
            account.spent_at, account.is_closed = None, False
        self._next_look = float("-inf")

    def usage(self, now: float) -> Usage:
        """What has been used until now."""
        each = {key: Usage(account.minutes(now), account.turns) for key, account in self._accounts.items()}
        minutes, turns = sum(one.minutes for one in each.values()), sum(one.turns for one in each.values())
        return Usage(minutes, turns, MappingProxyType(each))

    def notice(self, character_id: str, event: Event, now: float) -> None:
        """A character told something."""
        if not isinstance(event, _COUNTED):
            return
        account = self._accounts.setdefault(character_id, _Account())
        match event:
            case StateChanged(state=state) if state in _OPEN and account.open_since is None:
                account.open_since = now
                account.is_closed = False
            case StateChanged(state=state) if state not in _OPEN and account.open_since is not None:
                account.seconds += max(0.0, now - account.open_since)
                account.open_since = None
            case TurnCompleted():
                account.turns += 1

    def stop(self, now: float) -> None:
        """All rooms are left."""
        for account in self._accounts.values():
            account.seconds, account.open_since = account.minutes(now) * 60.0, None

    def is_spent(self, character_id: str, now: float) -> bool:
        """Whether no room may be open for it any more."""
        return any(used >= limit for _, used, limit in self._limits(character_id, now))

    def look(self, now: float, is_speaking: Callable[[str], bool]) -> tuple[list[tuple[str, Event]], list[str]]:
        """What is to be told, each with the character in whose room it happened, and whose rooms are to be left.

        Each is given once. A voice that is being heard (``is_speaking``) may come to its end.
        """
        if now < self._next_look:
            return [], []
        self._next_look = now + _LOOK
        if not self._allowance.is_limited:
            return [], []
        events: list[tuple[str, Event]] = []
        ends: list[str] = []
        for key, account in self._accounts.items():
            if account.open_since is None:
                continue
            limits = self._limits(key, now)
            events += [(key, event) for event in self._news(account, limits)]
            if any(used >= limit for _, used, limit in limits) and self._ends(
                account, now, is_speaking=is_speaking(key)
            ):
                ends.append(key)
        return events, ends

    def _news(self, account: _Account, limits: list[tuple[str, float, float]]) -> Iterator[Event]:
        for name, used, limit in limits:
            told = account.told if name.startswith(_EACH) else self._told
            if used >= limit and (name, True) not in told:
                told |= {(name, True), (name, False)}
                yield AllowanceSpent(name, used, limit, _sentence(name, limit))
            elif used >= self._allowance.warn_at * limit and (name, False) not in told:
                told.add((name, False))
                yield AllowanceWarning(name, used, limit)

    def _ends(self, account: _Account, now: float, *, is_speaking: bool) -> bool:
        if account.spent_at is None:
            account.spent_at = now
        if account.is_closed or (is_speaking and now - account.spent_at < _LAST_WORDS):
            return False
        account.is_closed = True
        return True

    def _limits(self, character_id: str, now: float) -> list[tuple[str, float, float]]:
        """Every limit there is: its name, what is used, what may be."""
        allowance, found = self._allowance, list[tuple[str, float, float]]()
        account = self._accounts.get(character_id, _Account())
        if allowance.character_minutes is not None:
            found.append(("character_minutes", account.minutes(now), allowance.character_minutes))
        if allowance.character_turns is not None:
            found.append(("character_turns", account.turns, allowance.character_turns))
        if allowance.minutes is not None:
            found.append(("minutes", sum(each.minutes(now) for each in self._accounts.values()), allowance.minutes))
        if allowance.turns is not None:
            found.append(("turns", sum(each.turns for each in self._accounts.values()), allowance.turns))
        return found


def _sentence(name: str, limit: float) -> str:
    whose = "This character" if name.startswith(_EACH) else "The game"
    return f"{whose} has used up its {limit:g} {name.removeprefix(_EACH)}: its rooms are left and stay closed."
