"""A visit in a real LiveKit room, with a client written here on plain livekit.rtc: nothing of ours on this side."""

import asyncio
import json
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from typing import Any, Self
from urllib.parse import urlsplit

import numpy as np
import pytest
from livekit import api, rtc

from convai_panda.simulator import Behaviour
from convai_panda.simulator.clip import Clip
from convai_panda.simulator.http import LiveKitAccess, SimulatorService
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.simulator.programs import find_synthesizer
from convai_panda.simulator.score import Voice
from convai_panda.simulator.synthesis import Spoken, Synthesizer

from .stage import CHARACTER, Heard, need_program, read

pytestmark = pytest.mark.livekit
AUDIBLE = 0.003  # of full scale: -50 dBFS


class Player:
    """A client in the room: joins, sends JSON, notes messages and the level of what it hears."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer
        self._room = rtc.Room()
        self._ears: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        self.heard: list[Heard] = []
        self.sound: list[tuple[float, float]] = []  # time, level of 20 ms
        self.lost: int | None = None

    async def __aenter__(self) -> Self:
        self._room.on("data_received", self._on_data)
        self._room.on("track_subscribed", self._on_track)
        self._room.on("disconnected", self._on_disconnected)
        await self._room.connect(self._answer["room_url"], self._answer["token"])
        return self

    async def __aexit__(self, *_: object) -> None:
        for ear in self._ears:
            ear.cancel()
        await asyncio.gather(*self._ears, return_exceptions=True)
        await self._room.disconnect()

    async def send(self, kind: str, **data: Any) -> None:
        wire = {"label": "rtvi-ai", "type": kind, "id": f"{kind}-1", "data": data}
        await self._room.local_participant.publish_data(json.dumps(wire).encode(), reliable=True)

    async def until(self, condition: Callable[[], object], limit: float = 15.0) -> None:
        async with asyncio.timeout(limit):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def get_ready(self) -> None:
        """Say client-ready until the bot, which may arrive later than we, has answered."""
        async with asyncio.timeout(15.0):
            while not self.of("bot-ready"):
                await self.send("client-ready", version="1.2.0")
                self._changed.clear()
                await asyncio.wait([asyncio.ensure_future(self._changed.wait())], timeout=0.5)

    def of(self, name: str) -> list[Heard]:
        return [heard for heard in self.heard if heard.name == name]

    def text(self) -> str:
        return "".join(heard.data["text"] for heard in self.of("bot-llm-text"))

    def loud(self) -> list[float]:
        return [when for when, level in self.sound if level > AUDIBLE]

    def _on_data(self, packet: rtc.DataPacket) -> None:
        self.heard.append(read(bytes(packet.data), time.monotonic()))
        self._changed.set()

    def _on_track(self, track: rtc.Track, *_: object) -> None:
        self._ears.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=48_000, num_channels=1, frame_size_ms=20)
        try:
            async for event in stream:
                samples = np.frombuffer(event.frame.data, np.int16) / 32768.0
                self.sound.append((time.monotonic(), float(np.sqrt(np.mean(samples**2)))))
                self._changed.set()
        finally:
            await stream.aclose()

    def _on_disconnected(self, reason: int) -> None:
        self.lost = reason
        self._changed.set()


def connect(url: str, **fields: Any) -> dict[str, Any]:
    body = json.dumps({"character_id": CHARACTER, **fields}).encode()
    headers = {"X-API-Key": "good", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/connect", data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=10) as response:
        answer: dict[str, Any] = json.loads(response.read())
    return answer


@asynccontextmanager
async def service_on(
    server: LiveKitServer, url: str | None = None, behaviour: Behaviour | None = None
) -> AsyncIterator[SimulatorService]:
    access = LiveKitAccess(url=url or server.url, key=server.key, secret=server.secret)
    async with SimulatorService(access, api_keys=("good",), behaviour=behaviour) as service:
        yield service


def test_a_stranger_client_talks_interrupts_leaves_and_is_remembered(livekit_server: LiveKitServer) -> None:
    async def scene() -> None:
        async with service_on(livekit_server) as service:
            first = await asyncio.to_thread(connect, service.url)
            async with Player(first) as player:
                await player.get_ready()
                await player.send("user_text_message", text="My name is Ana")
                await player.until(lambda: player.of("bot-turn-completed"))
                stopped = player.of("bot-stopped-speaking")[0].time
                await player.until(lambda: player.loud() and player.sound[-1][0] > player.loud()[-1] + 0.4)
                assert "Pleased to meet you, Ana." in player.text()
                # The sender's queue: the sound outlives the words about it.
                assert 0.5 < player.loud()[-1] - stopped < 1.4

                player.heard.clear()
                player.sound.clear()
                await player.send("user_text_message", text="Count slowly with me from one to a hundred, will you?")
                await player.until(lambda: len(player.loud()) > 25)
                told = len(player.of("bot-interrupted"))  # once already: typed words cut in, be it on nothing
                await player.send("interrupt-bot")
                await player.until(lambda: len(player.of("bot-interrupted")) > told)
                cut = player.of("bot-interrupted")[-1].time
                await player.until(lambda: player.of("bot-turn-completed"))
                await player.until(lambda: player.sound[-1][0] > cut + 0.6)
                assert player.of("bot-turn-completed")[0].data["was_interrupted"] is True
                assert player.loud()[-1] - cut < 0.3

            again = await asyncio.to_thread(connect, service.url, character_session_id=first["character_session_id"])
            assert again["room_name"] != first["room_name"]
            async with Player(again) as player:
                await player.get_ready()
                await player.send("user_text_message", text="What is my name?")
                await player.until(lambda: player.of("bot-llm-stopped"))
                assert player.text() == "Your name is Ana."
                await player.send("kill-pipeline")
                await player.until(lambda: player.lost is not None)
                assert player.lost == rtc.DisconnectReason.ROOM_DELETED

    asyncio.run(scene())


def test_a_message_that_is_too_large_for_a_room_does_not_end_the_visit(livekit_server: LiveKitServer) -> None:
    shapes = {"provider": "neurosync", "format": "mha", "chunk_size": 600}

    async def scene() -> None:
        async with service_on(livekit_server) as service:
            answer = await asyncio.to_thread(
                connect, service.url, blendshape_provider="neurosync", blendshape_config=shapes
            )
            async with Player(answer) as player:
                await player.get_ready()
                for each in range(6):  # more than a room carries in one message, and less than a character may know
                    await player.send(
                        "context-update", text="rain " * 2_800, run_llm="false", update_id=f"update-{each}"
                    )
                await player.until(lambda: len(player.of("ack:context-update")) == 6)
                assert [each.data["status"] for each in player.of("ack:context-update")] == ["success"] * 6
                assert "content" not in player.of("ack:context-update")[-1].data["extras"]
                await player.send("user_text_message", text="My name is Ana, and I have come from very far away.")
                await player.until(lambda: player.of("bot-turn-completed"))
                await player.send("user_text_message", text="What is my name?")
                await player.until(lambda: "Your name is Ana." in player.text())

    asyncio.run(scene())


class Noted:
    """Another synthesizer's sentences, noted."""

    def __init__(self, inner: Synthesizer) -> None:
        self._inner = inner
        self.said: list[Spoken] = []

    def prepare(self, sentence: str, voice: Voice) -> None:
        self._inner.prepare(sentence, voice)

    def take(self, sentence: str, voice: Voice) -> Spoken | None:
        spoken = self._inner.take(sentence, voice)
        self.said += [] if spoken is None else [spoken]
        return spoken

    async def aclose(self) -> None:
        await self._inner.aclose()


def test_a_program_speaks_in_a_real_room(livekit_server: LiveKitServer) -> None:
    need_program("espeak-ng")
    synthesizer = Noted(find_synthesizer("espeak-ng"))

    async def scene() -> None:
        behaviour = Behaviour(synthesizer=synthesizer)
        async with service_on(livekit_server, behaviour=behaviour) as service:
            answer = await asyncio.to_thread(connect, service.url)
            async with Player(answer) as player:
                await player.get_ready()
                await player.send("user_text_message", text="My name is Ana")
                await player.until(lambda: player.of("bot-turn-completed"))
                await player.until(lambda: player.loud() and player.sound[-1][0] > player.loud()[-1] + 0.4)
                assert "Pleased to meet you, Ana." in player.text()
                assert synthesizer.said
                assert all(isinstance(each, Clip) for each in synthesizer.said)
                spoken = sum(each.samples for each in synthesizer.said) / 48_000
                assert player.loud()[-1] - player.loud()[0] == pytest.approx(spoken, abs=0.8)

    asyncio.run(scene())


def test_disconnecting_by_http_closes_the_room(livekit_server: LiveKitServer) -> None:
    async def scene() -> None:
        async with service_on(livekit_server) as service:
            answer = await asyncio.to_thread(connect, service.url)
            async with Player(answer) as player:
                await player.get_ready()
                url = f"{service.url}/disconnect?session_id={answer['session_id']}"
                request = urllib.request.Request(url, method="POST")
                (await asyncio.to_thread(urllib.request.urlopen, request)).close()
                await player.until(lambda: player.lost is not None)

    asyncio.run(scene())


class SlowWay:
    """A way to the server on which nothing arrives before ``open``."""

    def __init__(self, server: LiveKitServer) -> None:
        self._port = urlsplit(server.url).port
        self._is_open = asyncio.Event()
        self._connections: set[asyncio.Task[Any]] = set()
        self.used = asyncio.Event()

    def open(self) -> None:
        self._is_open.set()

    @asynccontextmanager
    async def url(self) -> AsyncIterator[str]:
        async with await asyncio.start_server(self._pass_on, "127.0.0.1", 0) as listener:
            yield f"ws://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
            await asyncio.wait(self._connections)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        self.used.set()
        await self._is_open.wait()
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(_copy(reader, back), _copy(there, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer), suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)


def test_a_bot_whose_player_is_gone_before_it_is_there_leaves_nobody_behind(livekit_server: LiveKitServer) -> None:
    """LiveKit ends its whole process ten seconds after a join whose outcome nobody took."""

    async def scene() -> None:
        address = livekit_server.url.replace("ws:", "http:")
        way = SlowWay(livekit_server)
        async with way.url() as url, api.LiveKitAPI(address, livekit_server.key, livekit_server.secret) as server:
            async with service_on(livekit_server, url) as service:
                answer = await asyncio.to_thread(connect, service.url)
                await way.used.wait()
                gone = urllib.request.Request(
                    f"{service.url}/disconnect?session_id={answer['session_id']}", method="POST"
                )
                (await asyncio.to_thread(urllib.request.urlopen, gone)).close()
                way.open()
            asked = api.ListParticipantsRequest(room=answer["room_name"])
            async with asyncio.timeout(8.0):  # the server needs a moment to notice
                while (await server.room.list_participants(asked)).participants:  # noqa: ASYNC110 - only asking tells
                    await asyncio.sleep(0)

    asyncio.run(scene())
