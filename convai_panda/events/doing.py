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
class SightChecked(Event):
    """What the character can see by the game's camera, as an answer to ``check_sight()``.

    ``outcome`` is the service's word: ``frames_available``, ``buffer_empty``, ``no_active_video``,
    ``vision_not_enabled``. ``pictures`` are those that it has kept, the latest ``age`` seconds old.
    """

    name: ClassVar[str] = "convai-sight-checked"
    outcome: str
    pictures: int = 0
    age: float | None = None
    update_id: str | None = None


@dataclass(frozen=True, slots=True)
class LookedAround(Event):
    """The character was shown so many ``pictures``, as an answer to ``look()``; ``answers``: and speaks about them.

    ``outcome`` is the service's word: ``attached``, ``stale_skipped``, ``buffer_empty``, ``vision_not_enabled``, …
    """

    name: ClassVar[str] = "convai-looked-around"
    outcome: str
    pictures: int = 0
    answers: bool = False
    update_id: str | None = None


@dataclass(frozen=True, slots=True)
class UnknownAction(Event):
    """Nothing here knows how to do it: the game may. ``is_declared``: it is one that the game declared by name."""

    name: ClassVar[str] = "convai-unknown-action"
    action: Action
    is_declared: bool = False
