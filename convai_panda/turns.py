"""When a character's new turn begins and when its old one is cut off: what the gate in its voice follows. Pure.

After an interruption the old turn's sound, text and announcements still come for a while. Which message opens the
gate again depends on whether the service has confirmed the interruption: before that, an announcement of a voice
may still be the old turn's.
"""

from enum import Enum, auto

from .protocol.server import (
    BotInterrupted,
    BotLlmStarted,
    BotStartedSpeaking,
    BotStoppedSpeaking,
    BotTtsStarted,
    BotTurnCompleted,
    ServerMessage,
)


class Cue(Enum):
    """What the voice is to do."""

    BEGIN = auto()  # a new turn: what comes now is heard
    CUT = auto()  # the turn is over before its end: silence


class _Turn(Enum):
    NONE = auto()
    OPEN = auto()
    CUT = auto()  # by us; the service does not know it yet
    CONFIRMED = auto()  # cut, and the service knows


class Turns:
    """One room's turns."""

    def __init__(self) -> None:
        self._turn = _Turn.NONE
        self._is_completion_due = False  # of a turn that the service has cut

    def interrupt(self) -> None:
        """We have cut the character short."""
        if self._turn is _Turn.OPEN:
            self._turn = _Turn.CUT
        elif self._turn is _Turn.NONE:
            self._turn = _Turn.CONFIRMED

    def receive(self, message: ServerMessage) -> Cue | None:
        """What the message means for the voice; None where it changes nothing."""
        match message:
            case BotLlmStarted():
                return self._begin()
            case BotTtsStarted() | BotStartedSpeaking():
                # Some turns have no LLM: a trigger's <speak> text goes straight to the voice.
                return self._begin() if self._turn in (_Turn.NONE, _Turn.CONFIRMED) else None
            case BotStoppedSpeaking():
                if self._turn is _Turn.CUT:
                    self._turn = _Turn.CONFIRMED
                return None
            case BotInterrupted():
                # Also told when the player begins and nothing is under way; then no turn's completion follows.
                self._is_completion_due = self._turn is not _Turn.NONE
                self._turn = _Turn.CONFIRMED
                return Cue.CUT
            case BotTurnCompleted(was_interrupted=was_interrupted):
                return self._complete(was_interrupted=was_interrupted)
            case _:
                return None

    def _begin(self) -> Cue:
        self._turn = _Turn.OPEN
        return Cue.BEGIN

    def _complete(self, *, was_interrupted: bool) -> Cue | None:
        is_late, self._is_completion_due = self._is_completion_due, False
        if was_interrupted and is_late:
            return None  # the end of a turn that is cut already; a new one may be under way
        if was_interrupted:
            self._turn = _Turn.CONFIRMED
            return Cue.CUT
        self._turn = _Turn.NONE if self._turn is _Turn.OPEN else self._turn
        return None
