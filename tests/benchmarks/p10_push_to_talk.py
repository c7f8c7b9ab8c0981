"""P10: from the push-to-talk key to the first sample in a real room, and what is lost of a word begun before it.

Frames of 10 ms come in real time; a burst begins 100 ms before the press. A second participant of the room hears it;
each trial has a room of its own, so that the track is published with the press, beside the same without a pre-roll.
"""

import asyncio
import statistics
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from livekit import api

from convai_panda import AudioFrame, TalkMode
from convai_panda.audio.talk_gate import TalkGate
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.transport.base import AudioArrived, Room
from convai_panda.transport.livekit import LiveKitRooms
from convai_panda.transport.process import ProcessRooms

from .figure import Figure

_ROUNDS = 5
_PIECE = 480  # samples: 10 ms
_BURST = range(100, 130)  # frames: 300 ms of tone
_PRESS = 110  # frame: 100 ms after the burst has begun
_END = 220  # frames
_AUDIBLE = 2000  # sample value; the tone has 8000
_EDGE = 10.0  # ms of the burst that a codec's soft edges may cost


class _Trial(NamedTuple):
    delay: float  # ms from the press to the first sample
    heard: float  # ms of the burst


def measure() -> list[Figure]:
    """Alternating trials; medians of the delay, the worst of what was heard."""
    with LiveKitServer() as server:
        ours, bare = asyncio.run(_all(server))
    burst = len(_BURST) * 10.0
    delay, heard = statistics.median(trial.delay for trial in ours), min(trial.heard for trial in ours)
    bare_delay, bare_heard = statistics.median(trial.delay for trial in bare), max(trial.heard for trial in bare)
    return [
        Figure(
            "P10",
            f"press to first sample in the room, median of {_ROUNDS}",
            f"{delay:.0f} ms",
            f"no pre-roll: {bare_delay:.0f} ms",
            f"{delay / bare_delay:.2f}",
            "",
        ),
        Figure(
            "P10",
            f"heard of a burst of {burst:.0f} ms that began before the press, worst",
            f"{heard:.0f} ms",
            f"no pre-roll, best: {bare_heard:.0f} ms",
            f"{heard / bare_heard:.2f}",
            f">= {burst - _EDGE:.0f} ms",
            heard >= burst - _EDGE,
        ),
    ]


async def _all(server: LiveKitServer) -> tuple[list[_Trial], list[_Trial]]:
    rooms, ours, bare = ProcessRooms(), list[_Trial](), list[_Trial]()
    await rooms.prepare()
    try:
        for number in range(_ROUNDS):
            ours.append(await _trial(server, rooms, f"ours-{number}", pre_roll=0.3))
            bare.append(await _trial(server, rooms, f"bare-{number}", pre_roll=0.0))
    finally:
        await rooms.aclose()
    return ours, bare


async def _trial(server: LiveKitServer, rooms: ProcessRooms, name: str, *, pre_roll: float) -> _Trial:
    ear = await LiveKitRooms().join(server.url, _token(server, name, "ear"))
    room = await rooms.join(server.url, _token(server, name, "player"))
    first, loud = 0.0, 0
    loop = asyncio.get_running_loop()

    async def listen() -> None:
        nonlocal first, loud
        async for item in ear.incoming():
            if isinstance(item, AudioArrived):
                samples = np.abs(np.frombuffer(item.frame.pcm, "<i2").astype(np.int32))
                milliseconds = int((samples.reshape(-1, 48).max(axis=1) > _AUDIBLE).sum())
                loud += milliseconds
                first = first or (loop.time() if milliseconds else 0.0)

    listening = asyncio.create_task(listen())
    try:
        pressed = await _speak(room, pre_roll=pre_roll)
        await asyncio.sleep(0.3)
    finally:
        listening.cancel()
        await room.aclose()
        await ear.aclose()
    return _Trial(1000.0 * (first - pressed), float(loud))


async def _speak(room: Room, *, pre_roll: float) -> float:
    loop = asyncio.get_running_loop()
    gate = TalkGate(TalkMode.PUSH_TO_TALK, pre_roll=pre_roll, tail=0.3)
    tone = (8000 * np.sin(np.arange(_PIECE) * 2 * np.pi * 5 / _PIECE)).astype("<i2").tobytes()
    due, pressed = loop.time(), 0.0
    for index in range(_END):
        if index == _PRESS:
            pressed = loop.time()
            gate.press()
        for frame in gate.take(AudioFrame(tone if index in _BURST else bytes(2 * _PIECE))):
            await room.publish(frame)
        due += 0.010
        await asyncio.sleep(due - loop.time())
    return pressed


def _token(server: LiveKitServer, room: str, identity: str) -> str:
    grants = api.VideoGrants(room_join=True, room=room)
    token = api.AccessToken(server.key, server.secret).with_identity(identity).with_grants(grants)
    return token.with_ttl(timedelta(minutes=5)).to_jwt()
