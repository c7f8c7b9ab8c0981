"""One simulated character as a participant of a LiveKit room. Runs on the asyncio loop of its LiveKitStage.

Like pipecat's bots: one audio track, data messages without a topic (by default), a sender's queue of a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING

from ..audio.frame import SAMPLE_RATE, AudioFrame
from ..transport.livekit import _load_livekit
from .actor import Actor, Ending
from .agenda import Output
from .behaviour import Behaviour
from .glance import glance_at
from .line import Line
from .service import Visit
from .sight import DEFAULT_TRACK
from .trouble import Trouble

if TYPE_CHECKING:
    from livekit import rtc as lk

_log = logging.getLogger(__name__)

_FINISH_LIMIT = 2.0  # s that a track which is no longer wanted gets to come about

_QUEUE = 1.0  # s of sound that the sender holds, as a pipecat bot's does
_FLUSH = 0.25  # s: a message that was sent last is lost if its room is closed in the same moment
_MARGIN = 0.06  # s of the queue left free, so that handing over a frame never waits
_ARRIVAL_LIMIT = 60.0  # s that a bot waits for its player
_RETURN_LIMIT = 10.0  # s that it waits for a player whose network was lost
_TRACK_NAME = "pipecat-audio"
_FRAME_MS = 20
_CARRIED = 64_000  # bytes of a message that LiveKit takes
_LARGEST = 60_000  # bytes of a message of the faulty kind


class Bot:
    """One bot participant."""

    def __init__(self, visit: Visit, behaviour: Behaviour, trouble: Trouble) -> None:
        self._rtc = _load_livekit()
        self._visit = visit
        self._behaviour = behaviour
        self._trouble = trouble
        self._room: lk.Room = self._rtc.Room()
        self._actor: Actor | Line | None = None
        self._source: asyncio.Task[lk.AudioSource] | None = None  # published or about to be
        self._topic = "rtvi" if behaviour.dialect.topic == "rtvi" else ""
        self._wake = asyncio.Event()
        self._camera_name = visit.request.video_track_name or DEFAULT_TRACK
        self._ears: dict[str, asyncio.Task[None]] = {}  # and eyes
        self._is_over = False
        self._left_at: float | None = time.monotonic()  # since when no player is there
        self._patience = _ARRIVAL_LIMIT

    @property
    def ending(self) -> Ending | None:
        """Why the visit is over, where that was not the player's doing."""
        return self._actor.ending if self._actor is not None else None

    @property
    def is_alone(self) -> bool:
        """Whether no player is in the room."""
        return self._left_at is not None

    async def join(self, url: str, token: str) -> None:
        """Enter the room; the handlers are there first, so that nothing is missed."""
        room = self._room
        room.on("data_received", self._on_data)
        room.on("track_subscribed", self._on_track)
        room.on("participant_connected", self._on_arrival)
        room.on("participant_disconnected", self._on_departure)
        room.on("disconnected", self._on_disconnected)
        await room.connect(url, token, self._rtc.RoomOptions(auto_subscribe=True))
        for participant in room.remote_participants.values():
            self._on_arrival(participant)

    async def play(self) -> None:
        """Pass on what the actor has to say until the player or the service ends the visit."""
        while not self._is_over:
            self._wake.clear()
            now = time.monotonic()
            if self._actor is not None:
                for output in self._actor.advance(now):
                    await self._pass_on(output)
                if self._actor.ending is not None:
                    if self._actor.ending is Ending.IDLE:
                        await asyncio.sleep(_FLUSH)
                    return
            if self._left_at is not None and now >= self._left_at + self._patience:
                return
            await self._until_something_is_due()

    async def leave(self) -> None:
        """Let go of streams, tracks and the room."""
        tasks = tuple(self._ears.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._source is not None:
            # A room that is left while a track is being negotiated makes the native part complain.
            await asyncio.wait([self._source], timeout=_FINISH_LIMIT)
        await self._room.disconnect()
        if self._source is not None and self._source.done() and not self._source.exception():
            await self._source.result().aclose()

    async def _send(self, message: bytes) -> None:
        try:
            await self._room.local_participant.publish_data(message, reliable=True, topic=self._topic)
        except self._rtc.participant.PublishDataError:
            if len(message) <= _CARRIED:
                raise
            # Such as a chunk of very many frames; a pipecat bot goes on without it, too.
            _log.warning("A message of %d bytes was lost: LiveKit carries %d.", len(message), _CARRIED)

    async def _pass_on(self, output: Output) -> None:
        match output:
            case bytes():
                await self._send(output)
            case AudioFrame():
                source = await self._voice()
                await source.capture_frame(
                    self._rtc.AudioFrame(
                        data=output.pcm,
                        sample_rate=output.sample_rate,
                        num_channels=1,
                        samples_per_channel=output.samples,
                    )
                )
            case _:
                if self._source is not None:
                    (await self._source).clear_queue()

    def _voice(self) -> asyncio.Task[lk.AudioSource]:
        if self._source is None:
            self._source = asyncio.create_task(self._publish_voice(), name="convai-bot-voice")
        return self._source

    async def _publish_voice(self) -> lk.AudioSource:
        rtc = self._rtc
        source: lk.AudioSource = rtc.AudioSource(SAMPLE_RATE, 1, queue_size_ms=round(1000 * _QUEUE))
        track = rtc.LocalAudioTrack.create_audio_track(_TRACK_NAME, source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self._room.local_participant.publish_track(track, options)
        return source

    async def _watch(self, track: lk.Track, identity: str) -> None:
        stream = self._rtc.VideoStream(track, capacity=2, format=self._rtc.VideoBufferType.BGRA)
        try:
            async for event in stream:
                if self._actor is not None:
                    frame = event.frame
                    glance = glance_at(bytes(frame.data), frame.width, frame.height)
                    self._actor.see(glance, time.monotonic(), source=identity)
        finally:
            await stream.aclose()
            if self._actor is not None:
                self._actor.lose_sight()

    async def _until_something_is_due(self) -> None:
        due = self._actor.next_time if self._actor is not None else None
        if self._left_at is not None:
            gone = self._left_at + self._patience
            due = gone if due is None else min(due, gone)
        wait = None if due is None else max(0.0, due - time.monotonic())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._wake.wait()

    async def _listen(self, track: lk.Track) -> None:
        stream = self._rtc.AudioStream(
            track, capacity=50, sample_rate=SAMPLE_RATE, num_channels=1, frame_size_ms=_FRAME_MS
        )
        try:
            async for event in stream:
                if self._actor is not None:
                    self._actor.hear(AudioFrame(bytes(event.frame.data)), time.monotonic())
                    self._wake.set()
        finally:
            await stream.aclose()

    def _on_arrival(self, participant: lk.RemoteParticipant) -> None:
        if participant.identity == self._visit.identity:
            self._begin()

    def _begin(self) -> None:
        """The player is there: seen, or heard of by a message."""
        self._left_at = None
        if self._actor is None:
            self._actor = self._trouble.play(
                self._visit,
                self._behaviour,
                now=time.monotonic(),
                sound_ahead=_QUEUE - _MARGIN,
                limit=_LARGEST,
                absence=0.0,
            )
            if not self._behaviour.publishes_late:
                self._voice()  # for a player who is there: publishing costs both sides
        self._wake.set()

    def _on_departure(self, participant: lk.RemoteParticipant) -> None:
        if participant.identity != self._visit.identity:
            return
        # Who leaves on purpose is gone; whose network was lost may come back.
        self._left_at = time.monotonic()
        is_on_purpose = participant.disconnect_reason == self._rtc.DisconnectReason.CLIENT_INITIATED
        self._patience = 0.0 if is_on_purpose else _RETURN_LIMIT
        self._wake.set()

    def _on_data(self, packet: lk.DataPacket) -> None:
        # The sender may be unknown for the first messages, so only the payload counts. A message may also be the
        # first sign of a player: LiveKit tells of participants without tracks only every three seconds.
        if self._actor is None:
            self._begin()
        if self._actor is not None:
            self._actor.receive(bytes(packet.data), time.monotonic())
        self._wake.set()

    def _on_track(
        self, track: lk.Track, publication: lk.RemoteTrackPublication, participant: lk.RemoteParticipant
    ) -> None:
        if track.sid in self._ears:
            return
        if track.kind == self._rtc.TrackKind.KIND_AUDIO:
            task = asyncio.create_task(self._listen(track), name="convai-bot-ear")
        elif publication.name == self._camera_name:
            task = asyncio.create_task(self._watch(track, participant.identity), name="convai-bot-eye")
        else:
            return
        self._ears[track.sid] = task
        task.add_done_callback(lambda _: self._ears.pop(track.sid, None))

    def _on_disconnected(self, reason: int) -> None:
        self._is_over = True
        self._wake.set()
