"""What a character says on its own when the service cannot: lines of the game's, told as local transcripts. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import cycle

from .errors import ConfigurationError
from .events import (
    Event,
    NoResponse,
    PlayerSpeakingStarted,
    PlayerSpeakingStopped,
    Ready,
    SessionState,
    Speaker,
    SpeakingStarted,
    StateChanged,
    Transcript,
    TurnCompleted,
    Undelivered,
)

Line = str | Iterable[str] | None

_TYPED = 8  # as many as wait for a character that is not there yet
_GONE = frozenset({SessionState.LOST, SessionState.BACKING_OFF, SessionState.CLOSED})


@dataclass(frozen=True, slots=True)
class FallbackLines:
    """A character's own words for what must not happen; each is a line, several to be taken in turn, or None.

    ``hesitation``: no answer has come for ``patience`` seconds after the player spoke. ``lost``: the connection was
    lost in the middle of a conversation. ``unheard``: its voice cannot be heard here, so that its words are all
    there is. They are told as ``Transcript`` with ``is_local``, so that subtitles show them; nothing is said aloud.

    Raises ConfigurationError for an empty line or a patience that is none.
    """

    hesitation: Line = None
    patience: float = 3.0
    lost: Line = None
    unheard: Line = None

    def __post_init__(self) -> None:
        if not 0.0 < self.patience < float("inf"):
            raise ConfigurationError(f"FallbackLines(patience=…) is in seconds, above 0; got {self.patience!r}.")
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "patience" or value is None:
                continue
            lines = (value,) if isinstance(value, str) else tuple(value)
            if not lines or not all(isinstance(line, str) and line.strip() for line in lines):
                raise ConfigurationError(f"FallbackLines({field.name}=…) needs words, or None to say nothing.")
            object.__setattr__(self, field.name, lines)


class Improviser:
    """Knows when one character needs one of its lines."""

    def __init__(self, lines: FallbackLines | None) -> None:
        lines = lines or FallbackLines()
        self._patience = lines.patience
        self._hesitations, self._losses, self._silences = (
            _in_turn(each) for each in (lines.hesitation, lines.lost, lines.unheard)
        )
        self._typed: deque[str] = deque(maxlen=_TYPED)
        self._is_asked = False
        self._asked_at: float | None = None
        self._is_player_speaking = False
        self._has_lost = False  # since it was last there
        self._has_told_silence = False  # in this room

    def ask(self, text: str) -> None:
        """The player has typed something, which may still be on its way: its transcript is not another question."""
        self._typed.append(text)
        self._begin_to_wait()

    def _begin_to_wait(self) -> None:
        self._is_asked, self._asked_at = True, None

    def notice(self, event: Event, *, can_be_heard: bool = True) -> list[Transcript]:
        """What the character says to what was told; ``can_be_heard``: whether there is anything to play its voice."""
        match event:
            case Transcript(is_local=True):
                return []
            case Transcript(speaker=Speaker.PLAYER, is_final=True, text=text):
                if text in self._typed:
                    self._typed.remove(text)
                else:
                    self._begin_to_wait()
            case Transcript(speaker=Speaker.CHARACTER, is_cut=False) | TurnCompleted(was_interrupted=False):
                self._is_asked = False
            case Undelivered() | NoResponse():
                self._is_asked = False
            case PlayerSpeakingStarted() | PlayerSpeakingStopped():  # also told of typed words
                self._is_player_speaking = isinstance(event, PlayerSpeakingStarted)
            case Ready():
                self._is_player_speaking = self._has_lost = self._has_told_silence = False
            case SpeakingStarted():
                self._is_asked = False
                return [] if can_be_heard else self.go_unheard()
            case StateChanged(state=state, was=was) if state in _GONE:
                self._is_asked = False
                if state is SessionState.LOST and was is SessionState.CONVERSING and not self._has_lost:
                    self._has_lost = True
                    return self._say(self._losses)
        return []

    def go_unheard(self) -> list[Transcript]:
        """Nothing of its voice could be heard."""
        if self._has_told_silence:
            return []
        self._has_told_silence = True
        return self._say(self._silences)

    def wait(self, now: float, *, is_speaking: bool) -> list[Transcript]:
        """What it says while the player waits; ask some times a second."""
        if not self._is_asked:
            return []
        if self._asked_at is None or is_speaking or self._is_player_speaking:  # nobody waits while somebody speaks
            self._asked_at = now
        if now - self._asked_at < self._patience:
            return []
        self._is_asked = False
        return self._say(self._hesitations)

    def _say(self, lines: Iterator[str]) -> list[Transcript]:
        line = next(lines, None)
        return [] if line is None else [Transcript(Speaker.CHARACTER, line, is_local=True)]


def _in_turn(lines: Line) -> Iterator[str]:
    return cycle(lines or ())
