"""What the service says beside the talk, as events: deeds, the story, limits, measurements. Sans-IO.

Some of it comes twice, flat and wrapped; what is the same again within one turn is told once.
"""

import math
from collections.abc import Mapping

from .events import (
    Action,
    ActionsRequested,
    ContextUpdated,
    Event,
    IdleWarning,
    LookedAround,
    Measurement,
    MessageRefused,
    MetricsReceived,
    Moderated,
    NoResponse,
    SectionEntered,
    SessionEnding,
    SightChecked,
    TokenBudget,
    TurnTraced,
    UsageLimitReached,
)
from .protocol import server

_TELL_ONCE = (ActionsRequested, SectionEntered, SessionEnding, NoResponse)


class Notices:
    """One room's."""

    def __init__(self) -> None:
        self._told: list[Event] = []  # in this turn

    def begin_turn(self) -> None:
        """The character has begun a new turn."""
        self._told.clear()

    def receive(self, message: server.ServerMessage) -> list[Event] | None:
        """What the message tells the game; None where it is about something else."""
        event = _read(message)
        if event is None or (isinstance(event, ActionsRequested) and not event.actions):
            return None if event is None else []
        if isinstance(event, _TELL_ONCE):
            if event in self._told:
                return []
            self._told.append(event)
        return [event]


def _read(message: server.ServerMessage) -> Event | None:
    match message:
        case server.ActionResponse(actions=actions):
            wanted = (Action(action.name, action.target or None) for action in actions if action.name.strip())
            return ActionsRequested(tuple(wanted))
        case server.BehaviorTreeResponse():
            return SectionEntered(message.narrative_section_id or "", message.bt_code or "", message.bt_constants or "")
        case server.UserIdleWarning():
            return IdleWarning(float(message.remaining_seconds), message.message or "")
        case server.UsageLimitReached():
            return UsageLimitReached(message.quota_type or "", message.message or "")
        case server.ModerationResponse():
            return Moderated(message.result, message.user_input or "", message.reason or "")
        case server.SessionEnding():
            return SessionEnding(message.reason or "")
        case server.LlmNoResponse():
            return NoResponse(message.reason or "")
        case server.Metrics():
            return MetricsReceived(_measurements(message))
        case server.TurnTrace():
            return _trace(message)
        case _:
            return None


def read_response(response: server.ServerResponse) -> list[Event]:
    """What an acknowledgement means beyond having come."""
    extras = response.extras
    update_id = extras.get("update_id")
    update_id = update_id if isinstance(update_id, str) else None
    match response.status:
        case "error":
            reason = response.message or "The service gave no reason."
            return [MessageRefused(response.event_type, reason, update_id, read_budget(extras))]
        case "success" if response.event_type == "vision-status":
            age = _number(extras.get("last_frame_age_ms"))
            kept = _number(_mapping(extras.get("vision_buffer")).get("retained_frames"))
            outcome = extras.get("vision_status_outcome")
            return [SightChecked(str(outcome or ""), int(kept or 0), _seconds(age), update_id)]
        case "success" if response.event_type == "vision-trigger":
            attached = int(_number(extras.get("vision_frames_attached")) or 0)
            outcome = extras.get("vision_trigger_outcome")
            return [LookedAround(str(outcome or ""), attached, extras.get("llm_triggered") is True, update_id)]
        case "success" if response.event_type == "context-update":
            return [ContextUpdated(update_id, read_budget(extras), extras.get("duplicate") is True)]
        case _:
            return []


def read_budget(extras: Mapping[str, object]) -> TokenBudget | None:
    """The token budgets of an acknowledgement; None where one of them is missing."""
    names = ("token_count", "max_tokens", "static_token_count", "static_max_tokens")
    numbers = [extras.get(name) for name in (*names, "runtime_token_count", "runtime_max_tokens")]
    whole = [number for number in numbers if isinstance(number, int) and not isinstance(number, bool)]
    return TokenBudget(*whole) if len(whole) == len(numbers) else None


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) else None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _measurements(message: server.Metrics) -> tuple[Measurement, ...]:
    return tuple(
        Measurement(kind, sample.value, sample.processor or "", sample.model or "", sample.metric or "")
        for kind, samples in message.samples.items()
        for sample in samples
        if sample.value is not None
    )


def _trace(message: server.TurnTrace) -> TurnTraced:
    return TurnTraced(
        turn_id="" if message.turn_id is None else str(message.turn_id),
        total=_seconds(message.e2e_ms),
        critical_stage=message.critical_stage or "",
        critical=_seconds(message.critical_stage_ms),
        segments={name: value / 1000.0 for name, value in message.segments_ms.items() if value is not None},
        was_cancelled=message.was_canceled,
    )


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000.0
