"""Server messages that measure and log; most come only with ``debug``. Convai live API: metrics."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from ..payload import Json, JsonObject
from .base import Envelope, FreeForm, OptionalFloat, OptionalStr, ServerMessage


class MetricSample(BaseModel):
    """One measurement, in seconds unless ``metric`` says otherwise."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False, defer_build=True)

    processor: OptionalStr = None
    model: OptionalStr = None
    value: OptionalFloat = None
    metric: OptionalStr = None
    type: OptionalStr = None


class Metrics(ServerMessage):
    """Measurements by kind: ``ttfb``, ``processing``, and others; may be empty."""

    type: ClassVar[str] = "metrics"
    envelope: ClassVar[Envelope] = Envelope.A
    samples: dict[str, tuple[MetricSample, ...]] = Field(default_factory=dict)

    @classmethod
    def from_wire(cls, fields: dict[str, Any]) -> Self:
        # The kinds are the keys; whatever is not a list of objects is no kind of measurement.
        kinds = {
            kind: [sample for sample in samples if isinstance(sample, dict)]
            for kind, samples in fields.items()
            if isinstance(samples, list)
        }
        return cls.model_validate({"samples": kinds})

    def to_wire(self) -> dict[str, Any]:
        samples: dict[str, Any] = super().to_wire()["samples"]
        return samples


class TurnTrace(ServerMessage):
    """Where the time of one turn went, in milliseconds."""

    type: ClassVar[str] = "turn-trace"
    envelope: ClassVar[Envelope] = Envelope.B
    turn_id: str | int | None = None
    e2e_ms: OptionalFloat = None
    critical_stage: OptionalStr = None
    critical_stage_ms: OptionalFloat = None
    segments_ms: dict[str, float | None] = Field(default_factory=dict)
    events: JsonObject = Field(default_factory=dict)
    event_timestamps_ms: dict[str, float | None] = Field(default_factory=dict)
    was_canceled: bool = False
    tags: Json = None


class ServerLog(FreeForm):
    """A line of the service's log."""

    type: ClassVar[str] = "server-log"


class UsageUpdate(FreeForm):
    """What has been used so far; switched by UsageToggle."""

    type: ClassVar[str] = "usage-update"


class SessionConfig(FreeForm):
    """The settings that the service chose."""

    type: ClassVar[str] = "session-config"


class VadSttDebug(FreeForm):
    """What the speech detector thinks."""

    type: ClassVar[str] = "vad-stt-debug"
