"""Visits in real rooms of a real livekit-server, in both forms; and what becomes of them when the process does not."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import numpy as np
import pytest
from direct.showbase.ShowBase import ShowBase
from livekit import api

from convai_panda import (
    AudioFrame,
    Convai,
    Failed,
    MemoryContinuity,
    Nearest,
    RoomLost,
    SilentVoice,
    Speaker,
    SpeechFinished,
)
from convai_panda.audio.frame import peak_of
from convai_panda.errors import JoinError, RoomError
from convai_panda.protocol.client import ClientReady, UserTextMessage
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.transport.base import AudioArrived, MessageArrived, Room, RoomItem
from convai_panda.transport.livekit import LiveKitRooms
from convai_panda.transport.process import Limits, ProcessRooms
from convai_panda.transport.rooms import Rooms
from tests.conftest import GUARD, Village

from .conftest import Calls, Service, is_running, seconds_until_gone, token, until

pytestmark = [pytest.mark.livekit, pytest.mark.timeout(120)]

REQUEST = ConnectRequest.build(character_id=GUARD)

both_forms = pytest.mark.parametrize("form", [ProcessRooms, LiveKitRooms], ids=["process", "thread"])


@asynccontextmanager
async def calls(service: Service, rooms: Rooms) -> AsyncIterator[Calls]:
    """A transport with these rooms."""
    transport = service.transport(rooms)
    try:
        yield transport
    finally:
        await transport.aclose()


@asynccontextmanager
async def visit(transport: Calls) -> AsyncIterator[Room]:
    """A room whose character is ready."""
    room = await transport.join(await transport.connect(REQUEST))
    try:
        await room.send(ClientReady().encode())
        yield room
    finally:
        await room.aclose()


def is_loud(item: RoomItem) -> bool:
    return isinstance(item, AudioArrived) and bool(np.abs(np.frombuffer(item.frame.pcm, "<i2")).max(initial=0) > 500)


def tells(word: bytes) -> Callable[[RoomItem], bool]:
    return lambda item: isinstance(item, MessageArrived) and word in item.payload


@both_forms
def test_words_go_in_and_a_voice_comes_out(service: Service, form: type[Rooms]) -> None:
    before = sys.getswitchinterval()

    async def play() -> None:
        async with calls(service, form()) as transport:
            async with visit(transport) as room:
                items = room.incoming()
                async for item in items:
                    if tells(b"bot-ready")(item):
                        break
                assert sys.getswitchinterval() < before
                await room.send(UserTextMessage(text="Good evening.").encode())
                async for item in items:
                    if is_loud(item):
                        assert isinstance(item, AudioArrived)
                        assert (item.frame.sample_rate, item.frame.duration) == (48_000, 0.02)
                        assert item.frame.peak == (peak_of(item.frame.pcm) if form is ProcessRooms else None)
                        break
            async for _ in items:  # what had arrived before that, and then it ends
                pass
            with pytest.raises(RoomError):
                await room.send(b"{}")
            await room.aclose()
            assert sys.getswitchinterval() == before

    asyncio.run(play())


@both_forms
def test_the_players_voice_is_heard(service: Service, livekit_server: LiveKitServer, form: type[Rooms]) -> None:
    async def play() -> None:
        async with calls(service, form()) as transport:
            response = await transport.connect(REQUEST)
            assert response.room_name is not None
            ear = await LiveKitRooms().join(livekit_server.url, token(livekit_server, response.room_name, "ear"))
            room = await transport.join(response)
            speaking = asyncio.create_task(speak(room))
            try:
                await until(ear, is_loud)
            finally:
                speaking.cancel()
                await asyncio.wait({speaking})
                await room.aclose()
                await ear.aclose()

    asyncio.run(play())


async def speak(room: Room) -> None:
    """A loud tone until cancelled."""
    tone = (8000 * np.sin(2 * np.pi * 300 * np.arange(960) / 48_000)).astype("<i2").tobytes()
    while True:
        await room.publish(AudioFrame(tone))
        await asyncio.sleep(0.02)


@both_forms
def test_a_join_that_is_refused_says_so_without_the_token(service: Service, form: type[Rooms]) -> None:
    async def play() -> None:
        async with calls(service, form()) as transport:
            response = await transport.connect(REQUEST)
            rooms = transport.rooms
            with pytest.raises(JoinError) as refusal:
                await rooms.join(response.room_url, "no-token-at-all")
            assert "no-token" not in str(refusal.value)
            with pytest.raises(JoinError, match="not encrypted"):
                await rooms.join("ws://rooms.example.com", "token")
            room = await transport.join(response)  # and the next one is let in
            await room.aclose()

    asyncio.run(play())


@both_forms
def test_a_join_that_is_given_up_leaves_nobody_there(
    service: Service, livekit_server: LiveKitServer, form: type[Rooms]
) -> None:
    """LiveKit ends its whole process some seconds after a join whose outcome nobody took."""

    async def play() -> None:
        address = livekit_server.url.replace("ws:", "http:")
        async with (
            calls(service, form()) as transport,
            api.LiveKitAPI(address, livekit_server.key, livekit_server.secret) as server,
        ):
            await transport.prepare()
            for after in (0.0, 0.02, 0.03, 0.04, 0.05):
                name = f"given-up-{uuid4()}"
                way_in = token(livekit_server, name, "x")
                joining = asyncio.create_task(transport.rooms.join(livekit_server.url, way_in))
                await asyncio.sleep(after)
                joining.cancel()
                await asyncio.wait({joining})
                if not joining.cancelled():
                    await joining.result().aclose()
                asked = api.ListParticipantsRequest(room=name)
                async with asyncio.timeout(10.0):  # the server needs a moment to notice
                    while (await server.room.list_participants(asked)).participants:  # noqa: ASYNC110 - only asking tells
                        await asyncio.sleep(0)

    asyncio.run(play())


def test_livekit_is_not_imported_in_the_game(service: Service) -> None:
    program = (
        "import asyncio, sys\n"
        "from convai_panda import CloudTransport\n"
        "from convai_panda.protocol.connect import ConnectRequest\n"
        "async def play():\n"
        "    transport = CloudTransport()\n"
        "    await transport.prepare()\n"
        f"    response = await transport.connect(ConnectRequest.build(character_id={GUARD!r}))\n"
        "    room = await transport.join(response)\n"
        "    async for item in room.incoming():\n"
        "        break\n"
        "    await room.aclose()\n"
        "    await transport.aclose()\n"
        "asyncio.run(play())\n"
        "raise SystemExit('livekit' in sys.modules)\n"
    )
    environment = {**os.environ, "CONVAI_URL": service.url, "CONVAI_API_KEY": service.api_key}
    outcome = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr


def test_a_process_that_has_grown_is_replaced_between_visits(service: Service) -> None:
    async def play() -> None:
        rooms = ProcessRooms(limits=Limits(visits=2))
        async with calls(service, rooms) as transport:
            pids = []
            for _ in range(3):
                async with visit(transport), visit(transport):
                    assert rooms.child is not None
                    pids.append(rooms.child.pid)
        assert len(set(pids)) == 3
        assert [pid for pid in pids if is_running(pid)] == []

    asyncio.run(play())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_all_rooms_of_a_process_are_lost_with_it(service: Service, number: signal.Signals) -> None:
    async def play() -> None:
        rooms = ProcessRooms()
        async with calls(service, rooms) as transport:
            async with visit(transport) as one, visit(transport) as other:
                assert rooms.child is not None
                await until(one, tells(b"bot-ready"))
                os.kill(rooms.child.pid, number)
                for room in (one, other):
                    with pytest.raises(RoomLost) as loss:
                        await until(room, lambda item: False)
                    assert loss.value.is_transient
                    with pytest.raises(RoomLost):
                        await room.send(b"{}")
                async with asyncio.timeout(10.0):  # the next one is started before anybody comes back
                    while rooms.started < 2:  # noqa: ASYNC110 - another process becomes ready
                        await asyncio.sleep(0.01)
            async with visit(transport) as room:
                await until(room, tells(b"bot-ready"))

    asyncio.run(play())


class Evening(Village):
    """The village, where the guard is in a real room."""

    def __init__(self, base: ShowBase, convai: Convai, transport: Calls, rooms: ProcessRooms) -> None:
        super().__init__(base, convai)
        self.transport = transport
        self.rooms = rooms

    @property
    def pid(self) -> int:
        """The rooms' process."""
        assert self.rooms.child is not None
        return self.rooms.child.pid

    def heard(self) -> int:
        return len(self.told(SpeechFinished, self.guard))


@pytest.fixture
def evening(base: ShowBase, service: Service) -> Iterator[Evening]:
    rooms = ProcessRooms()
    transport = service.transport(rooms)
    player = base.render.attach_new_node("player")
    convai = Convai(
        base,
        transport=transport,
        voice=SilentVoice(),
        listener=player,
        proximity=Nearest(linger=0.5),
        continuity=MemoryContinuity(),
    )
    evening = Evening(base, convai, transport, rooms)
    evening.listen()
    evening.stand(0.0, -2.0)
    yield evening
    convai.destroy()
    base.ignore_all()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_character_whose_process_ends_in_mid_sentence_speaks_again(evening: Evening, number: signal.Signals) -> None:
    guard = evening.guard
    evening.until(lambda: evening.heard() == 1)
    guard.say("My name is Bartholomew.")
    evening.until(lambda: guard.is_speaking)
    pid = evening.pid
    os.kill(pid, number)
    evening.until(lambda: evening.told(Failed))
    guard.say("What is my name?")
    evening.until(lambda: any("Your name is Bartholomew" in line for _, line in evening.lines(guard)))
    evening.until(lambda: not guard.is_speaking)
    assert evening.lines(guard).count((Speaker.PLAYER, "What is my name?")) == 1
    assert [failed.will_retry for failed in evening.told(Failed)] == [True]
    assert isinstance(evening.told(Failed)[0].error, RoomLost)
    assert len(evening.transport.conversations) == 2
    assert len(set(evening.transport.conversations)) == 1
    assert evening.pid != pid
    assert not is_running(pid)


def test_two_characters_share_the_process_and_leaving_ends_neither(evening: Evening) -> None:
    evening.until(lambda: evening.heard() == 1)
    pid = evening.pid
    evening.stand(20.0, -2.0)
    evening.until(lambda: evening.told(SpeechFinished, evening.smith))
    assert evening.pid == pid


VISIT = """
import asyncio
from convai_panda import CloudTransport
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.protocol.client import ClientReady
from convai_panda.transport.process import ProcessRooms

async def play():
    rooms = ProcessRooms()
    transport = CloudTransport(rooms=rooms)
    room = await transport.join(await transport.connect(ConnectRequest.build(character_id={character!r})))
    await room.send(ClientReady().encode())
    print(rooms.child.pid, flush=True)
    async for item in room.incoming():
        pass

asyncio.run(play())
"""


def test_a_game_that_is_killed_leaves_no_process(service: Service) -> None:
    environment = {**os.environ, "CONVAI_URL": service.url, "CONVAI_API_KEY": service.api_key}
    program = VISIT.format(character=GUARD)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment) as game:
        assert game.stdout is not None
        pid = int(game.stdout.readline())
        assert is_running(pid)
        game.kill()
        seconds_until_gone(pid, within=2.0)
