"""Whether an update makes the character speak: what was asked, what the room is doing, what Connect allowed. Pure.

Source: Convai's evaluation suite (context behaviour) and the live API's context-update page.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, Literal, NamedTuple

from ..protocol.connect import RespondMode

Run = Literal["true", "false", "auto"]


class Effect(Enum):
    """What a message asks of the character beside being acknowledged."""

    NONE = auto()
    RESPOND = auto()
    DEFER = auto()  # until the player has spoken
    ABSTAIN = auto()  # the model was asked, and chose to say nothing


class Decision(NamedTuple):
    """What happens, and the extras of the acknowledgement that say so."""

    effect: Effect
    extras: dict[str, Any]


def decide(requested: Run, mode: RespondMode | None, *, is_busy: bool, is_player_speaking: bool) -> Decision:
    """``mode`` is the Connect request's respond mode for this kind of input."""
    actual, reason = requested, None
    if mode == "silent" and requested != "false":
        actual, reason = "false", "respond_mode_silent"
    elif requested == "auto" and is_busy:
        actual, reason = "false", "bot_busy"
    elif requested == "auto" and mode == "must_respond":
        actual = "true"
    effect = _effect(actual, is_player_speaking=is_player_speaking)
    extras: dict[str, Any] = {
        "requested_run_llm": requested,
        "actual_run_llm": actual,
        "interrupted": effect is Effect.RESPOND and is_busy,
        "llm_triggered": effect is not Effect.NONE,
    }
    if reason is not None:
        extras["downgrade_reason"] = reason
    return Decision(effect, extras)


def _effect(actual: Run, *, is_player_speaking: bool) -> Effect:
    if actual == "false":
        return Effect.NONE
    if is_player_speaking:
        return Effect.DEFER
    return Effect.RESPOND if actual == "true" else Effect.ABSTAIN
