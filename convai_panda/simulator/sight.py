"""What a simulated character sees: the ring of pictures that came by video, and the messages about it. Pure.

Source: Convai live API, client-to-server messages, vision-status and vision-trigger.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from ..protocol.client import VisionStatus, VisionTrigger
from ..protocol.connect import ConnectRequest, RespondMode, VisionInputConfig
from ..protocol.server import ResponseStatus
from .gating import Decision, Effect, decide

DEFAULT_TRACK = "camera"

_INTERVAL = 1.0  # s between two pictures that are kept: the service's own values where the request leaves them to it
_TURN = 5  # pictures
_KEPT = 8
_STALE = 10.0  # s
_TOKENS = 258  # of a picture
_CLOCK = 90_000  # ticks a second of a picture's time stamp

Color = tuple[int, int, int]  # red, green, blue; 0 to 255


@dataclass(frozen=True, slots=True)
class Glance:
    """One picture as far as anything is understood of it: its size, and the colours of its halves."""

    width: int
    height: int
    upper: Color
    lower: Color

    def __str__(self) -> str:
        upper, lower = _name(self.upper), _name(self.lower)
        return f"something {upper}" if upper == lower else f"something {upper} above and {lower} below"


@dataclass(frozen=True, slots=True)
class _Kept:
    pts: int
    at: float
    glance: Glance


class Sight:
    """One room's."""

    def __init__(self, request: ConnectRequest) -> None:
        config = request.vision_input_config or VisionInputConfig()
        self.is_enabled = (
            request.connection_type == "video"
            and request.vision_input_config is not None
            and config.enabled is not False
        )
        self.track = request.video_track_name or DEFAULT_TRACK
        self._mode: RespondMode = (request.respond_modes and request.respond_modes.vision) or "auto"
        self._interval = config.sample_interval_secs or _INTERVAL
        self._a_turn = _TURN if config.frames_per_turn is None else config.frames_per_turn
        self._most = config.buffer_frames or _KEPT
        self._stale = _STALE if config.staleness_seconds is None else config.staleness_seconds
        self._kept: deque[_Kept] = deque(maxlen=self._most)
        self._source: str | None = None  # whose camera it is
        self._attached: tuple[int, ...] = ()
        self._answers: dict[str, dict[str, Any]] = {}
        self.news = ""  # what the last trigger is about

    def see(self, glance: Glance, now: float, *, source: str) -> None:
        """A picture came; more than one in an interval are one."""
        self._source = source
        if self.is_enabled and (not self._kept or now - self._kept[-1].at >= 0.9 * self._interval):
            self._kept.append(_Kept(round(now * _CLOCK), now, glance))

    def lose(self) -> None:
        """The track has ended."""
        self._source = None

    def answer(
        self, message: VisionStatus | VisionTrigger, id_: str | None, now: float, *, busy: bool, listening: bool
    ) -> tuple[ResponseStatus, str, dict[str, Any], Effect]:
        """Status, words and extras of the acknowledgement, and what the character does."""
        update_id = message.update_id or id_
        if update_id is not None and update_id in self._answers:
            return "success", "Duplicate request", self._answers[update_id] | {"duplicate": True}, Effect.NONE
        status: ResponseStatus
        if isinstance(message, VisionStatus):
            status, words, effect = "success", "Vision status", Effect.NONE
            extras: dict[str, Any] = {"vision_status_outcome": self._outcome}
        else:
            status, words, extras, effect = self._trigger(message, now, busy=busy, listening=listening)
        extras |= {
            "active_source": self._source,
            "active_source_label": self.track if self._source is not None else None,
            "last_frame_age_ms": self._age(now),
            "duplicate": False,
            "vision_buffer": self._buffer(now),
        }
        if update_id is not None:
            extras["update_id"] = update_id
            self._answers[update_id] = extras
        return status, words, extras, effect

    @property
    def _outcome(self) -> str:
        if not self.is_enabled:
            return "vision_not_enabled"
        if self._source is None:
            return "no_active_video"
        return "frames_available" if self._kept else "buffer_empty"

    def _trigger(
        self, message: VisionTrigger, now: float, *, busy: bool, listening: bool
    ) -> tuple[ResponseStatus, str, dict[str, Any], Effect]:
        mode = message.respond_mode or self._mode
        outcome, chosen = self._choose(message, now)
        extras: dict[str, Any] = {
            "requested_respond_mode": mode,
            "vision_trigger_outcome": outcome,
            "frame_binding": _binding(message),
            "requested_frame_indices": None if message.frame_indices is None else list(message.frame_indices),
            "requested_frame_ids": None if message.frame_ids is None else list(message.frame_ids),
        }
        if outcome in _REFUSED:
            words = f"Failed to process vision-trigger: {outcome}"
            return "error", words, {**extras, "llm_triggered": False, "vision_frames_attached": 0}, Effect.NONE
        decision = _decide(mode, busy=busy, listening=listening)
        reason = decision.extras.get("downgrade_reason")
        if not chosen and not message.text:
            decision, reason = Decision(Effect.NONE, {}), outcome
        elif mode == "auto" and decision.effect is Effect.NONE:
            chosen, outcome = [], "frames_available"
        pts = tuple(each.pts for each in chosen)
        if chosen and pts == self._attached:
            outcome = "deduped_stub"
        self._attached = pts or self._attached
        self.news = self._words(message.text, chosen)
        extras |= {
            "actual_respond_mode": mode if reason is None else "silent",
            "requested_run_llm": _RUN[mode],
            "actual_run_llm": "true" if decision.effect is not Effect.NONE else "false",
            "llm_triggered": decision.effect is not Effect.NONE,
            "downgraded": reason is not None,
            "downgrade_reason": reason,
            "interrupted": bool(decision.extras.get("interrupted")),
            "vision_trigger_outcome": outcome,
            "vision_attach_outcome": outcome if chosen else None,
            "vision_frames_attached": len(chosen),
            "vision_image_tokens_est": _TOKENS * len(chosen),
            "attached_frame_pts": list(pts),
        }
        words = "Vision trigger invoked LLM" if decision.effect is not Effect.NONE else "Vision trigger processed"
        return "success", words, extras, decision.effect

    def _choose(self, message: VisionTrigger, now: float) -> tuple[str, list[_Kept]]:
        """What comes of the trigger, and the pictures that it is about."""
        if self._outcome != "frames_available":
            return self._outcome, []
        kept = list(self._kept)
        if message.frame_ids is not None:
            if any(pts < 0 for pts in message.frame_ids):
                return "invalid_frame_ids", []
            chosen = [each for each in kept if each.pts in message.frame_ids]
            return ("attached", chosen) if len(chosen) == len(set(message.frame_ids)) else ("frame_id_evicted", [])
        if message.frame_indices is not None:
            if any(index >= 0 for index in message.frame_indices):
                return "invalid_frame_indices", []
            if any(index < -len(kept) for index in message.frame_indices):
                return "invalid_frame_indices_range", []
            return "attached", [kept[index] for index in sorted(set(message.frame_indices))]
        if now - kept[-1].at > self._stale:
            return "stale_skipped", []
        return "attached", kept[-self._a_turn :] if self._a_turn else []

    def _words(self, text: str | None, chosen: list[_Kept]) -> str:
        if not chosen:
            return text or ""
        return f"{text or 'What I see'}: {chosen[-1].glance}"

    def _age(self, now: float) -> int | None:
        return round(1000.0 * (now - self._kept[-1].at)) if self._kept else None

    def _buffer(self, now: float) -> dict[str, Any]:
        first, last = (self._kept[0].pts, self._kept[-1].pts) if self._kept else (None, None)
        return {
            "enabled": self.is_enabled,
            "status": self._outcome,
            "retained_frames": len(self._kept),
            "buffer_frames": self._most,
            "frames_per_turn": self._a_turn,
            "first_frame_pts": first,
            "last_frame_pts": last,
            "last_frame_age_ms": self._age(now),
            "first_frame_index": -len(self._kept) if self._kept else None,
            "source_active": self._source is not None,
            "source_label": self.track if self._source is not None else None,
            "selected_participant": self._source,
        }


_RUN = {"silent": "false", "auto": "auto", "must_respond": "true"}
_REFUSED = frozenset({"frame_id_evicted", "invalid_frame_ids", "invalid_frame_indices", "invalid_frame_indices_range"})


def _decide(mode: RespondMode, *, busy: bool, listening: bool) -> Decision:
    if mode == "auto" and not busy and not listening:
        return Decision(Effect.RESPOND, {})  # a trigger asks; there is nothing to abstain from
    if mode == "auto":
        return Decision(Effect.NONE, {"downgrade_reason": "bot_busy" if busy else "user_speaking"})
    return decide("true" if mode == "must_respond" else "false", None, is_busy=busy, is_player_speaking=listening)


def _binding(message: VisionTrigger) -> str:
    if message.frame_ids is not None:
        return "frame_ids"
    return "frame_indices" if message.frame_indices is not None else "default"


def _name(color: Color) -> str:
    red, green, blue = color
    high, low = max(color), min(color)
    if high < 40:
        return "black"
    if high - low < 30:
        return "white" if low > 200 else "grey"
    if min(red, green) > 1.5 * blue and abs(red - green) < 60:
        return "yellow"
    return ("red", "green", "blue")[color.index(high)]
