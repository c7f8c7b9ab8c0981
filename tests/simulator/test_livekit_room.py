"""A visit in a real LiveKit room, with a client written here on plain livekit.rtc: nothing of ours on this side."""

import asyncio
import json
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import numpy as np
import pytest
from livekit import rtc

from convai_panda.simulator.http import LiveKitAccess, SimulatorService
from convai_panda.simulator.livekit_server import LiveKitServer

from .stage import CHARACTER, Heard, read

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
async def service_on(server: LiveKitServer) -> AsyncIterator[SimulatorService]:
    access = LiveKitAccess(url=server.url, key=server.key, secret=server.secret)
    async with SimulatorService(access, api_keys=("good",)) as service:
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
