"""Two ends for a recording: a visit to the simulator without a game, and a room that can do whatever a test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from pydantic import SecretStr

from convai_panda import AudioFrame, Room, Transport
from convai_panda.errors import RoomLost
from convai_panda.protocol.client import ClientMessage, ClientReady
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.recording.entries import Entry
from convai_panda.recording.reading import read_recording
from convai_panda.recording.visits import message_type
from convai_panda.transport.base import AudioArrived, MessageArrived, RoomItem

GUARD = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0001"
SESSION = "5f2d3c1b-52a4-4f0e-9d51-7c1f5b1d0abc"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGF5ZXIifQ.c2lnbmF0dXJl"
KEY = "key-of-the-studio-0123456789"


def request(**fields: object) -> ConnectRequest:
    return ConnectRequest.build(character_id=GUARD, **fields)


async def visit(transport: Transport, *said: ClientMessage, turns: int = 1) -> list[RoomItem]:
    """Connect, join, be ready, say it all, hear so many turns out, leave: everything that arrived."""
    heard: list[RoomItem] = []
    await transport.prepare()
    room = await transport.join(await transport.connect(request()))
    try:
        await room.send(ClientReady().encode("ready"))
        async for item in room.incoming():
            heard.append(item)
            kind = message_type(item.payload) if isinstance(item, MessageArrived) else ""
            if kind == "bot-ready":
                for message in said:
                    await room.send(message.encode("one"))
            turns -= kind == "bot-turn-completed"
            if not turns:
                break
    finally:
        await room.aclose()
    return heard


def entries(path: Path) -> tuple[Entry, ...]:
    return read_recording(path).entries


class Scripted:
    """A Transport whose rooms give these items and take everything; what they can do beyond that is asked for."""

    def __init__(
        self,
        items: Sequence[RoomItem] = (),
        *,
        error: Exception | None = None,
        loss: RoomLost | None = None,
        room: type["ScriptedRoom"] | None = None,
        secrets: Sequence[str] = (),
        **answer: object,
    ) -> None:
        self._items, self._error, self._loss = items, error, loss
        self._room = room or ScriptedRoom
        self._answer = {"session_id": SESSION, "request_trace_id": "trace-1", "room_name": "tavern", **answer}
        self.secrets = [SecretStr(secret) for secret in secrets]
        self.rooms: list[ScriptedRoom] = []

    async def prepare(self) -> None:
        pass

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        if self._error is not None:
            raise self._error
        fields = {"room_url": "wss://rooms.example", "token": TOKEN, "character_session_id": SESSION, **self._answer}
        return ConnectResponse.model_validate(fields)

    async def join(self, response: ConnectResponse) -> Room:
        self.rooms.append(self._room(self._items, self._loss))
        return self.rooms[-1]

    async def aclose(self) -> None:
        pass


class ScriptedRoom:
    """Gives its items at once, then is lost or waits to be left."""

    def __init__(self, items: Sequence[RoomItem], loss: RoomLost | None) -> None:
        self._items, self._loss = list(items), loss
        self._left = asyncio.Event()
        self.published: list[AudioFrame] = []

    async def incoming(self) -> AsyncIterator[RoomItem]:
        for item in self._items:
            yield item
        if self._loss is not None:
            raise self._loss
        await self._left.wait()

    async def send(self, payload: bytes) -> None:
        pass

    async def publish(self, frame: AudioFrame) -> None:
        self.published.append(frame)

    async def aclose(self) -> None:
        self._left.set()


class AbleRoom(ScriptedRoom):
    """One that also cleans voices and hands sound over."""

    def clean(self, near: AudioFrame, far: AudioFrame) -> list[AudioFrame]:
        return [AudioFrame(bytes(len(near.pcm)))]

    def hand_audio_to(self, take: Callable[[AudioArrived], None], settle: Callable[[], None]) -> None:
        sounding = [item for item in self._items if isinstance(item, AudioArrived)]
        self._items = [item for item in self._items if not isinstance(item, AudioArrived)]
        for item in sounding:
            take(item)
