"""Characters that do nothing but hum, in a process of their own: ``python -m tests.benchmarks.senders``.

A service as light as can be, because what it takes of two cores is missing in what is measured: POST /connect, a
livekit-server, and for each room a participant that publishes a steady tone and answers client-ready. Which tone
is in the last digits of the character's id. With an argument each 10 ms of sound are sent up to so many seconds late.
"""

import asyncio
import json
import random
import signal
import sys
import uuid

import numpy as np
from aiohttp import web
from livekit import api, rtc

from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.transport.livekit import _load_livekit

TONES = [600 + 750 * number for number in range(8)]  # Hz: told apart by P2's windows
_KEY = "benchmark"
_BLOCK = 4_800  # samples: 100 ms, so that Python has little to do
_QUEUE_MS = 400
_LATE_BLOCK = 480  # samples: all that a source without a queue of its own takes at a time
_LEVEL = 2_000  # sample value


def character_id(number: int) -> str:
    """The character that hums the tone of this number."""
    return f"00000000-0000-4000-8000-{number + 1:012d}"


class Hummer:
    """One character in one room."""

    def __init__(self, number: int, lateness: float = 0.0) -> None:
        hertz = TONES[number % len(TONES)]
        self._wave = (_LEVEL * np.sin(2 * np.pi * hertz * np.arange(48_000) / 48_000)).astype("<i2").tobytes()
        self._lateness = lateness
        self._room = rtc.Room()
        self._is_over = asyncio.Event()
        self._answers: set[asyncio.Task[None]] = set()

    async def hum(self, url: str, token: str, ready: asyncio.Event) -> None:
        """Until the player leaves."""
        room = self._room
        room.on("data_received", self._on_data)
        room.on("participant_disconnected", lambda participant: self._is_over.set())
        room.on("disconnected", lambda reason: self._is_over.set())
        await room.connect(url, token, rtc.RoomOptions(auto_subscribe=False))
        source = rtc.AudioSource(48_000, 1, queue_size_ms=0 if self._lateness else _QUEUE_MS)
        track = rtc.LocalAudioTrack.create_audio_track("voice", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
        await room.local_participant.publish_track(track, options)
        ready.set()
        await (self._send_late(source) if self._lateness else self._send(source))
        await room.disconnect()
        await source.aclose()

    async def _send(self, source: rtc.AudioSource) -> None:
        """As fast as the source takes it, which is evenly."""
        at = 0
        while not self._is_over.is_set():
            await source.capture_frame(self._frame(at, _BLOCK))
            at += _BLOCK

    async def _send_late(self, source: rtc.AudioSource) -> None:
        """Each block at its time or later, in their order: what is late holds up what comes after it."""
        clock, chance = asyncio.get_running_loop(), random.Random(2)
        at, began, due = 0, clock.time(), 0.0
        while not self._is_over.is_set():
            due = max(due, began + at / 48_000 + chance.uniform(0.0, self._lateness))
            await asyncio.sleep(max(0.0, due - clock.time()))
            await source.capture_frame(self._frame(at, _LATE_BLOCK))
            at += _LATE_BLOCK

    def _frame(self, at: int, samples: int) -> rtc.AudioFrame:
        at %= 48_000
        return rtc.AudioFrame(self._wave[at * 2 : (at + samples) * 2], 48_000, 1, samples)

    def _on_data(self, packet: rtc.DataPacket) -> None:
        message = json.loads(packet.data)
        if message.get("type") == "client-ready":
            answer = {"label": "rtvi-ai", "type": "bot-ready", "id": message["id"], "data": {"version": "1.2.0"}}
            task = asyncio.create_task(self._room.local_participant.publish_data(json.dumps(answer), reliable=True))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)


class _Service:
    def __init__(self, server: LiveKitServer, lateness: float) -> None:
        self._server = server
        self._lateness = lateness
        self._humming: set[asyncio.Task[None]] = set()

    async def connect(self, request: web.Request) -> web.Response:
        """The way into a new room, in which the character hums already."""
        asked = await request.json()
        name, ready = str(uuid.uuid4()), asyncio.Event()
        hummer = Hummer(int(asked["character_id"][-3:]) - 1, self._lateness)
        task = asyncio.create_task(hummer.hum(self._server.url, self._token(name, "character"), ready))
        self._humming.add(task)
        task.add_done_callback(self._humming.discard)
        await ready.wait()
        answer = {
            "room_url": self._server.url,
            "token": self._token(name, "player"),
            "character_session_id": asked.get("character_session_id") or str(uuid.uuid4()),
        }
        return web.json_response(answer)

    def _token(self, room: str, identity: str) -> str:
        grants = api.VideoGrants(room_join=True, room=room)
        token = api.AccessToken(self._server.key, self._server.secret).with_identity(identity).with_grants(grants)
        return token.to_jwt()


async def _serve(server: LiveKitServer, lateness: float) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    application = web.Application()
    application.router.add_post("/connect", _Service(server, lateness).connect)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    print(json.dumps({"connect_url": f"http://127.0.0.1:{port}", "api_key": _KEY}), flush=True)
    await ended.wait()
    await runner.cleanup()


if __name__ == "__main__":
    _load_livekit()  # without its debug log
    with LiveKitServer() as livekit:
        asyncio.run(_serve(livekit, float(sys.argv[1]) if len(sys.argv) > 1 else 0.0))
