"""A room with nobody in it, in a real livekit-server."""

import asyncio

import pytest
from livekit import rtc

from convai_panda.errors import RoomLost
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.transport import livekit
from convai_panda.transport.base import MessageArrived
from convai_panda.transport.livekit import LiveKitRooms

from .conftest import token

pytestmark = pytest.mark.livekit


def test_a_room_that_never_had_a_character_is_given_up(
    livekit_server: LiveKitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(livekit, "_ALONE_LIMIT", 0.2)

    async def play() -> None:
        rooms = LiveKitRooms()
        room = await rooms.join(livekit_server.url, token(livekit_server, "empty", "player"))
        try:
            with pytest.raises(RoomLost, match="No character was in the room"):
                async with asyncio.timeout(20):
                    await anext(room.incoming())
        finally:
            await room.aclose()
            await rooms.aclose()

    asyncio.run(play())


def test_a_character_that_comes_in_time_and_leaves_is_missed_only_then(
    livekit_server: LiveKitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(livekit, "_ALONE_LIMIT", 4.0)  # longer than LiveKit may take to tell who is there

    async def play() -> None:
        rooms = LiveKitRooms()
        room = await rooms.join(livekit_server.url, token(livekit_server, "shared", "player"))
        character = rtc.Room()
        await character.connect(livekit_server.url, token(livekit_server, "shared", "character"))
        try:
            items = room.incoming()
            async with asyncio.timeout(30):
                loop = asyncio.get_running_loop()
                until = loop.time() + 5.0  # beyond the limit: the room is not lost while somebody is there
                while loop.time() < until:
                    await character.local_participant.publish_data(b"here", reliable=True)
                    assert await anext(items) == MessageArrived(b"here")
                    await asyncio.sleep(0.5)
                await character.disconnect()
                with pytest.raises(RoomLost, match="No character was in the room"):
                    await anext(items)
        finally:
            await character.disconnect()
            await room.aclose()
            await rooms.aclose()

    asyncio.run(play())
