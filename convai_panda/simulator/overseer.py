"""What the service does beside letting a character talk: it moderates, measures and logs. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import JsonValue

from ..protocol.connect import ConnectRequest
from ..protocol.server import (
    Metrics,
    MetricSample,
    ModerationResponse,
    ServerLog,
    SessionConfig,
    TurnTrace,
    UsageUpdate,
)
from .behaviour import Behaviour

_LINES = 200  # of the log, where the request names no cap


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """When the steps of one turn came, seconds on the room's clock; ``start`` is the end of the player's words."""

    start: float
    llm: float
    speaking: float | None
    end: float


class Overseer:
    """One room's."""

    def __init__(self, request: ConnectRequest, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._is_debugged = bool(request.debug)
        self._lines_left = request.debug_row_cap if request.debug_row_cap is not None else _LINES
        self._turns = 0
        self.tells_usage = bool(request.debug)

    def begin(self) -> list[bytes]:
        """The visit begins."""
        if not self._is_debugged:
            return []
        config: dict[str, JsonValue] = {
            "idle_timeout_secs": self._behaviour.idle_timeout,
            "latency_secs": self._behaviour.latency,
        }
        return [SessionConfig(payload=config).encode(), *self._log("INFO", "Session started.")]

    def moderate(self, text: str) -> tuple[list[bytes], bool]:
        """What is told about the player's words, and whether they pass."""
        if not self._behaviour.moderated_words:
            return [], True
        words = set(re.findall(r"[^\W_]+", text.lower()))
        found = sorted(words & {word.lower() for word in self._behaviour.moderated_words})
        reason = f"The text contains: {', '.join(found)}." if found else None
        result = bool(found) is (self._behaviour.dialect.moderation == "true-blocks")
        return [ModerationResponse(result=result, user_input=text, reason=reason).encode()], not found

    def complete(self, times: TurnTimes) -> list[bytes]:
        """What is told after a turn."""
        self._turns += 1
        messages = []
        if self._is_debugged:
            messages += [self._metrics(times), self._trace(times), *self._log("INFO", f"Turn {self._turns} completed.")]
        if self.tells_usage:
            messages.append(UsageUpdate(payload={"api_calls": self._turns}).encode())
        return messages

    def _metrics(self, times: TurnTimes) -> bytes:
        def sample(processor: str, value: float) -> MetricSample:
            return MetricSample(processor=processor, model="rules", value=round(value, 4))

        ttfb = [sample("SimulatedLLM#0", times.llm - times.start)]
        if times.speaking is not None:
            ttfb.append(sample("SimulatedTTS#0", times.speaking - times.llm))
        processing = (sample("SimulatedLLM#0", times.end - times.llm),)
        return Metrics(samples={"ttfb": tuple(ttfb), "processing": processing}).encode()

    def _trace(self, times: TurnTimes) -> bytes:
        segments = {"llm": 1000.0 * (times.llm - times.start)}
        if times.speaking is not None:
            segments["tts"] = 1000.0 * (times.speaking - times.llm)
        critical = max(segments, key=segments.__getitem__)
        return TurnTrace(
            turn_id=f"turn-{self._turns}",
            e2e_ms=sum(segments.values()),
            critical_stage=critical,
            critical_stage_ms=segments[critical],
            segments_ms=dict(segments),
            event_timestamps_ms={"user_stopped": 0.0, "first_audio": sum(segments.values())},
        ).encode()

    def _log(self, level: str, text: str) -> list[bytes]:
        if self._lines_left <= 0:
            return []
        self._lines_left -= 1
        return [ServerLog(payload={"level": level, "text": text}).encode()]
