"""The visits in a recording: which call led to which room, and what happened there. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ProtocolError
from ..protocol.payload import read_json
from .entries import (
    Answered,
    Called,
    Entered,
    Entering,
    Entry,
    Lost,
    NotEntered,
    Refused,
    Said,
    Sound,
    TrackOver,
)
from .reading import Recording


@dataclass(frozen=True, slots=True)
class Visit:
    """One call and, where it led to a room, that room; calls that were given up half-way are none."""

    number: int
    character_id: str
    connect_seconds: float
    join_seconds: float = 0.0
    refusal: Refused | None = None
    answer: bytes = b""
    entrance: Entered | NotEntered | None = None
    entries: tuple[Entry, ...] = ()


def visits_of(recording: Recording) -> list[Visit]:
    """Every visit in the order of its call."""
    calls = {entry.call: entry for entry in recording.entries if isinstance(entry, Called)}
    outcomes = {entry.call: entry for entry in recording.entries if isinstance(entry, Answered | Refused)}
    rooms = {entry.call: entry for entry in recording.entries if isinstance(entry, Entering)}
    entrances = {entry.room: entry for entry in recording.entries if isinstance(entry, Entered | NotEntered)}
    happened: dict[int, list[Entry]] = {}
    for entry in recording.entries:
        if isinstance(entry, Said | Sound | TrackOver | Lost):
            happened.setdefault(entry.room, []).append(entry)
    visits = []
    for number, call in calls.items():
        outcome, room = outcomes.get(number), rooms.get(number)
        if isinstance(outcome, Refused):
            visits.append(Visit(number, _character(call), outcome.at - call.at, refusal=outcome))
        elif outcome is not None and room is not None and (entrance := entrances.get(room.room)) is not None:
            visits.append(
                Visit(
                    number,
                    _character(call),
                    outcome.at - call.at,
                    entrance.at - room.at,
                    answer=outcome.body,
                    entrance=entrance,
                    entries=tuple(happened.get(room.room, ())),
                )
            )
    return visits


def message_type(payload: bytes) -> str:
    """What a message says it is, whichever envelope it is in; "" for what is none."""
    try:
        root = read_json(payload)
    except ProtocolError:
        return ""
    if not isinstance(root, dict):
        return ""
    data = root.get("data")
    kind = root.get("type")
    if kind == "server-message" and isinstance(data, dict) and isinstance(data.get("type"), str):
        kind = data["type"]
    return kind if isinstance(kind, str) else ""


def _character(call: Called) -> str:
    try:
        request = read_json(call.body)
    except ProtocolError:
        return ""
    character = request.get("character_id") if isinstance(request, dict) else None
    return character if isinstance(character, str) else ""
