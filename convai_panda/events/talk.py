"""Events of the talk: who comes and goes, what is said, what fails. Pure."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from ..errors import ConvaiError
from ..moods import Mood
from ..proximity import Ring
from .base import Event


class SessionState(Enum):
    """Where a character's session is; the legal moves are in ``session_table``."""

    IDLE = "idle"  # no room, none wanted
    CONNECTING = "connecting"  # POST /connect is under way
    JOINING = "joining"  # entering the room, waiting for the character
    READY = "ready"  # the character is there, nobody talks
    CONVERSING = "conversing"
    LINGERING = "lingering"  # the player has left; the room is kept for a while
    LOST = "lost"  # the room ended or could not be entered
    BACKING_OFF = "backing-off"  # waiting before the next try
    CLOSED = "closed"  # the room was left, or trying again cannot help


class Speaker(Enum):
    """Whose words a transcript holds."""

    PLAYER = "player"
    CHARACTER = "character"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class RingCrossed(Event):
    """The player came closer or went away."""

    name: ClassVar[str] = "convai-ring"
    ring: Ring
    was: Ring


@dataclass(frozen=True, slots=True)
class StateChanged(Event):
    """The session moved on; ``reason`` is a sentence that a game can show."""

    name: ClassVar[str] = "convai-state"
    state: SessionState
    was: SessionState
    reason: str


@dataclass(frozen=True, slots=True)
class Ready(Event):
    """The character is in the room and listens."""

    name: ClassVar[str] = "convai-ready"


@dataclass(frozen=True, slots=True)
class FreshConversation(Event):
    """The service does not know the saved conversation any more, so a new one was begun."""

    name: ClassVar[str] = "convai-fresh-conversation"
    reason: str


@dataclass(frozen=True, slots=True)
class Transcript(Event):
    """Words, the player's or the character's. Until ``is_final`` each one replaces the one before.

    ``is_cut``: the character was interrupted, and ``text`` is what was heard of its turn, up to the last whole
    word; it replaces the turn's words even where they were final already. ``is_local``: it is one of the game's own
    ``FallbackLines``, which the service knows nothing of.
    """

    name: ClassVar[str] = "convai-transcript"
    speaker: Speaker
    text: str
    is_final: bool = True
    is_cut: bool = False
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class ThinkingStarted(Event):
    """The character has begun to think of an answer."""

    name: ClassVar[str] = "convai-thinking-started"


@dataclass(frozen=True, slots=True)
class SpeakingStarted(Event):
    """The character's voice is about to be heard."""

    name: ClassVar[str] = "convai-speaking-started"


@dataclass(frozen=True, slots=True)
class SpeakingStopped(Event):
    """The service has sent the last of the voice; up to a second of it may still be heard."""

    name: ClassVar[str] = "convai-speaking-stopped"


@dataclass(frozen=True, slots=True)
class SpeechFinished(Event):
    """The last sample of the character's turn was played, half a second ago, or less where its next turn begins.

    One that is cut short has none: a Transcript ``is_cut``.
    """

    name: ClassVar[str] = "convai-speech-finished"


@dataclass(frozen=True, slots=True)
class PlayerSpeakingStarted(Event):
    """The service hears the player."""

    name: ClassVar[str] = "convai-player-speaking-started"


@dataclass(frozen=True, slots=True)
class PlayerSpeakingStopped(Event):
    """The service thinks that the player has finished."""

    name: ClassVar[str] = "convai-player-speaking-stopped"


@dataclass(frozen=True, slots=True)
class EmotionChanged(Event):
    """What the character feels: the service's own word in lower case, and how much, 1 to 3.

    ``mood`` is which side of the wheel that is on (None: a word that nobody knows); neutral comes between moods.
    """

    name: ClassVar[str] = "convai-emotion"
    emotion: str
    scale: int
    mood: Mood | None


@dataclass(frozen=True, slots=True)
class TurnCompleted(Event):
    """The service is done with the character's turn."""

    name: ClassVar[str] = "convai-turn-completed"
    was_interrupted: bool = False


@dataclass(frozen=True, slots=True)
class ServerResponded(Event):
    """The service's answer to one of our messages. Never branch on ``message``."""

    name: ClassVar[str] = "convai-server-response"
    event_type: str
    status: str
    message: str = ""
    extras: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class MessageReceived(Event):
    """Any other message of the service: its type and its payload, whose texts are safe to show."""

    name: ClassVar[str] = "convai-message"
    type: str
    payload: dict[str, Any] = field(repr=False)  # may hold ids that let somebody into a conversation


@dataclass(frozen=True, slots=True)
class MicrophoneOpened(Event):
    """The player can be heard; ``device`` is the one that is really used."""

    name: ClassVar[str] = "convai-microphone-opened"
    device: str


@dataclass(frozen=True, slots=True)
class MicrophoneLost(Event):
    """The player cannot be heard: ``reason`` says why and what to do. The talk goes on in writing."""

    name: ClassVar[str] = "convai-microphone-lost"
    device: str
    reason: str


@dataclass(frozen=True, slots=True)
class Undelivered(Event):
    """Something the player said never reached the character."""

    name: ClassVar[str] = "convai-undelivered"
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """Something went wrong; the error's text says what to do."""

    name: ClassVar[str] = "convai-failed"
    error: ConvaiError
    will_retry: bool
