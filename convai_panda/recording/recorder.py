"""A transport that writes down all that goes through another one. Runs on the asyncio thread."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from .. import settings
from .._version import __version__
from ..audio.frame import AudioFrame
from ..errors import ConnectError, InvalidRequest, JoinError, RoomError, RoomLost
from ..picture import Picture
from ..protocol.connect import ConnectRequest, ConnectResponse
from ..transport.base import (
    AudioArrived,
    CleansVoice,
    Forgets,
    HandsOverAudio,
    HoldsSecrets,
    MessageArrived,
    Room,
    RoomItem,
    ShowsPictures,
    TrackEnded,
    Transport,
)
from . import sound
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
    NotEntered,
    Refused,
    Said,
    TrackOver,
    Unsent,
    Way,
)
from .scrub import Scrubber
from .writer import Heard, Writer

_PLAYER = "player"


class Recorder:
    """A Transport that records what another one carries: Connect, messages and sound both ways, and when.

    ``path`` is where to; an earlier recording of that name is kept, and ``path`` afterwards tells the name that was
    free. Keys, tokens and session ids are never written; without ``keeps_words`` neither are the player's words,
    voice and name (what a character repeats of them is the character's). ``clock`` is that of the transport, where
    it runs on another time than the real one.

    The file is readable after a crash at any byte. Sound is FLAC with ``pip install 'convai-panda[record]'``, else
    it takes three times the space. Raises ConfigurationError where no file can be made; if it cannot be written
    later, a warning says so, ``failure`` too, and the visit goes on.
    """

    def __init__(
        self,
        transport: Transport,
        path: str | Path,
        *,
        keeps_words: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._began: float | None = None
        self._last = 0  # microseconds
        self._calls = 0
        self._rooms = 0
        self._call_of: dict[str, int] = {}  # by token, in memory only
        secrets = [each.get_secret_value() for each in transport.secrets] if isinstance(transport, HoldsSecrets) else []
        if key := settings.api_key():
            secrets.append(key)
        began = Began(0.0, f"convai_panda {__version__}", datetime.now(UTC).isoformat(timespec="seconds"), keeps_words)
        self._writer = Writer(path, began, Scrubber(secrets, keeps_words=keeps_words))

    def __repr__(self) -> str:
        return f"Recorder({self._transport!r}, {str(self.path)!r})"

    @property
    def transport(self) -> Transport:
        """What is recorded."""
        return self._transport

    @property
    def path(self) -> Path:
        """The file."""
        return self._writer.path

    @property
    def failure(self) -> str | None:
        """Why nothing more is recorded, in words; None while all is well."""
        return self._writer.failure

    @property
    def forgets(self) -> bool:
        """As the transport that is recorded."""
        return isinstance(self._transport, Forgets) and self._transport.forgets

    async def prepare(self) -> None:
        """As the transport that is recorded; and load what compresses sound, which takes a moment."""
        await asyncio.to_thread(sound.encode, bytes(2), 48_000)
        await self._transport.prepare()

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        """Pass the call on. Raises ConnectError."""
        self._calls += 1
        call = self._calls
        self._put(Called(self._now(), call, request.encode()))
        try:
            response = await self._transport.connect(request)
        except ConnectError as error:
            self._put(Refused(self._now(), call, type(error).__name__, _describe(error)))
            raise
        self._call_of[response.token.get_secret_value()] = call
        self._put(Answered(self._now(), call, response.encode()))
        return response

    async def join(self, response: ConnectResponse) -> Room:
        """Enter the room. Raises JoinError."""
        self._rooms += 1
        number = self._rooms
        self._put(Entering(self._now(), number, self._call_of.pop(response.token.get_secret_value(), 0)))
        try:
            room = await self._transport.join(response)
        except (JoinError, RoomLost) as error:
            self._put(NotEntered(self._now(), number, type(error).__name__, _describe(error)))
            raise
        self._put(Entered(self._now(), number))
        return _RecordedRoom(self, room, number)

    async def aclose(self) -> None:
        """Close the transport and write what is not written yet."""
        try:
            await self._transport.aclose()
        finally:
            if self._began is not None:
                self._put(Closed(self._now()))
            await self._writer.aclose()

    def _now(self) -> float:
        """Seconds since the first entry, later than all before."""
        now = self._clock()
        if self._began is None:
            self._began = now
        self._last = max(int((now - self._began) * 1e6), self._last + 1)  # no two share it: order is never lost
        return self._last / 1e6

    def _put(self, entry: Entry | Heard) -> None:
        self._writer.put(entry)


class _RecordedRoom:
    """A room that is written down. It can do what the room itself can do beyond ``Room``, and no more."""

    clean: Callable[[AudioFrame, AudioFrame], list[AudioFrame]]
    hand_audio_to: Callable[[Callable[[AudioArrived], None], Callable[[], None]], None]
    show: Callable[[Picture, str], Awaitable[None]]  # what the player sees is not written down

    def __init__(self, recorder: Recorder, room: Room, number: int) -> None:
        self._recorder = recorder
        self._room = room
        self._number = number
        if isinstance(room, CleansVoice):
            self.clean = room.clean
        if isinstance(room, HandsOverAudio):
            self.hand_audio_to = self._hand_audio_to
        if isinstance(room, ShowsPictures):
            self.show = room.show

    async def incoming(self) -> AsyncIterator[RoomItem]:
        """Everything that arrives, noted before it is handed on."""
        try:
            async for item in self._room.incoming():
                self._note(item)
                yield item
        except RoomLost as loss:
            self._put(Lost(self._now(), self._number, int(loss.reason), _describe(loss)))
            raise

    async def send(self, payload: bytes) -> None:
        """Send, and note what and whether it went. Raises RoomError."""
        self._put(Said(self._now(), self._number, "out", payload))
        try:
            await self._room.send(payload)
        except RoomError as error:
            self._put(Unsent(self._now(), self._number, _describe(error)))
            raise

    async def publish(self, frame: AudioFrame) -> None:
        """Send a frame, and note it. Raises RoomError."""
        self._hear("out", _PLAYER, frame)
        try:
            await self._room.publish(frame)
        except RoomError as error:
            self._put(Unsent(self._now(), self._number, _describe(error)))
            raise

    async def aclose(self) -> None:
        """Leave, and note when that was done."""
        await self._room.aclose()
        self._put(Left(self._now(), self._number))

    def _hand_audio_to(self, take: Callable[[AudioArrived], None], settle: Callable[[], None]) -> None:
        def note_and_take(arrived: AudioArrived) -> None:
            self._note(arrived)
            take(arrived)

        if isinstance(self._room, HandsOverAudio):
            self._room.hand_audio_to(note_and_take, settle)

    def _note(self, item: RoomItem) -> None:
        match item:
            case AudioArrived(track=track, frame=frame):
                self._hear("in", track, frame)
            case MessageArrived(payload=payload):
                self._put(Said(self._now(), self._number, "in", payload))
            case TrackEnded(track=track):
                self._put(TrackOver(self._now(), self._number, track))

    def _hear(self, way: Way, track: str, frame: AudioFrame) -> None:
        self._put(Heard(self._now(), self._number, way, track, frame))

    def _now(self) -> float:
        return self._recorder._now()

    def _put(self, entry: Entry | Heard) -> None:
        self._recorder._put(entry)


def _describe(error: Exception) -> bytes:
    """An error's text and what a game can read of it, as JSON."""
    values: dict[str, object] = {"message": str(error)}
    if isinstance(error, ConnectError):
        values |= {
            "status": error.status,
            "detail": error.detail,
            "request_trace_id": error.request_trace_id,
            "retry_after": error.retry_after,
        }
    if isinstance(error, InvalidRequest):
        values["field"] = error.field
    return json.dumps(values).encode()
