"""A recording as a transport: the same answers, messages and sound at the same distances in time.

Runs on the asyncio thread.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from .. import errors
from ..audio.frame import AudioFrame
from ..errors import (
    CharacterNotFound,
    ConnectError,
    InvalidRequest,
    JoinError,
    RoomError,
    RoomLossReason,
    RoomLost,
)
from ..protocol.connect import ConnectRequest, ConnectResponse
from ..transport.base import AudioArrived, MessageArrived, Room, RoomItem, TrackEnded
from . import sound
from .entries import Lost, NotEntered, Said, Sound, TrackOver
from .reading import Recording, frames_of, read_recording
from .visits import Visit, message_type, visits_of

_log = logging.getLogger(__name__)

_POLL = 0.005  # s of real time between two looks at a clock that is not the real one
_TOKEN = "replay-"

# What a character answers to: an answer may wait until its question was asked.
_QUESTIONS = frozenset({"user_text_message", "trigger-message", "interrupt-bot", "force-user-stopped-speaking"})


class Replay:
    """A Transport that plays what a ``Recorder`` has written: visit by visit, for the characters that are in it.

    Each ``connect`` for a character gives the next recorded one, failures included; in the room messages and sound
    arrive as long after joining as they did. What the game says changes nothing, and a room that was left, or whose
    recording ends, is silent from then on until it is left. With ``waits_for_player`` a recorded answer waits
    until the game has said as much as was said before it: for tests, whose player is never exactly as fast.

    ``clock`` gives seconds on the time that it runs on, ``notes`` says what the file has lost, ``characters`` who
    is in it, and ``sent`` holds what the game has said. Raises ConfigurationError for a file that is no recording.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        waits_for_player: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = Path(path)
        self._waits = waits_for_player
        self._clock = clock
        self.recording: Recording = read_recording(path)
        for block in self.recording.entries:
            if isinstance(block, Sound):
                sound.check_codec(block.codec)
        self._visits = visits_of(self.recording)
        self._coming: dict[str, deque[Visit]] = {}
        for visit in self._visits:
            self._coming.setdefault(visit.character_id, deque()).append(visit)
        self.sent: list[bytes] = []
        for note in self.recording.notes:
            _log.warning("%s: %s", self._path, note)

    def __repr__(self) -> str:
        return f"Replay({str(self._path)!r})"

    @property
    def characters(self) -> tuple[str, ...]:
        """The ids of those who are in the recording."""
        return tuple(self._coming)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is missing of the file, one sentence each."""
        return self.recording.notes

    @property
    def forgets(self) -> bool:
        """Its session ids are made up."""
        return True

    async def prepare(self) -> None:
        """Nothing is late here."""

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        """The next recorded answer for this character. Raises ConnectError, as recorded or where there is none."""
        character = request.character_id or ""
        coming = self._coming.get(character)
        if coming is None:
            raise CharacterNotFound(
                f"{self._path} has no character {character or '(none)'}; it has {', '.join(self._coming) or 'nobody'}."
            )
        if not coming:
            raise ConnectError(
                f"{self._path} has no further visit to {character}: every recorded one has been played. "
                "Make a new Replay to begin again."
            )
        visit = coming.popleft()
        await _reach(self._clock, self._clock() + visit.connect_seconds)
        if visit.refusal is not None:
            raise _connect_error(visit.refusal.error, visit.refusal.body)
        response = ConnectResponse.parse(visit.answer)
        return response.model_copy(update={"token": SecretStr(f"{_TOKEN}{visit.number}")})

    async def join(self, response: ConnectResponse) -> Room:
        """Enter the recorded room. Raises JoinError, as recorded or for a room of something else."""
        name = response.token.get_secret_value().removeprefix(_TOKEN)
        visit = next((visit for visit in self._visits if str(visit.number) == name), None)
        if visit is None or visit.entrance is None:
            raise JoinError(f"{self._path} has no such room.")
        ready = self._clock() + visit.join_seconds
        items = await asyncio.to_thread(self._items, visit)
        await _reach(self._clock, ready)
        if isinstance(visit.entrance, NotEntered):
            raise JoinError(_text(visit.entrance.body))
        return _ReplayRoom(items, self.sent, began=visit.entrance.at, clock=self._clock)

    async def aclose(self) -> None:
        """Nothing is held."""

    def _items(self, visit: Visit) -> list[_Due]:
        items: list[_Due] = []
        asked: dict[str, int] = {}
        for entry in visit.entries:
            match entry:
                case Said(way="in", body=body):
                    items.append(_Due(entry.at, MessageArrived(body)))
                case Said(way="out", body=body) if self._waits and (kind := message_type(body)) in _QUESTIONS:
                    asked[kind] = asked.get(kind, 0) + 1
                    items.append(_Due(entry.at, _Question(kind, asked[kind])))
                case Sound(way="in"):
                    items += [_Due(at, AudioArrived(entry.track, frame)) for at, frame in self._frames(entry)]
                case TrackOver(track=track):
                    items.append(_Due(entry.at, TrackEnded(track)))
                case Lost(reason=reason, body=body):
                    items.append(_Due(entry.at, RoomLost(RoomLossReason(reason), _text(body))))
        return sorted(items, key=lambda item: item.at)

    def _frames(self, block: Sound) -> list[tuple[float, AudioFrame]]:
        try:
            return frames_of(block)
        except sound.BrokenSound as error:
            _log.warning("%s: %.2f s of sound are left out: %s.", self._path, block.seconds, error)
            return []


@dataclass(frozen=True, slots=True)
class _Question:
    """From here on nothing comes before the game has sent as many messages of this type."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class _Due:
    at: float  # on the recording's time
    item: RoomItem | RoomLost | _Question


class _ReplayRoom:
    """One recorded visit; see ``transport.base.Room``."""

    def __init__(self, items: list[_Due], sent: list[bytes], *, began: float, clock: Callable[[], float]) -> None:
        self._items = items
        self._sent = sent
        self._clock = clock
        self._shift = clock() - began  # from the recording's time to the clock's
        self._asked: dict[str, int] = {}
        self._news = asyncio.Event()
        self._is_closed = False
        self._loss: RoomLost | None = None

    async def incoming(self) -> AsyncIterator[RoomItem]:
        """Everything when it is due; then silence until we close."""
        for due in self._items:
            await self._reach(due.at + self._shift)
            if self._is_closed:
                return
            match due.item:
                case _Question():
                    await self._until_asked(due.item)
                    self._shift = max(self._shift, self._clock() - due.at)
                case RoomLost():
                    self._loss = due.item
                    raise self._loss
                case item:
                    yield item
            if self._is_closed:
                return
        while not self._is_closed:
            self._news.clear()
            await self._news.wait()

    async def send(self, payload: bytes) -> None:
        """Note what the game says. Raises RoomError once the room is over."""
        self._check_open()
        self._sent.append(payload)
        kind = message_type(payload)
        self._asked[kind] = self._asked.get(kind, 0) + 1
        self._news.set()

    async def publish(self, frame: AudioFrame) -> None:
        """Nobody listens. Raises RoomError once the room is over."""
        self._check_open()

    async def aclose(self) -> None:
        """Leave."""
        self._is_closed = True
        self._news.set()

    def _check_open(self) -> None:
        if self._loss is not None:
            raise self._loss
        if self._is_closed:
            raise RoomError("The room is closed.")

    async def _reach(self, due: float) -> None:
        while not self._is_closed and (wait := due - self._clock()) > 0.0:
            self._news.clear()
            try:
                async with asyncio.timeout(_pause(self._clock, wait)):
                    await self._news.wait()
            except TimeoutError:
                pass

    async def _until_asked(self, question: _Question) -> None:
        while not self._is_closed and self._asked.get(question.kind, 0) < question.count:
            self._news.clear()
            await self._news.wait()


async def _reach(clock: Callable[[], float], due: float) -> None:
    while (wait := due - clock()) > 0.0:  # noqa: ASYNC110 - a clock tells nobody when it moves
        await asyncio.sleep(_pause(clock, wait))


def _pause(clock: Callable[[], float], wait: float) -> float:
    """How fast another clock runs is not ours to know."""
    return wait if clock is time.monotonic else min(wait, _POLL)


def _values(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _text(body: bytes) -> str:
    return str(_values(body).get("message") or "The recording does not say why.")


def _connect_error(name: str, body: bytes) -> ConnectError:
    """The error that was recorded; a class that is not known here becomes its root."""
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, ConnectError)):
        kind = ConnectError
    values = _values(body)
    status, trace, wait = (values.get(name) for name in ("status", "request_trace_id", "retry_after"))
    given: dict[str, Any] = {
        "status": status if isinstance(status, int) else None,
        "detail": str(values.get("detail") or ""),
        "request_trace_id": trace if isinstance(trace, str) else None,
        "retry_after": float(wait) if isinstance(wait, int | float) else None,
    }
    if issubclass(kind, InvalidRequest):
        given["field"] = str(values.get("field") or "") or None
    error: ConnectError = kind(_text(body), **given)
    return error
