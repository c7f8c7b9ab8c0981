"""Characters that do nothing but hum, in a process of their own: ``python -m tests.benchmarks.senders``.

A service as light as can be, because what it takes of two cores is missing in what is measured: POST /connect, a
livekit-server, and for each room a participant that publishes a steady tone and answers client-ready. Which tone
is in the last digits of the character's id.
"""

import asyncio
import json
import signal
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
_LEVEL = 2_000  # sample value


def character_id(number: int) -> str:
    """The character that hums the tone of this number."""
    return f"00000000-0000-4000-8000-{number + 1:012d}"


class Hummer:
    """One character in one room."""

    def __init__(self, number: int) -> None:
        hertz = TONES[number % len(TONES)]
        self._wave = (_LEVEL * np.sin(2 * np.pi * hertz * np.arange(48_000) / 48_000)).astype("<i2").tobytes()
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
        source = rtc.AudioSource(48_000, 1, queue_size_ms=_QUEUE_MS)
        track = rtc.LocalAudioTrack.create_audio_track("voice", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
        await room.local_participant.publish_track(track, options)
        ready.set()
        at = 0
        while not self._is_over.is_set():
            pcm = self._wave[at * 2 : (at + _BLOCK) * 2]
            at = (at + _BLOCK) % 48_000
            await source.capture_frame(rtc.AudioFrame(pcm, 48_000, 1, _BLOCK))
        await room.disconnect()
        await source.aclose()

    def _on_data(self, packet: rtc.DataPacket) -> None:
        message = json.loads(packet.data)
        if message.get("type") == "client-ready":
            answer = {"label": "rtvi-ai", "type": "bot-ready", "id": message["id"], "data": {"version": "1.2.0"}}
            task = asyncio.create_task(self._room.local_participant.publish_data(json.dumps(answer), reliable=True))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)


class _Service:
    def __init__(self, server: LiveKitServer) -> None:
        self._server = server
        self._humming: set[asyncio.Task[None]] = set()

    async def connect(self, request: web.Request) -> web.Response:
        """The way into a new room, in which the character hums already."""
        asked = await request.json()
        name, ready = str(uuid.uuid4()), asyncio.Event()
        hummer = Hummer(int(asked["character_id"][-3:]) - 1)
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


async def _serve(server: LiveKitServer) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    application = web.Application()
    application.router.add_post("/connect", _Service(server).connect)
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
        asyncio.run(_serve(livekit))
