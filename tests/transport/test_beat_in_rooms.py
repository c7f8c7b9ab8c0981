"""Voices of real rooms that are brought to come at once: not a sample is lost, or heard twice."""

import asyncio
import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import numpy as np
import pytest
from livekit import rtc

from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.transport.base import AudioArrived, RoomItem, TrackEnded
from convai_panda.transport.beat import Beat
from convai_panda.transport.livekit import TrackStream
from convai_panda.transport.process import ProcessRooms

from .conftest import token, until

pytestmark = [pytest.mark.livekit, pytest.mark.timeout(120)]

NOISE = np.random.default_rng(2).integers(-3_000, 3_000, 48_000 * 5).astype("<i2")
BLOCK = 4_800  # samples


@asynccontextmanager
async def noise(server: LiveKitServer) -> AsyncIterator[rtc.Track]:
    """A track without two moments that are the same, as somebody hears it in a room of its own."""
    name = str(uuid4())
    async with entered(server, name) as speaker, entered(server, name) as listener:
        subscribed: asyncio.Future[rtc.Track] = asyncio.get_running_loop().create_future()
        listener.on("track_subscribed", lambda track, *_: subscribed.set_result(track))
        source = rtc.AudioSource(48_000, 1, queue_size_ms=400)
        track = rtc.LocalAudioTrack.create_audio_track("voice", source)
        await speaker.local_participant.publish_track(track)
        speaking = asyncio.create_task(speak(source))
        try:
            yield await subscribed
        finally:
            speaking.cancel()
            await asyncio.wait({speaking})
            await source.aclose()


@asynccontextmanager
async def entered(server: LiveKitServer, name: str) -> AsyncIterator[rtc.Room]:
    room = rtc.Room()
    await room.connect(server.url, token(server, name, str(uuid4())))
    try:
        yield room
    finally:
        await room.disconnect()


async def speak(source: rtc.AudioSource) -> None:
    while True:
        for at in range(0, len(NOISE), BLOCK):
            await source.capture_frame(rtc.AudioFrame(NOISE[at : at + BLOCK].tobytes(), 48_000, 1, BLOCK))


class Reader:
    """What one voice gives, and when."""

    def __init__(self, track: rtc.Track) -> None:
        self.track = track
        self._news = asyncio.Event()
        self.opened = 0
        self.pcm = b""
        self.times: list[float] = []

    def open(self) -> TrackStream:
        self.opened += 1
        return TrackStream(rtc, self.track)

    def take(self, pcm: bytes) -> None:
        self.pcm += pcm
        self.times.append(asyncio.get_running_loop().time())
        self._news.set()

    async def more(self, frames: int) -> None:
        """Wait for so many more."""
        there = len(self.times) + frames
        while len(self.times) < there:
            self._news.clear()
            await self._news.wait()

    def lag(self, other: "Reader") -> float:
        """Seconds, of the last frames, to the nearest one of the other."""
        return statistics.median(min(abs(mine - its) for its in other.times[-30:]) for mine in self.times[-15:-5])


async def record(track: rtc.Track, whole: Reader) -> None:
    """At each of LiveKit's moments."""
    stream = rtc.AudioStream(track, sample_rate=48_000, num_channels=1, frame_size_ms=10)
    try:
        async for event in stream:
            whole.take(bytes(event.frame.data))
    finally:
        await stream.aclose()


def test_a_voice_is_brought_to_the_beat_of_another_without_a_seam(livekit_server: LiveKitServer) -> None:
    async def listen() -> None:
        async with noise(livekit_server) as one, noise(livekit_server) as other:
            beat, first, whole = Beat(), Reader(one), Reader(other)
            listening = {
                asyncio.create_task(beat.read(first.open, first.take)),
                asyncio.create_task(record(other, whole)),
            }
            try:
                second = await brought_to_the_beat(beat, first, whole)
                assert second.pcm in whole.pcm
            finally:
                for task in listening:
                    task.cancel()
                await asyncio.wait(listening)

    asyncio.run(listen())


async def brought_to_the_beat(beat: Beat, first: Reader, whole: Reader) -> Reader:
    """A voice whose stream was opened on the other half, and replaced; where it was not, another."""
    for moments in range(20):
        await first.more(1)
        await whole.more(1 + moments % 2)  # one of the two is the other half
        second = Reader(whole.track)
        reading = asyncio.create_task(beat.read(second.open, second.take))
        try:
            await second.more(80)
        finally:
            reading.cancel()
            await asyncio.wait({reading})
        if second.opened > 1 and second.lag(first) < 0.005:
            return second
    pytest.fail("No voice was brought to the beat.")


def is_of(kind: type[AudioArrived | TrackEnded], track: str) -> Callable[[RoomItem], bool]:
    return lambda item: isinstance(item, kind) and item.track == track


def test_a_track_that_is_taken_back_has_ended(livekit_server: LiveKitServer) -> None:
    async def listen() -> None:
        name, rooms = str(uuid4()), ProcessRooms()
        async with entered(livekit_server, name) as speaker:
            room = await rooms.join(livekit_server.url, token(livekit_server, name, "player"))
            source = rtc.AudioSource(48_000, 1, queue_size_ms=400)
            speaking = asyncio.create_task(speak(source))
            try:
                for _ in range(2):
                    track = rtc.LocalAudioTrack.create_audio_track("voice", source)
                    published = await speaker.local_participant.publish_track(track)
                    await until(room, is_of(AudioArrived, published.sid))
                    await speaker.local_participant.unpublish_track(published.sid)
                    await until(room, is_of(TrackEnded, published.sid))
            finally:
                speaking.cancel()
                await asyncio.wait({speaking})
                await room.aclose()
                await rooms.aclose()
                await source.aclose()

    asyncio.run(listen())
