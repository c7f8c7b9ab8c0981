"""The simulator as a transport: rooms without a network or a process. Runs on the asyncio thread.

What goes in and out is the same bytes as on the wire, through the same strict service.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ..audio.frame import AudioFrame
from ..errors import JoinError, RoomError, RoomLossReason, RoomLost, ServiceUnavailable
from ..picture import Picture
from ..protocol.connect import ConnectRequest, ConnectResponse, parse_error_body
from ..transport.base import AudioArrived, MessageArrived, Room, RoomItem, TrackEnded
from .actor import Actor, DialogueMaker, Ending
from .agenda import Output
from .behaviour import Behaviour
from .characters import Cast, Character
from .dialect import Dialect
from .dialogue import Dialogue, Line
from .faults import Faults
from .glance import glance_at
from .memory import Memory
from .programs import find_synthesizer
from .service import Service, Visit
from .trouble import Trouble

_TRACK = "voice"
_AHEAD = 0.100  # s that sound is handed over early: nothing travels, so only a busy interpreter can be late
_POLL = 0.005  # s of real time between two looks at a clock that is not the real one
_KEY = "simulator"
_LARGEST = 1_000_000  # bytes of a message of the faulty kind: nothing here limits it
_ABSENCE = 10.0  # s after which a client of LiveKit rooms gives up one without a character
_LOSSES = {Ending.CUT: RoomLossReason.SIGNAL_CLOSE, Ending.GONE: RoomLossReason.UNKNOWN}


class Simulator:
    """Opens rooms with built-in characters: no key, no network. A Transport.

    ``characters`` restricts whom there is (ids, Characters, or {id: name}); by default every UUID but the nil UUID
    is somebody. ``latency`` (s), ``greets``, ``hearing`` (what the player's spoken words say) and ``dialect`` (how
    messages come where sources disagree) are short for the same settings of ``behaviour``. ``voice`` is who speaks:
    ``"babble"``, or ``"espeak-ng"`` or ``"flite"`` where that program is installed, with a language or a voice of its
    own after a colon. ``api_key`` is what this client sends and ``accepts`` the keys that the service knows (default:
    any). ``clock`` makes rooms run on another time than the event loop's, and ``wall_clock`` gives the time of day that
    is told. ``dialogue`` makes what characters say.

    ``faults`` makes things go wrong: a name out of ``FAULTS``, or ``Faults`` of one's own; the same ``seed`` makes the
    same things go wrong again. Raises ConfigurationError for names that are none.
    """

    def __init__(
        self,
        *,
        characters: Iterable[Character | str] | Mapping[str, str] | None = None,
        latency: float | None = None,
        api_key: str | None = _KEY,
        accepts: tuple[str, ...] | None = None,
        greets: bool | None = None,
        hearing: Iterable[str] | None = None,
        dialect: Dialect | None = None,
        behaviour: Behaviour | None = None,
        voice: str | None = None,
        connect_delay: float = 0.0,
        max_rooms: int | None = None,
        memory: Memory | None = None,
        faults: str | Faults | None = None,
        seed: int | None = None,
        clock: Callable[[], float] | None = None,
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        dialogue: DialogueMaker = Dialogue,
    ) -> None:
        heard = None if hearing is None else tuple(hearing)
        speech = None if voice is None else find_synthesizer(voice)
        given = {"latency": latency, "greets": greets, "hearing": heard, "dialect": dialect}
        wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if speech is not None:
            wanted["synthesizer"] = speech
        self._behaviour = replace(behaviour or Behaviour(), **wanted)
        self._headers = {"Content-Type": "application/json"} | ({"X-API-Key": api_key} if api_key else {})
        self._connect_delay = connect_delay
        self._clock = clock
        self._wall_clock = wall_clock
        self._dialogue = dialogue
        self._service = Service(
            api_keys=accepts,
            cast=Cast(characters),
            memory=memory,
            max_rooms=max_rooms,
            dialect=self._behaviour.dialect,
        )
        self._trouble = Trouble(faults, seed)
        self._rooms: set[_InProcessRoom] = set()

    def __repr__(self) -> str:
        return f"<Simulator, {len(self._rooms)} rooms>"

    @property
    def seed(self) -> int:
        """With this ``seed`` the same things go wrong again."""
        return self._trouble.seed

    @property
    def forgets(self) -> bool:
        """Its conversations end with the process."""
        return True

    async def prepare(self) -> None:
        """Import what voices are made with."""
        await asyncio.to_thread(importlib.import_module, "convai_panda.simulator.voice")

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        """Ask the built-in service for a room. Raises ConnectError as the real one would make it."""
        body = request.encode()
        call = self._trouble.call(body)
        await asyncio.sleep(self._connect_delay + call.delay)
        if call.is_dropped:
            raise ServiceUnavailable("The simulator cannot be reached: its faults end this call without an answer.")
        reply = self._service.connect(body, self._headers)
        if call.reply is not None and reply.status == 200:
            self._service.close(reply.body["session_id"])
            reply = call.reply
        await asyncio.sleep(call.body_time)
        if reply.status != 200:
            is_resumed = request.character_session_id is not None
            raise parse_error_body(reply.status, reply.headers, reply.encode(), sent_session=is_resumed)
        return ConnectResponse.parse(reply.encode())

    async def join(self, response: ConnectResponse) -> Room:
        """Enter the room; the character is there and gets ready. Raises JoinError."""
        visit = self._service.visit(response.session_id.get_secret_value())
        if visit is None or visit.token != response.token.get_secret_value():
            raise JoinError("The simulator has no such room: it was closed, or never opened.")
        room = _InProcessRoom(
            visit,
            self._behaviour,
            self._trouble,
            clock=self._clock,
            make_actor=partial(Actor, dialogue=self._dialogue, wall_clock=self._wall_clock),
            on_closed=self._forget,
        )
        self._rooms.add(room)
        return room

    async def aclose(self) -> None:
        """Nothing is pooled; rooms are closed by their owners."""
        await self._behaviour.synthesizer.aclose()

    def drop_rooms(self, reason: RoomLossReason = RoomLossReason.UNKNOWN) -> None:
        """Lose every open room as if the network had gone. Call it on the asyncio thread."""
        for room in tuple(self._rooms):
            room.lose(reason)

    def have_say(self, character_id: str, line: Line) -> None:
        """Have a character speak of its own accord where it has a room. Call it on the asyncio thread."""
        for room in tuple(self._rooms):
            if room.character_id == character_id:
                room.speak(line)

    def _forget(self, room: "_InProcessRoom", visit: Visit) -> None:
        self._rooms.discard(room)
        self._service.close(visit.session_id)


class _InProcessRoom:
    """One visit: an actor, woken when something arrives or is due."""

    def __init__(
        self,
        visit: Visit,
        behaviour: Behaviour,
        trouble: Trouble,
        *,
        clock: Callable[[], float] | None,
        make_actor: Callable[..., Actor],
        on_closed: Callable[["_InProcessRoom", Visit], None],
    ) -> None:
        self._visit = visit
        self._has_own_clock = clock is not None
        self._clock = clock or asyncio.get_running_loop().time
        self._on_closed = on_closed
        self._actor = trouble.play(
            visit,
            behaviour,
            now=self._clock(),
            sound_ahead=_AHEAD,
            limit=_LARGEST,
            absence=_ABSENCE,
            make_actor=make_actor,
        )
        self._wake = asyncio.Event()
        self._is_closed = False
        self._loss: RoomLossReason | None = None
        self._is_sounding = False

    async def incoming(self) -> AsyncIterator[RoomItem]:
        """Messages and 20 ms of voice at a time, each when it is due."""
        while not self._is_closed:
            self._wake.clear()
            for output in self._actor.advance(self._clock()):
                if (item := self._item(output)) is not None:
                    yield item
                if self._is_closed:
                    return
            if self._is_sounding and not self._actor.is_speaking:
                self._is_sounding = False
            if self._actor.ending is not None:
                # How LiveKit tells that the service closed the room.
                self.lose(_LOSSES.get(self._actor.ending, RoomLossReason.ROOM_DELETED))
            if self._loss is not None:
                if self._is_sounding:
                    yield TrackEnded(_TRACK)
                raise RoomLost(self._loss)
            await self._until_something_is_due()

    async def send(self, payload: bytes) -> None:
        """Hand a message to the character. Raises RoomError."""
        self._check_open()
        self._actor.receive(payload, self._clock())
        self._wake.set()

    async def publish(self, frame: AudioFrame) -> None:
        """Let the character hear a frame. Raises RoomError."""
        self._check_open()
        self._actor.hear(frame, self._clock())
        self._wake.set()

    async def show(self, picture: Picture, track: str) -> None:
        """Let the character see a picture, if it looks for a track of that name. Raises RoomError."""
        self._check_open()
        if track == self._actor.video_track:
            self._actor.see(glance_at(picture.turned(), picture.width, picture.height), self._clock(), source="player")

    async def aclose(self) -> None:
        """Leave; the character goes too."""
        self._close()

    @property
    def character_id(self) -> str:
        """Who is in it."""
        return self._visit.character.id

    def speak(self, line: Line) -> None:
        """Have the character speak of its own accord."""
        self._actor.speak(line, self._clock())
        self._wake.set()

    def lose(self, reason: RoomLossReason) -> None:
        """End the room from the service's side."""
        self._loss = reason
        self._on_closed(self, self._visit)
        self._wake.set()

    def _close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._on_closed(self, self._visit)
            self._wake.set()

    def _check_open(self) -> None:
        if self._is_closed or self._loss is not None:
            raise RoomError("The room is closed.")

    def _item(self, output: Output) -> RoomItem | None:
        match output:
            case bytes():
                return MessageArrived(output)
            case AudioFrame():
                self._is_sounding = True
                return AudioArrived(_TRACK, output)
            case _:
                return None  # nothing is queued here, so there is nothing to flush

    async def _until_something_is_due(self) -> None:
        due = self._actor.next_time
        wait = None if due is None else max(0.0, due - self._clock())
        if self._has_own_clock and wait is not None:
            wait = min(wait, _POLL)  # how fast another clock runs is not ours to know
        # Woken early by what arrives; a timeout is the usual way on.
        try:
            async with asyncio.timeout(wait):
                await self._wake.wait()
        except TimeoutError:
            pass
