"""How long the player waits for an answer, step by step. Pure; the time is passed in."""

from __future__ import annotations

from .events import TurnTimed
from .protocol.server import (
    BotLlmText,
    BotTurnCompleted,
    FinalUserTranscription,
    ServerMessage,
    UserStartedSpeaking,
    UserStoppedSpeaking,
    UserTranscription,
)


class TurnTimer:
    """One room's turns, one after the other; from the end of the player's words."""

    def __init__(self) -> None:
        self._end: float | None = None  # of the player's words
        self._is_spoken = False
        self._marks: dict[str, float] = {}

    @property
    def awaits_audio(self) -> bool:
        """Whether the answer's first sound is still to come."""
        return self._end is not None and "first_token" in self._marks and "first_audio" not in self._marks

    @property
    def awaits_hearing(self) -> bool:
        """Whether its first sound has come, and has still to be played."""
        return "first_audio" in self._marks

    def type(self, now: float) -> None:
        """The player's words were sent in writing."""
        self._begin(now, is_spoken=False)

    def release(self, now: float) -> None:
        """The player has let go of the key."""
        self._begin(now, is_spoken=True)

    def receive(self, message: ServerMessage, now: float) -> TurnTimed | None:
        """Take a message; the turn's times where it ends without a sound."""
        match message:
            case UserStartedSpeaking() if self._end is None or self._is_spoken:
                self._end = None
            case UserStoppedSpeaking() if self._end is None:
                self._begin(now, is_spoken=True)
            case UserTranscription(final=True, text=text) | FinalUserTranscription(text=text) if text.strip():
                self._mark("transcript", now)
            case BotLlmText():
                self._mark("first_token", now)
            case BotTurnCompleted() if "first_token" in self._marks and not self.awaits_hearing:
                return self._finish()
        return None

    def arrive(self, now: float) -> None:
        """The first sound of the answer is there."""
        self._mark("first_audio", now)

    def hear(self, now: float) -> TurnTimed:
        """Its first sample is being played."""
        self._mark("first_heard", now)
        return self._finish()

    def give_up(self) -> TurnTimed:
        """It is not heard: the times so far."""
        return self._finish()

    def _begin(self, now: float, *, is_spoken: bool) -> None:
        self._end, self._is_spoken = now, is_spoken
        self._marks.clear()

    def _mark(self, name: str, now: float) -> None:
        if self._end is not None:
            self._marks.setdefault(name, now - self._end)

    def _finish(self) -> TurnTimed:
        timed = TurnTimed(self._is_spoken, **self._marks)
        self._end = None
        self._marks.clear()
        return timed
