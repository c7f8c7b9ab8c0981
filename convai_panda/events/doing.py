"""Events of doing: what a character is asked to do, and what came of it. Pure."""

from dataclasses import dataclass
from typing import ClassVar

from .base import Event


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: the action's name and, where there is one, that of its target, as the service wrote them."""

    name: str
    target: str | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.target}" if self.target else self.name


@dataclass(frozen=True, slots=True)
class ActionsRequested(Event):
    """The character wants to do this, in this order; each one's own events follow when its turn comes."""

    name: ClassVar[str] = "convai-actions"
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class ActionStarted(Event):
    """The character has begun to do it."""

    name: ClassVar[str] = "convai-action-started"
    action: Action


@dataclass(frozen=True, slots=True)
class ActionFinished(Event):
    """It is done; ``result`` is the sentence about it that the character was told, or empty."""

    name: ClassVar[str] = "convai-action-finished"
    action: Action
    result: str = ""


@dataclass(frozen=True, slots=True)
class ActionFailed(Event):
    """It could not be done, or took too long; ``reason`` is a sentence."""

    name: ClassVar[str] = "convai-action-failed"
    action: Action
    reason: str


@dataclass(frozen=True, slots=True)
class ActionCancelled(Event):
    """It was given up before its end, or never begun; ``reason`` is a sentence."""

    name: ClassVar[str] = "convai-action-cancelled"
    action: Action
    reason: str


@dataclass(frozen=True, slots=True)
class UnknownAction(Event):
    """Nothing here knows how to do it: the game may. ``is_declared``: it is one that the game declared by name."""

    name: ClassVar[str] = "convai-unknown-action"
    action: Action
    is_declared: bool = False
