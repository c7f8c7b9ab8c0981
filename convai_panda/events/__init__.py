"""What a game is told: frozen values, each with the name under which the messenger sends it.

self.accept(Transcript.name, self.on_transcript)      # on_transcript(character, transcript)
"""

from .base import Event
from .talk import (
    Failed,
    FreshConversation,
    MessageReceived,
    MicrophoneLost,
    MicrophoneOpened,
    PlayerSpeakingStarted,
    PlayerSpeakingStopped,
    Ready,
    RingCrossed,
    ServerResponded,
    SessionState,
    Speaker,
    SpeakingStarted,
    SpeakingStopped,
    SpeechFinished,
    StateChanged,
    ThinkingStarted,
    Transcript,
    TurnCompleted,
    Undelivered,
)

EVENTS: tuple[type[Event], ...] = (
    RingCrossed,
    StateChanged,
    Ready,
    FreshConversation,
    Transcript,
    ThinkingStarted,
    SpeakingStarted,
    SpeakingStopped,
    SpeechFinished,
    PlayerSpeakingStarted,
    PlayerSpeakingStopped,
    TurnCompleted,
    ServerResponded,
    MessageReceived,
    MicrophoneOpened,
    MicrophoneLost,
    Undelivered,
    Failed,
)

__all__ = [
    "EVENTS",
    "Event",
    "Failed",
    "FreshConversation",
    "MessageReceived",
    "MicrophoneLost",
    "MicrophoneOpened",
    "PlayerSpeakingStarted",
    "PlayerSpeakingStopped",
    "Ready",
    "RingCrossed",
    "ServerResponded",
    "SessionState",
    "Speaker",
    "SpeakingStarted",
    "SpeakingStopped",
    "SpeechFinished",
    "StateChanged",
    "ThinkingStarted",
    "Transcript",
    "TurnCompleted",
    "Undelivered",
]
