"""How much talk a game may cost: minutes in rooms and turns, counted, warned of, and ended. Pure: time is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .errors import ConfigurationError
from .events import AllowanceSpent, AllowanceWarning, Event, SessionState, StateChanged, TurnCompleted

_OPEN = frozenset({SessionState.JOINING, SessionState.READY, SessionState.CONVERSING, SessionState.LINGERING})
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

    @property
    def allowance(self) -> Allowance:
        """What may be used."""
        return self._allowance

    def allow(self, allowance: Allowance, now: float) -> list[str]:
        """Change it; gives the characters whose rooms were ended and may be open again."""
        self._allowance = allowance
        self._told.clear()
        for account in self._accounts.values():
            account.told.clear()
        again = [key for key, account in self._accounts.items() if account.is_closed and not self.is_spent(key, now)]
        for account in self._accounts.values():
            account.spent_at = None
        for key in again:
            self._accounts[key].is_closed = False
        return again

    def usage(self, now: float) -> Usage:
        """What has been used until now."""
        each = {key: Usage(account.minutes(now), account.turns) for key, account in self._accounts.items()}
        minutes, turns = sum(one.minutes for one in each.values()), sum(one.turns for one in each.values())
        return Usage(minutes, turns, MappingProxyType(each))

    def notice(self, character_id: str, event: Event, now: float) -> None:
        """A character told something."""
        account = self._accounts.setdefault(character_id, _Account())
        match event:
            case StateChanged(state=state) if state in _OPEN and account.open_since is None:
                account.open_since = now
            case StateChanged(state=state) if state not in _OPEN and account.open_since is not None:
                account.seconds += max(0.0, now - account.open_since)
                account.open_since = None
            case TurnCompleted():
                account.turns += 1

    def is_spent(self, character_id: str, now: float) -> bool:
        """Whether no room may be open for it any more."""
        return any(used >= limit for _, used, limit in self._limits(character_id, now))

    def due(self, now: float) -> list[tuple[str, Event]]:
        """Warnings and ends that have not been told yet, each with the character in whose room it happened."""
        events: list[tuple[str, Event]] = []
        for key, account in self._accounts.items():
            if account.open_since is None:
                continue
            for name, used, limit in self._limits(key, now):
                told = account.told if name.startswith("character_") else self._told
                if used >= limit and (name, True) not in told:
                    told |= {(name, True), (name, False)}
                    events.append((key, AllowanceSpent(name, used, limit, _sentence(name, limit))))
                elif used >= self._allowance.warn_at * limit and (name, False) not in told:
                    told.add((name, False))
                    events.append((key, AllowanceWarning(name, used, limit)))
        return events

    def ends(self, character_id: str, now: float, *, is_speaking: bool) -> bool:
        """Whether its room is to be left now; true once. A voice that is being heard may come to its end."""
        account = self._accounts.get(character_id)
        if account is None or account.open_since is None or not self.is_spent(character_id, now):
            return False
        if account.spent_at is None:
            account.spent_at = now
            account.is_closed = False
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
    whose = "This character" if name.startswith("character_") else "The game"
    return f"{whose} has used up its {limit:g} {name.removeprefix('character_')}: its rooms are left and stay closed."
