"""Everything that a game was told, and when: for assertions, for failure messages, and to compare two runs. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ..events import Event, Failed, RingCrossed, StateChanged, Transcript

if TYPE_CHECKING:
    from ..character import Character

_E = TypeVar("_E", bound=Event)
_MANY = 20  # lines: what a failure message bears


class Seen(NamedTuple):
    """One event."""

    time: float
    character: Character
    event: Event

    def __str__(self) -> str:
        return f"[{self.time:7.2f}] {self.character.name}: {_describe(self.event)}"


class Trace:
    """Events in the order in which they were told."""

    def __init__(self) -> None:
        self._seen: list[Seen] = []

    def __len__(self) -> int:
        return len(self._seen)

    def note(self, time: float, character: Character, event: Event) -> None:
        """One more."""
        self._seen.append(Seen(time, character, event))

    def since(self, time: float, character: Character | None = None) -> list[Seen]:
        """Those from a moment on, of one character or of all."""
        return [seen for seen in self._seen if seen.time >= time and character in (None, seen.character)]

    def told(self, kind: type[_E], character: Character | None = None) -> list[_E]:
        """The events of one kind."""
        return [event for _, who, event in self._seen if isinstance(event, kind) and character in (None, who)]

    def times(self, kind: type[Event], character: Character) -> list[float]:
        """When events of a kind came."""
        return [time for time, who, event in self._seen if isinstance(event, kind) and who is character]

    def digest(self) -> str:
        """A hash of everything: two runs that are equal to the bit have the same."""
        digest = hashlib.sha256()
        for time, character, event in self._seen:
            digest.update(f"{time!r} {character.id} {event!r}\n".encode())
        return digest.hexdigest()

    def excerpt(self, since: float) -> str:
        """What was seen from a moment on, a line each, for a failure message."""
        worth = [str(seen) for seen in self.since(since) if not _is_noise(seen.event)]
        if not worth:
            return "  nothing"
        more = [f"  … {len(worth) - _MANY} earlier ones"] if len(worth) > _MANY else []
        return "\n".join([*more, *(f"  {line}" for line in worth[-_MANY:])])


def _is_noise(event: Event) -> bool:
    return (isinstance(event, Transcript) and not event.is_final) or event.name in _MUTE


_MUTE = frozenset({"convai-message", "convai-server-response"})


def _describe(event: Event) -> str:
    match event:
        case RingCrossed(ring=ring, was=was):
            return f"ring {was.value} → {ring.value}"
        case StateChanged(state=state, was=was, reason=reason):
            return f"{was.value} → {state.value} ({reason})"
        case Transcript(speaker=speaker, text=text, is_cut=is_cut):
            return f"{speaker} {'was cut at' if is_cut else 'says'} “{text}”"
        case Failed(error=error, will_retry=will_retry):
            return f"failed: {error}{' (tries again)' if will_retry else ''}"
        case _:
            return repr(event)
