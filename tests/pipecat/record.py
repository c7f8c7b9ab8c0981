"""Record a visit to the bot as it is on the wire, into ``tests/wire``: ``python -m tests.pipecat.record``.

One JSON object a line, ``t`` in seconds: ``phase`` begins a part of the visit, ``client`` and ``bot`` are messages,
``player`` and ``voice`` say when speech begins and ends in the player's track and in the bot's.
"""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from convai_panda import AudioFrame
from convai_panda.protocol.client import (
    ClientMessage,
    ClientReady,
    ForceUserStoppedSpeaking,
    InterruptBot,
    ResetIdleTimer,
    SttToggle,
    UserTextMessage,
)
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.simulator.voice import Voice, speak
from convai_panda.transport.base import AudioArrived, MessageArrived, Room
from convai_panda.transport.cloud import CloudTransport

from .conftest import serve

PATH = Path(__file__).parents[1] / "wire" / "pipecat.jsonl"
REQUEST = {
    "character_id": "7d1f1c0e-0000-4000-8000-0000000000aa",
    "emotion_config": {"provider": "nrclex"},
    "action_config": {"actions": ["Wave"]},
}
SPOKEN = "My name is Bartholomew, my good man."
LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"

FRAME = 0.02  # s
FRAME_BYTES = 1920  # of 48 kHz, mono, s16le
_QUIET = 0.5  # s without sound after which a voice has ended
_AUDIBLE = 0.01  # of full scale
_SECOND = 1.0  # s of its voice after which the bot is cut short


class Visit:
    """One room, and everything that is said in it."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._began = time.monotonic()
        self._news = asyncio.Event()
        self._loud_at: float | None = None
        self.heard = 0.0  # s of the bot's voice, silence not counted
        self.lines: list[dict[str, Any]] = []

    def count(self, kind: str) -> int:
        """How many messages of a type the bot has sent."""
        return sum(line.get("bot", {}).get("type") == kind for line in self.lines)

    @property
    def is_quiet(self) -> bool:
        """Whether the bot's voice has ended."""
        return self._loud_at is None

    def note(self, **what: Any) -> None:
        self.lines.append({"t": round(time.monotonic() - self._began, 3), **what})
        self._news.set()

    async def say(self, message: ClientMessage) -> None:
        payload = message.encode()
        self.note(client=json.loads(payload))
        await self._room.send(payload)

    async def speak(self, pcm: bytes) -> None:
        """In real time."""
        self.note(player="begins")
        due = time.monotonic()
        for at in range(0, len(pcm), FRAME_BYTES):
            await self._room.publish(AudioFrame(pcm[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")))
            due += FRAME
            await asyncio.sleep(due - time.monotonic())
        self.note(player="ends")

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20.0):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def listen(self) -> None:
        async for item in self._room.incoming():
            now = time.monotonic()
            match item:
                case MessageArrived(payload=payload):
                    self.note(bot=json.loads(payload))
                case AudioArrived(frame=frame):
                    samples = np.frombuffer(frame.pcm, "<i2") / 32768.0
                    if np.max(np.abs(samples), initial=0.0) > _AUDIBLE:
                        if self._loud_at is None:
                            self.note(voice="begins")
                        self._loud_at = now
                        self.heard += frame.duration
                        self._news.set()
                    elif self._loud_at is not None and now - self._loud_at > _QUIET:
                        self.lines.append({"t": round(self._loud_at - self._began, 3), "voice": "ends"})
                        self.lines.sort(key=lambda line: line["t"])
                        self._loud_at = None
                        self._news.set()


async def perform(transport: CloudTransport) -> list[dict[str, Any]]:
    """The visit: ready, typed, spoken, cut short, an unknown message; then once more with the same conversation."""
    response = await transport.connect(ConnectRequest.build(**REQUEST))
    lines = await _enter(transport, response, _first)
    again = ConnectRequest.build(**REQUEST, character_session_id=response.character_session_id)
    return lines + await _enter(transport, await transport.connect(again), _second)


async def _enter(transport: CloudTransport, response: Any, play: Callable[[Visit], Any]) -> list[dict[str, Any]]:
    room = await transport.join(response)
    visit = Visit(room)
    listening = asyncio.create_task(visit.listen())
    try:
        await play(visit)
    finally:
        await room.aclose()
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
    return visit.lines


async def _get_ready(visit: Visit) -> None:
    visit.note(phase="ready")
    for number in (1, 2):  # a client that repeats itself is answered twice
        await visit.say(ClientReady())
        await visit.until(lambda number=number: visit.count("bot-ready") == number)


async def _type(visit: Visit, text: str) -> None:
    stopped = visit.count("bot-stopped-speaking")
    await visit.say(UserTextMessage(text=text))
    await visit.until(lambda: visit.count("bot-stopped-speaking") > stopped and visit.is_quiet)


async def _first(visit: Visit) -> None:
    await _get_ready(visit)
    visit.note(phase="typed")
    await _type(visit, "Hello there")
    visit.note(phase="spoken")
    await visit.say(SttToggle(muted=False))
    stopped = visit.count("bot-stopped-speaking")
    await visit.speak(speak(SPOKEN, Voice.of("player")).pcm + bytes(FRAME_BYTES * round(0.8 / FRAME)))
    await visit.until(lambda: visit.count("bot-stopped-speaking") > stopped and visit.is_quiet)
    visit.note(phase="released")
    stopped = visit.count("bot-stopped-speaking")
    await visit.speak(speak(SPOKEN, Voice.of("player")).pcm)
    await visit.say(ForceUserStoppedSpeaking())
    await visit.until(lambda: visit.count("bot-stopped-speaking") > stopped and visit.is_quiet)
    visit.note(phase="cut short")
    heard = visit.heard
    await visit.say(UserTextMessage(text=LONG))
    await visit.until(lambda: visit.heard > heard + _SECOND)
    await visit.say(InterruptBot())
    await visit.until(lambda: visit.count("bot-interrupted") and visit.is_quiet)
    visit.note(phase="idle")
    answered = visit.count("server-response")
    await visit.say(ResetIdleTimer())
    await visit.until(lambda: visit.count("server-response") > answered)


async def _second(visit: Visit) -> None:
    await _get_ready(visit)
    visit.note(phase="typed")
    await _type(visit, "Hello again")


def main() -> None:
    """Run it against a server of its own."""
    with LiveKitServer() as server, contextmanager(serve)(server) as pipecat:
        lines = asyncio.run(perform(pipecat.transport()))
    PATH.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
