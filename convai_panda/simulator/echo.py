"""What comes back of the player's own words: typed ones are told as if they had been spoken. Pure."""

from ..protocol.server import (
    Envelope,
    FinalUserTranscription,
    UserStartedSpeaking,
    UserStoppedSpeaking,
    UserTranscription,
)
from .behaviour import TranscriptForms


def typed_words(
    text: str,
    *,
    user: str | None,
    name: str | None,
    message_id: str | None,
    timestamp: str,
    forms: TranscriptForms,
) -> list[bytes]:
    """The messages, in order, that the service sends about a ``user_text_message``."""
    user_id = user or "user"
    final = FinalUserTranscription(text=text, speaker_id=user, speaker_name=name, message_id=message_id)
    echoes = [
        UserStartedSpeaking().encode(),
        UserTranscription(text=text, user_id=user_id, timestamp=timestamp, final=True).encode(),
        # A second final one without words: measured on the real service, three times of three.
        UserTranscription(text="", user_id=user_id, timestamp=timestamp, final=True).encode(),
        UserStoppedSpeaking().encode(),
    ]
    if forms is not TranscriptForms.FLAT_ONLY:
        echoes.append(final.encode(Envelope.B))
    if forms is not TranscriptForms.WRAPPED_ONLY:
        echoes.append(final.encode(Envelope.FLAT))
    return echoes
