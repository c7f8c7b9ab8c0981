"""Events of what a player is asked, and of what talk costs. Pure."""

from dataclasses import dataclass
from typing import ClassVar

from .base import Event


@dataclass(frozen=True, slots=True)
class MicrophoneConsentNeeded(Event):
    """The player could speak now, if they agree: ask them, and set ``convai.microphone_consent``.

    Nothing is captured before that is True; ``device`` is what would be opened.
    """

    name: ClassVar[str] = "convai-microphone-consent"
    device: str


@dataclass(frozen=True, slots=True)
class AllowanceWarning(Event):
    """Little is left of ``limit``, the name of a field of the ``Allowance``."""

    name: ClassVar[str] = "convai-allowance-warning"
    limit: str
    used: float
    allowed: float


@dataclass(frozen=True, slots=True)
class AllowanceSpent(Event):
    """Nothing is left of ``limit``: the room is left once the character has spoken; ``reason`` can be shown."""

    name: ClassVar[str] = "convai-allowance-spent"
    limit: str
    used: float
    allowed: float
    reason: str
