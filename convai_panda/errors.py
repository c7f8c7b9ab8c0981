"""Every way in which talking to a character can fail, and whether trying again can help.

ConvaiError                       .is_transient: may the same attempt succeed later?
├── ConfigurationError            the game asked for something that cannot be (also a ValueError)
├── ActionImpossible              what a character was asked to do cannot be done; the text says why
├── ConnectError                  POST /connect (.status, .detail, .request_trace_id, .retry_after)
│   ├── AuthenticationError         401
│   ├── AccessDenied                402/403
│   ├── CharacterNotFound           404
│   ├── SessionNotFound             400/403/404 about character_session_id
│   ├── InvalidRequest              400/422 (.field)
│   ├── SharedSessionConflict       409
│   ├── RateLimited                 429 (transient)
│   └── ServiceUnavailable          5xx, time-out, DNS, garbage body (transient)
├── RoomError
│   ├── JoinError                   LiveKit refused or could not be reached (transient), or is not installed
│   ├── RoomLost                    the room ended under us (.reason; transient by reason)
│   ├── UsageLimitExceeded          the account's quota is used up
│   └── SessionClosed               the session was ended on purpose; no failure, and never reported as one
├── ProtocolError                 the other side sent nonsense: logged and skipped, never fatal
│   └── MessageTooLarge             ours is over the service's limit: refused before sending
└── AudioError
    └── MicrophoneUnavailable       transient, but for a missing PyAudio
"""

from enum import IntEnum


class ConvaiError(Exception):
    """The root of every error that this package raises or reports."""

    is_transient: bool = False


class ConfigurationError(ConvaiError, ValueError):
    """The game asked for something that cannot be; the text says what to change."""


class ActionImpossible(ConvaiError):
    """A character cannot do what it was asked to; the text, a sentence, is told to the character and the game."""


class ConnectError(ConvaiError):
    """``POST /connect`` did not give a room.

    ``status`` is the HTTP status (None where no response came), ``detail`` the service's own words, ``retry_after``
    the seconds after which it may be asked again (None where it did not say).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        detail: str = "",
        request_trace_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.detail = detail
        self.request_trace_id = request_trace_id
        self.retry_after = retry_after


class AuthenticationError(ConnectError):
    """401: the API key or token is missing, wrong or expired."""


class AccessDenied(ConnectError):
    """402 or 403: the account's plan, or the owner of the session, forbids it."""


class CharacterNotFound(ConnectError):
    """404: no such character for this account."""


class SessionNotFound(ConnectError):
    """The saved ``character_session_id`` is unknown, malformed or someone else's."""


class InvalidRequest(ConnectError):
    """400 or 422: the service refused a field; ``field`` names it where the service did."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        detail: str = "",
        request_trace_id: str | None = None,
        retry_after: float | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(
            message, status=status, detail=detail, request_trace_id=request_trace_id, retry_after=retry_after
        )
        self.field = field


class SharedSessionConflict(ConnectError):
    """409: the shared session key is in use by an incompatible room."""


class RateLimited(ConnectError):
    """429: too many rooms or users at once."""

    is_transient = True


class ServiceUnavailable(ConnectError):
    """5xx, time-out, DNS failure, refused connection, or a body that is no ConnectResponse."""

    is_transient = True


class RoomError(ConvaiError):
    """Something went wrong in or on the way into the LiveKit room."""

    is_transient = True


class JoinError(RoomError):
    """LiveKit refused the join, could not be reached or loaded, or the character never became ready."""

    def __init__(self, message: str, *, is_transient: bool = True) -> None:
        super().__init__(message)
        self.is_transient = is_transient


class RoomLossReason(IntEnum):
    """Why a room ended; the numbers are LiveKit's ``DisconnectReason``."""

    UNKNOWN = 0
    CLIENT_INITIATED = 1
    DUPLICATE_IDENTITY = 2
    SERVER_SHUTDOWN = 3
    PARTICIPANT_REMOVED = 4
    ROOM_DELETED = 5
    STATE_MISMATCH = 6
    JOIN_FAILURE = 7
    MIGRATION = 8
    SIGNAL_CLOSE = 9
    ROOM_CLOSED = 10

    @classmethod
    def _missing_(cls, value: object) -> "RoomLossReason":
        return cls.UNKNOWN  # a newer LiveKit may know more reasons


class RoomLost(RoomError):
    """The room ended while we were in it; ``reason`` says how."""

    def __init__(self, reason: RoomLossReason, message: str | None = None) -> None:
        super().__init__(message or f"The room was lost: {reason.name.lower().replace('_', ' ')}.")
        self.reason = reason
        # The same identity joined elsewhere: coming back would throw that one out, and so on for ever.
        self.is_transient = reason is not RoomLossReason.DUPLICATE_IDENTITY


class UsageLimitExceeded(RoomError):
    """The account's quota is used up; the session cannot go on, and a new one could not either."""

    is_transient = False


class SessionClosed(RoomError):
    """The game or the service ended the session on purpose, such as one in which nobody spoke."""

    is_transient = False


class ProtocolError(ConvaiError):
    """A message that is no message: logged and skipped, never fatal to a room."""


class MessageTooLarge(ProtocolError):
    """A message of ours is over the service's limit; it was not sent."""


class AudioError(ConvaiError):
    """Sound could not be played or captured."""


class MicrophoneUnavailable(AudioError):
    """No microphone can be opened, or it went away; the text says what to install or plug in."""

    def __init__(self, message: str, *, is_transient: bool = True) -> None:
        super().__init__(message)
        self.is_transient = is_transient
