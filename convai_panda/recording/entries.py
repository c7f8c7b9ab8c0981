"""What a recording holds, as values, and each one's form in the file. Pure.

``at`` is in seconds since the recording began, and no two entries share it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from .file import Record

Way = Literal["in", "out"]  # from the service to the game, from the game to the service

_STRICT = ConfigDict(allow_inf_nan=False, extra="ignore")
Number = Annotated[int, Field(ge=0, le=1 << 53)]


@dataclass(frozen=True, slots=True)
class Entry:
    """The base: what happened when."""

    kind: ClassVar[str]
    __pydantic_config__ = _STRICT

    at: Annotated[float, Field(ge=0.0)]


@dataclass(frozen=True, slots=True)
class Began(Entry):
    """The recording's own description."""

    kind = "began"
    library: str
    when: str  # wall time, ISO 8601
    keeps_words: bool


@dataclass(frozen=True, slots=True)
class Called(Entry):
    """``POST /connect`` was made; ``body`` is its JSON."""

    kind = "connect"
    call: Number
    body: bytes


@dataclass(frozen=True, slots=True)
class Answered(Entry):
    """The service answered with a room; ``body`` is its JSON."""

    kind = "connected"
    call: Number
    body: bytes


@dataclass(frozen=True, slots=True)
class Refused(Entry):
    """The call failed; ``error`` names the class, and ``body`` holds its text and what else it carried, as JSON."""

    kind = "refused"
    call: Number
    error: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Entering(Entry):
    """The room of a call is being entered."""

    kind = "join"
    room: Number
    call: Number


@dataclass(frozen=True, slots=True)
class Entered(Entry):
    """We are in the room."""

    kind = "joined"
    room: Number


@dataclass(frozen=True, slots=True)
class NotEntered(Entry):
    """The room could not be entered; ``body`` holds the error's text, as JSON."""

    kind = "not-joined"
    room: Number
    error: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Said(Entry):
    """One data message, as the bytes that were on the wire, secrets taken out."""

    kind = "message"
    room: Number
    way: Way
    body: bytes


@dataclass(frozen=True, slots=True)
class Unsent(Entry):
    """The latest message or frame of ours was not taken by the room."""

    kind = "unsent"
    room: Number
    body: bytes


@dataclass(frozen=True, slots=True)
class Sound(Entry):
    """Frames of one track: ``sizes`` in bytes of mono s16le, ``gaps`` in microseconds since the frame before.

    ``peak`` is in dBFS. ``codec`` says how ``body`` holds them; ``none``: only that there was sound.
    """

    kind = "sound"
    room: Number
    way: Way
    track: str
    sample_rate: Annotated[int, Field(gt=0, le=655_350)]
    sizes: tuple[Annotated[int, Field(ge=0, le=1 << 22)], ...]
    gaps: tuple[Number, ...]
    peak: float
    codec: str
    body: bytes

    @property
    def seconds(self) -> float:
        """How much sound it is."""
        return sum(self.sizes) / 2 / self.sample_rate


@dataclass(frozen=True, slots=True)
class TrackOver(Entry):
    """A track has ended."""

    kind = "track-ended"
    room: Number
    track: str


@dataclass(frozen=True, slots=True)
class Lost(Entry):
    """The room ended under us; ``reason`` is LiveKit's number, ``body`` the error's text, as JSON."""

    kind = "lost"
    room: Number
    reason: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Left(Entry):
    """We have left the room."""

    kind = "left"
    room: Number


@dataclass(frozen=True, slots=True)
class Note(Entry):
    """Something about the recording itself."""

    kind = "note"
    text: str


@dataclass(frozen=True, slots=True)
class Closed(Entry):
    """The recording was closed in order: a recording without it was cut short."""

    kind = "closed"


ENTRIES: tuple[type[Entry], ...] = (
    Began,
    Called,
    Answered,
    Refused,
    Entering,
    Entered,
    NotEntered,
    Said,
    Unsent,
    Sound,
    TrackOver,
    Lost,
    Left,
    Note,
    Closed,
)
_BY_KIND = {entry.kind: entry for entry in ENTRIES}


def to_record(entry: Entry) -> Record:
    """The entry as it is written."""
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    blob = values.pop("body", b"")
    return Record({"kind": entry.kind, **values, "at": round(entry.at, 6)}, blob)


def from_record(record: Record) -> Entry | None:
    """The entry of a record; None for one that this version does not know or that holds nonsense."""
    entry = _BY_KIND.get(str(record.head.get("kind")))
    if entry is None:
        return None
    values: dict[str, Any] = {name: value for name, value in record.head.items() if name != "kind"}
    if any(field.name == "body" for field in fields(entry)):
        values["body"] = record.blob
    try:
        return _adapter(entry.kind).validate_python(values)
    except ValidationError:
        return None


@cache
def _adapter(kind: str) -> TypeAdapter[Entry]:
    return TypeAdapter(_BY_KIND[kind])
