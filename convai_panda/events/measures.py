"""Events that measure: the service's metrics and traces, and how long a turn took. With ``debug`` only. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from .base import Event


@dataclass(frozen=True, slots=True)
class Measurement:
    """One of the service's measurements: in seconds, unless ``metric`` says what else it counts."""

    kind: str  # "ttfb", "processing", or another
    value: float
    processor: str = ""
    model: str = ""
    metric: str = ""


@dataclass(frozen=True, slots=True)
class MetricsReceived(Event):
    """What the service has measured."""

    name: ClassVar[str] = "convai-metrics"
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class TurnTraced(Event):
    """Where the service's time in one turn went; all in seconds."""

    name: ClassVar[str] = "convai-turn-traced"
    turn_id: str
    total: float | None = None
    critical_stage: str = ""
    critical: float | None = None
    segments: Mapping[str, float] = field(default_factory=dict)
    was_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class TurnTimed(Event):
    """How long the player waited, seen from here: seconds from the end of the player's words; None: it never came.

    ``transcript``: the service's last word on what was said; ``first_token``: of the answer's text; ``first_audio``:
    the first sound of it arrived; ``first_heard``: its first sample was played.
    """

    name: ClassVar[str] = "convai-turn-timed"
    was_spoken: bool
    transcript: float | None = None
    first_token: float | None = None
    first_audio: float | None = None
    first_heard: float | None = None
