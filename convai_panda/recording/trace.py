"""A recording in lines for people, or in values for programs. Pure.

Sound becomes one line a stretch, and messages of one type in a row become one line. What others wrote is shown
without control characters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import ProtocolError
from ..protocol.payload import read_json
from .entries import (
    Answered,
    Began,
    Called,
    Closed,
    Entered,
    Entering,
    Entry,
    Left,
    Lost,
    Note,
    NotEntered,
    Refused,
    Said,
    Sound,
    TrackOver,
    Unsent,
)
from .reading import Recording
from .sound import NONE, SILENCE
from .visits import message_type

_PAUSE = 0.3  # s: a shorter one is within a stretch of sound
_QUIET = -60.0  # dBFS: a block below is silence, as a live track carries between two sentences
_WIDTH = 76  # characters of a message that are shown
_ANSWER = "bot-llm-text"
_ANSWER_ENDS = frozenset({"bot-llm-started", "bot-llm-stopped"})
_SIGN = {"in": "<", "out": ">"}


@dataclass(slots=True)
class _Stretch:
    """Sound of one track without a pause."""

    at: float
    end: float
    room: int
    way: str
    track: str
    seconds: float
    peak: float
    has_samples: bool


@dataclass(slots=True)
class _Run:
    """Messages of one type in a row."""

    at: float
    room: int
    way: str
    kind: str
    texts: list[str] = field(default_factory=list)
    count: int = 0


def trace(recording: Recording) -> Iterator[str]:
    """The recording as lines of text."""
    if (began := recording.began) is not None:
        words = "" if began.keeps_words else ", the player's words removed"
        yield f"{plain(began.library)}, {plain(began.when)}, {recording.duration:.1f} s{words}"
    rows = [(stretch.at, _sound_line(stretch)) for stretch in stretches(recording)]
    rows += [(run.at, _run_line(run)) for run in _runs(recording)]
    rows += [(entry.at, line) for entry in recording.entries if (line := _line(entry)) is not None]
    for at, line in sorted(rows, key=lambda row: row[0]):
        yield f"{at:9.3f}  {line}"
    for note in recording.notes:
        yield f"Note: {note}"


def as_values(recording: Recording) -> Iterator[dict[str, Any]]:
    """The recording as JSON objects by time: every message whole, sound by stretches."""
    rows: list[tuple[float, dict[str, Any]]] = []
    for stretch in stretches(recording):
        row = {"kind": "sound", "room": stretch.room, "way": stretch.way, "track": stretch.track}
        peak = stretch.peak if stretch.has_samples else None
        rows.append((stretch.at, row | {"seconds": round(stretch.seconds, 3), "peak": peak}))
    for entry in recording.entries:
        if not isinstance(entry, Sound):
            rows.append((entry.at, _values(entry)))
    for at, row in sorted(rows, key=lambda row: row[0]):
        yield {"at": at, **row}
    for note in recording.notes:
        yield {"at": recording.duration, "kind": "note", "text": note}


def stretches(recording: Recording) -> list[_Stretch]:
    """All sound that is louder than silence, by track."""
    found: list[_Stretch] = []
    latest: dict[tuple[int, str, str], _Stretch] = {}
    for block in recording.entries:
        if not isinstance(block, Sound):
            continue
        has_samples = block.codec != NONE
        if has_samples and block.peak < _QUIET:
            continue
        key = (block.room, block.way, block.track)
        end = block.at + max(block.seconds, sum(block.gaps) / 1e6)
        stretch = latest.get(key)
        if stretch is not None and block.at - stretch.end <= _PAUSE:
            stretch.end = max(stretch.end, end)
            stretch.seconds += block.seconds
            stretch.peak = max(stretch.peak, block.peak)
        else:
            stretch = _Stretch(block.at, end, *key, block.seconds, block.peak, has_samples)
            latest[key] = stretch
            found.append(stretch)
    return found


def plain(text: str) -> str:
    """Text fit for one line of a terminal, whoever wrote it."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def _runs(recording: Recording) -> list[_Run]:
    found: list[_Run] = []
    latest: dict[int, _Run] = {}  # by room
    answers: dict[int, _Run] = {}  # the pieces of an answer are one line, whatever comes between them
    for entry in recording.entries:
        if not isinstance(entry, Said):
            continue
        kind, text = message_type(entry.body) or "(no message)", _text(entry.body)
        if kind in _ANSWER_ENDS:
            answers.pop(entry.room, None)
        runs = answers if kind == _ANSWER else latest
        run = runs.get(entry.room)
        if run is None or (run.way, run.kind) != (entry.way, kind):
            run = runs[entry.room] = _Run(entry.at, entry.room, entry.way, kind)
            found.append(run)
        run.count += 1
        run.texts.append(text)
    return found


def _run_line(run: _Run) -> str:
    times = f" ×{run.count}" if run.count > 1 else ""  # noqa: RUF001 - the sign that is meant
    text = _short("".join(run.texts) if run.kind == _ANSWER else run.texts[0])
    return f"{_SIGN[run.way]} {run.room}  {plain(run.kind)}{times}{'  ' + text if text else ''}"


def _sound_line(stretch: _Stretch) -> str:
    what = "voice" if stretch.way == "in" else "microphone"
    peak = f", peak {stretch.peak:.0f} dB" if stretch.has_samples and stretch.peak > SILENCE else ""
    return f"{_SIGN[stretch.way]} {stretch.room}  ~ {what} {stretch.seconds:.2f} s{peak} ({plain(stretch.track)})"


def _line(entry: Entry) -> str | None:
    match entry:
        case Called(call=call, body=body):
            return f"> call {call}  connect {_short(str(_object(body).get('character_id', '')))}"
        case Answered(call=call, body=body):
            return f"< call {call}  room {_short(str(_object(body).get('room_name') or ''))}"
        case Refused(call=call, error=error, body=body):
            return f"< call {call}  {plain(error)}: {_short(str(_object(body).get('message', '')))}"
        case Entering(room=room, call=call):
            return f"> {room}  join the room of call {call}"
        case Entered(room=room):
            return f"= {room}  joined"
        case NotEntered(room=room, error=error, body=body):
            return f"= {room}  {plain(error)}: {_short(str(_object(body).get('message', '')))}"
        case Unsent(room=room, body=body):
            return f"= {room}  not sent: {_short(str(_object(body).get('message', '')))}"
        case TrackOver(room=room, track=track):
            return f"< {room}  track ended ({plain(track)})"
        case Lost(room=room, body=body):
            return f"= {room}  lost: {_short(str(_object(body).get('message', '')))}"
        case Left(room=room):
            return f"= {room}  left"
        case Note(text=text):
            return f"# {plain(text)}"
        case Closed():
            return "= the recording was closed"
        case _:
            return None


def _values(entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": entry.kind}
    for name in ("library", "when", "keeps_words", "room", "call", "way", "track", "error", "reason", "text"):
        if hasattr(entry, name):
            row[name] = getattr(entry, name)
    if isinstance(entry, Began | Closed) or not hasattr(entry, "body"):
        return row
    body: bytes = entry.body
    try:
        row["payload"] = read_json(body)
    except ProtocolError:
        row["payload"] = body.decode("utf-8", "replace")
    return row


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = read_json(body)
    except ProtocolError:
        return {}
    return value if isinstance(value, dict) else {}


def _text(body: bytes) -> str:
    """What is worth seeing of a message: its text, else its fields."""
    root = _object(body)
    data = root.get("data", {name: value for name, value in root.items() if name not in ("label", "type", "id")})
    if isinstance(data, dict):
        if isinstance(data.get("text"), str):
            return str(data["text"])
        data = {name: value for name, value in data.items() if name not in ("type", "label")}
    return json.dumps(data, ensure_ascii=False) if data else ""


def _short(text: str) -> str:
    text = plain(text)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
