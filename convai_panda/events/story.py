"""Events of the story and of what a character is told: sections, acknowledgements, budgets. Pure."""

from dataclasses import dataclass
from typing import ClassVar

from .base import Event


@dataclass(frozen=True, slots=True)
class SectionEntered(Event):
    """The story (Narrative Design) has moved to another section; ``behavior`` and ``constants`` are the section's."""

    name: ClassVar[str] = "convai-section"
    section_id: str
    behavior: str = ""
    constants: str = ""


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """How much of what a character may know beside the talk is used, in tokens as the service estimates them."""

    used: int
    limit: int
    static_used: int
    static_limit: int
    runtime_used: int
    runtime_limit: int

    @property
    def remaining(self) -> int:
        """What still fits in all."""
        return self.limit - self.used


@dataclass(frozen=True, slots=True)
class ContextUpdated(Event):
    """The character knows what it was told: ``update_id`` is what ``tell()`` gave.

    ``is_duplicate``: it had been told before, and this one was left out. ``budget`` is None where the service did
    not say.
    """

    name: ClassVar[str] = "convai-context-updated"
    update_id: str | None
    budget: TokenBudget | None = None
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class MessageRefused(Event):
    """The service has refused a message of ours, so that nothing came of it; ``reason`` is in its words.

    ``type`` is the message's on the wire; ``update_id`` what ``tell()`` gave, and ``budget`` what is used, where it
    was a context update.
    """

    name: ClassVar[str] = "convai-refused"
    type: str
    reason: str
    update_id: str | None = None
    budget: TokenBudget | None = None
