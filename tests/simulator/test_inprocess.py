"""The simulator as a transport: typed errors on the way in, real time inside, and an end that is told."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import pytest

from convai_panda import (
    AuthenticationError,
    CharacterNotFound,
    JoinError,
    RateLimited,
    RoomError,
    RoomLossReason,
    RoomLost,
    SessionNotFound,
)
from convai_panda.protocol.client import ClientReady, KillPipeline, UserTextMessage
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.simulator import Simulator
from convai_panda.simulator.characters import NIL_ID
from convai_panda.transport.base import AudioArrived, MessageArrived, Room, RoomItem, TrackEnded

from .stage import CHARACTER


def play(scene: Callable[[], Awaitable[None]], limit: float = 20.0) -> None:
    """Run a scene on an asyncio loop of its own."""

    async def bounded() -> None:
        async with asyncio.timeout(limit):
            await scene()

    asyncio.run(bounded())


async def enter(simulator: Simulator, **fields: object) -> Room:
    request = ConnectRequest.build(character_id=CHARACTER, **fields)
    return await simulator.join(await simulator.connect(request))


async def until(room: Room, kind: str) -> list[RoomItem]:
    """What arrives up to and including the first message of a kind; leaves the room's stream behind."""
    items: list[RoomItem] = []
    async for item in room.incoming():
        items.append(item)
        if isinstance(item, MessageArrived) and kind in item.payload.decode():
            break
    return items


def test_each_refusal_is_its_own_error() -> None:
    async def scene() -> None:
        simulator = Simulator(accepts=("good",), api_key="bad")
        with pytest.raises(AuthenticationError):
            await simulator.connect(ConnectRequest.build(character_id=CHARACTER))
        simulator = Simulator(max_rooms=1)
        with pytest.raises(CharacterNotFound):
            await simulator.connect(ConnectRequest.build(character_id=NIL_ID))
        with pytest.raises(SessionNotFound):
            await simulator.connect(ConnectRequest.build(character_id=CHARACTER, character_session_id=NIL_ID))
        room = await enter(simulator)
        with pytest.raises(RateLimited) as limited:
            await simulator.connect(ConnectRequest.build(character_id=CHARACTER))
        assert limited.value.retry_after == 5.0
        await room.aclose()
        await (await enter(simulator)).aclose()

    play(scene)


def test_a_turn_arrives_in_real_time_and_sound_only_while_there_is_some() -> None:
    async def scene() -> None:
        room = await enter(Simulator(latency=0.05))
        await room.send(ClientReady().encode())
        times: list[float] = []
        spoken = 0.0
        async for item in room.incoming():
            if isinstance(item, AudioArrived):
                times.append(time.monotonic())
                spoken += item.frame.duration
            elif isinstance(item, MessageArrived) and b"bot-ready" in item.payload:
                await room.send(UserTextMessage(text="hello").encode())
            elif isinstance(item, MessageArrived) and b"bot-turn-completed" in item.payload:
                break
        assert len(times) > 20
        assert times[-1] - times[0] == pytest.approx(spoken, abs=0.15)
        await room.aclose()

    play(scene)


def test_the_same_conversation_is_remembered_over_two_visits() -> None:
    async def scene() -> None:
        simulator = Simulator(latency=0.01)
        first = await simulator.connect(ConnectRequest.build(character_id=CHARACTER))
        room = await simulator.join(first)
        await room.send(ClientReady().encode())
        await until(room, "bot-ready")
        await room.send(UserTextMessage(text="The lamp is in the pond").encode())
        await room.aclose()
        again = ConnectRequest.build(character_id=CHARACTER, character_session_id=first.character_session_id)
        room = await simulator.join(await simulator.connect(again))
        await room.send(ClientReady().encode())
        await until(room, "bot-ready")
        await room.send(UserTextMessage(text="What did I say before?").encode())
        items = await until(room, "bot-llm-stopped")
        messages = [json.loads(item.payload) for item in items if isinstance(item, MessageArrived)]
        text = "".join(message["data"]["text"] for message in messages if message["type"] == "bot-llm-text")
        assert "The lamp is in the pond" in text
        await room.aclose()

    play(scene)


def test_a_killed_pipeline_loses_the_room() -> None:
    async def scene() -> None:
        room = await enter(Simulator())
        await room.send(ClientReady().encode())
        await until(room, "bot-ready")
        await room.send(KillPipeline().encode())
        with pytest.raises(RoomLost) as lost:
            await until(room, "never")
        assert lost.value.reason is RoomLossReason.ROOM_DELETED
        with pytest.raises(RoomError):
            await room.send(ClientReady().encode())
        await room.aclose()

    play(scene)


def test_a_room_lost_in_mid_sentence_ends_its_track() -> None:
    async def scene() -> None:
        simulator = Simulator(greets=True)
        room = await enter(simulator)
        await room.send(ClientReady().encode())
        items: list[RoomItem] = []

        async def listen() -> None:
            async for item in room.incoming():
                items.append(item)
                if isinstance(item, AudioArrived):
                    simulator.drop_rooms()

        with pytest.raises(RoomLost):
            await listen()
        assert isinstance(items[-1], TrackEnded)
        await room.aclose()

    play(scene)


def test_leaving_twice_is_leaving_and_ends_the_stream() -> None:
    async def scene() -> None:
        room = await enter(Simulator())
        listening = asyncio.create_task(until(room, "never"))
        await asyncio.sleep(0)
        await room.aclose()
        await room.aclose()
        await listening
        with pytest.raises(RoomError):
            await room.send(ClientReady().encode())

    play(scene)


def test_a_response_opens_its_room_only_while_it_is_open() -> None:
    async def scene() -> None:
        simulator = Simulator()
        response = await simulator.connect(ConnectRequest.build(character_id=CHARACTER))
        await (await simulator.join(response)).aclose()
        with pytest.raises(JoinError):
            await simulator.join(response)

    play(scene)


def test_a_clock_of_the_games_own_moves_the_room() -> None:
    async def scene() -> None:
        now = 0.0
        room = await enter(Simulator(clock=lambda: now))
        listening = asyncio.create_task(until(room, "bot-ready"))
        await asyncio.wait([listening], timeout=0.05)
        assert not listening.done()
        now = 2.0
        await listening
        await room.aclose()

    play(scene)


def test_it_brings_no_network_library() -> None:
    program = (
        "import sys\n"
        "import convai_panda.simulator\n"
        "heavy = {'livekit', 'httpx', 'aiohttp', 'numpy'} & {name.split('.')[0] for name in sys.modules}\n"
        "raise SystemExit(', '.join(sorted(heavy)) or 0)"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
