"""The player goes at the very moment at which the room is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from convai_panda import (
    MemoryContinuity,
    RoomError,
    RoomLossReason,
    RoomLost,
    SessionState,
    StateChanged,
    UsageLimitExceeded,
)
from convai_panda.audio.frame import AudioFrame
from convai_panda.events import Event
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.session import Session, Wish
from convai_panda.transport.base import RoomItem
from tests.conftest import GUARD


class Room:
    """Lost while it is being left."""

    def __init__(self, loss: RoomError) -> None:
        self._loss = loss

    async def incoming(self) -> AsyncIterator[RoomItem]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise self._loss from None
        yield  # type: ignore[misc]  # never

    async def send(self, payload: bytes) -> None: ...

    async def publish(self, frame: AudioFrame) -> None: ...

    async def aclose(self) -> None: ...


class Transport:
    def __init__(self, loss: RoomError) -> None:
        self._loss = loss
        self.calls = 0
        self.joined = asyncio.Event()

    async def prepare(self) -> None: ...

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        self.calls += 1
        fields = {"room_url": "ws://127.0.0.1", "token": "token", "character_session_id": "id"}
        return ConnectResponse.model_validate(fields)

    async def join(self, response: ConnectResponse) -> Room:
        self.joined.set()
        return Room(self._loss)

    async def aclose(self) -> None: ...


LOSSES = (RoomLost(RoomLossReason.SERVER_SHUTDOWN), UsageLimitExceeded("The quota is used up."))


@pytest.mark.parametrize("loss", LOSSES)
def test_nobody_comes_back_for_a_player_who_has_gone_and_somebody_does_for_one_who_returns(loss: RoomError) -> None:
    events: list[Event] = []

    async def play() -> list[int]:
        transport = Transport(loss)
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
        calls = []
        for _ in range(2):
            session.want(Wish.TALK)
            async with asyncio.timeout(5.0):
                await transport.joined.wait()
            transport.joined.clear()
            for _ in range(20):  # turns of the loop, in which the visit's parts begin
                await asyncio.sleep(0)
            async with asyncio.timeout(5.0):  # it used to come back for ever
                await session.aclose()
            calls.append(transport.calls)
        return calls

    assert asyncio.run(play()) == [1, 2]
    states = [event.state for event in events if isinstance(event, StateChanged)]
    assert states[-1] is SessionState.CLOSED
