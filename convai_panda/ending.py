"""Why a room came to its end: a failure that is mended by trying again, or the session's own time to go. Pure."""

from __future__ import annotations

from .clean_text import clean_line
from .errors import RoomLossReason, RoomLost, SessionClosed, UsageLimitExceeded
from .protocol.server import (
    ErrorMessage,
    ServerMessage,
    ServerResponse,
    SessionEnding,
    UsageLimitReached,
    UserIdleWarning,
)

_WORDS = 500  # characters of the service's own in a reason
_CLOSED = frozenset({RoomLossReason.ROOM_DELETED, RoomLossReason.ROOM_CLOSED, RoomLossReason.PARTICIPANT_REMOVED})


class Ending:
    """One room's."""

    def __init__(self) -> None:
        self._is_let_go = False  # the service has warned, and nobody has asked it to go on
        self._is_dismissed = False  # the game has ended the session

    def dismiss(self) -> None:
        """The game ends the session."""
        self._is_dismissed = True

    def receive(self, message: ServerMessage, *, is_talking: bool) -> None:
        """Take a message; raises what ended the session, if it has."""
        match message:
            case UserIdleWarning():
                self._is_let_go = not is_talking
            case UsageLimitReached(quota_type=quota, message=words):
                raise UsageLimitExceeded(
                    f"The account's quota is used up ({_sentence(words or quota)}). "
                    "Characters answer again when there is a new one."
                )
            case ServerResponse(event_type="kill-pipeline", status="success") if self._is_dismissed:
                raise SessionClosed("The game has ended the session.")
            case ErrorMessage(error=words, fatal=True):
                raise RoomLost(RoomLossReason.UNKNOWN, f"The service ended the session: {_sentence(words)}")
            case SessionEnding(reason=reason):
                words = f"The service ended the session: {_sentence(reason)}."
                if self._is_dismissed or not is_talking:
                    raise SessionClosed(words)
                raise RoomLost(RoomLossReason.ROOM_CLOSED, words)

    def judge(self, error: Exception) -> Exception:
        """What a lost room means: the end of a session that was let go is no failure."""
        if isinstance(error, RoomLost) and error.reason in _CLOSED:
            if self._is_dismissed:
                return SessionClosed("The game has ended the session.")
            if self._is_let_go:
                return SessionClosed("The service ended the session, in which nobody spoke.")
        return error


def _sentence(words: str | None) -> str:
    return clean_line(words or "no reason given", limit=_WORDS)
