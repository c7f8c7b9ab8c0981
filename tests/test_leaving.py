"""The player goes at the very moment at which the room is lost."""

import asyncio
from collections.abc import AsyncIterator

from convai_panda import MemoryContinuity, RoomLossReason, RoomLost, SessionState, StateChanged
from convai_panda.audio.frame import AudioFrame
from convai_panda.events import Event
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.session import Session, Wish
from convai_panda.transport.base import RoomItem
from tests.conftest import GUARD


class Room:
    """Lost while it is being left."""

    async def incoming(self) -> AsyncIterator[RoomItem]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RoomLost(RoomLossReason.SERVER_SHUTDOWN) from None
        yield  # type: ignore[misc]  # never

    async def send(self, payload: bytes) -> None: ...

    async def publish(self, frame: AudioFrame) -> None: ...

    async def aclose(self) -> None: ...


class Transport:
    def __init__(self) -> None:
        self.calls = 0
        self.joined = asyncio.Event()

    async def prepare(self) -> None: ...

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        self.calls += 1
        fields = {"room_url": "ws://127.0.0.1", "token": "token", "character_session_id": "id"}
        return ConnectResponse.model_validate(fields)

    async def join(self, response: ConnectResponse) -> Room:
        self.joined.set()
        return Room()

    async def aclose(self) -> None: ...


def test_nobody_comes_back_for_a_player_who_has_gone() -> None:
    events: list[Event] = []

    async def play() -> int:
        transport = Transport()
        session = Session(
            character_id=GUARD,
            request=lambda saved: ConnectRequest.build(character_id=GUARD),
            transport=transport,
            continuity=MemoryContinuity(),
            player="player",
            greeting=None,
            tell=events.append,
            voice=lambda: None,
        )
        session.want(Wish.TALK)
        await transport.joined.wait()
        for _ in range(20):  # turns of the loop, in which the visit's parts begin
            await asyncio.sleep(0)
        async with asyncio.timeout(5.0):  # it used to come back for ever
            await session.aclose()
        return transport.calls

    assert asyncio.run(play()) == 1
    states = [event.state for event in events if isinstance(event, StateChanged)]
    assert states[-1] is SessionState.CLOSED
