"""Events of the service's own doings: idleness, limits, moderation, the end of a session. Pure."""

from dataclasses import dataclass
from typing import ClassVar

from .base import Event


@dataclass(frozen=True, slots=True)
class IdleWarning(Event):
    """The service will end the session in ``remaining`` seconds unless something happens.

    ``is_answered``: the player is within earshot, so it was asked to go on; otherwise the session is let go.
    """

    name: ClassVar[str] = "convai-idle-warning"
    remaining: float
    message: str = ""
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class UsageLimitReached(Event):
    """The account's quota (``"minutes"``, ``"api_calls"``, …) is used up; the session ends."""

    name: ClassVar[str] = "convai-usage-limit"
    quota: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Moderated(Event):
    """The player's words were judged: whether they passed and, where not, why."""

    name: ClassVar[str] = "convai-moderated"
    has_passed: bool
    text: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SessionEnding(Event):
    """The service is about to end the session; ``reason`` is its own word, such as ``idle_timeout``."""

    name: ClassVar[str] = "convai-session-ending"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NoResponse(Event):
    """The character has chosen not to answer; ``reason`` is the service's own word, such as ``abstain``."""

    name: ClassVar[str] = "convai-no-response"
    reason: str = ""
