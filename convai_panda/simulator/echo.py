"""What comes back of the player's own words; typed ones are told as if they had been spoken. Pure.

The order is that of Convai's live API, turn lifecycle.
"""

from dataclasses import dataclass

from ..protocol.server import (
    FinalUserTranscription,
    ServerMessage,
    UserLlmText,
    UserStartedSpeaking,
    UserStoppedSpeaking,
    UserTranscription,
    VadSttStarted,
    VadSttStopped,
)
from .dialect import Dialect

_PRE_ROLL = 1500  # ms of sound from before the speech, as in Convai's samples


@dataclass(frozen=True, slots=True)
class Echo:
    """The messages about one player's words; ``user`` and ``name`` are those of the Connect request."""

    user: str | None
    name: str | None
    dialect: Dialect

    def typing(self) -> list[bytes]:
        """A ``user_text_message`` has come."""
        return [UserStartedSpeaking().encode()]

    def typed(self, text: str, *, message_id: str | None, timestamp: str) -> list[bytes]:
        """What it said."""
        return [
            *self._finals(text, timestamp),
            UserLlmText(text=text).encode(),
            UserStoppedSpeaking().encode(),
            *self._conclusion(text, message_id),
        ]

    def begun(self, timestamp: str) -> list[bytes]:
        """Speech has begun."""
        return [
            UserStartedSpeaking().encode(),
            VadSttStarted(timestamp=timestamp, pre_roll_ms=_PRE_ROLL).encode(),
        ]

    def interim(self, text: str, timestamp: str) -> bytes:
        """The words so far."""
        return self._transcription(text, timestamp, is_final=False).encode()

    def ended(self, text: str, timestamp: str, *, duration: float, is_forced: bool) -> list[bytes]:
        """Speech has ended, by silence or because the client said so; ``duration`` in seconds."""
        stopped = VadSttStopped(
            timestamp=timestamp,
            reason=None if is_forced else "hangover_elapsed",
            audio_duration_ms=round(1000 * duration),
        )
        return [
            *self._finals(text, timestamp),
            UserLlmText(text=text).encode(),
            UserStoppedSpeaking().encode(),
            stopped.encode(),
            *self._conclusion(text, None),
        ]

    def _finals(self, text: str, timestamp: str) -> list[bytes]:
        # A second final one without words: measured on the real service, three times of three.
        return [self._transcription(words, timestamp, is_final=True).encode() for words in (text, "")]

    def _transcription(self, text: str, timestamp: str, *, is_final: bool) -> ServerMessage:
        return UserTranscription(text=text, user_id=self.user or "user", timestamp=timestamp, final=is_final)

    def _conclusion(self, text: str, message_id: str | None) -> list[bytes]:
        final = FinalUserTranscription(text=text, speaker_id=self.user, speaker_name=self.name, message_id=message_id)
        return self.dialect.encode(final)
