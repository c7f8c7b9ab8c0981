"""One visit as a LiveKit room in this process: the only file of the client that knows ``livekit.rtc``.

Runs on the asyncio thread: the game's in the thread form of rooms, the one of their own process in the other.
LiveKit is imported when the first room is joined.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..audio.frame import SAMPLE_RATE, AudioFrame
from ..errors import JoinError, RoomError, RoomLossReason, RoomLost
from .address import is_loopback
from .arrivals import Arrivals
from .base import AudioArrived, MessageArrived, RoomItem, TrackEnded
from .beat import PERIOD, Beat
from .camera import CameraTrack
from .cleaning import Cleaning
from .quiet import QuietLibrary
from .switching import short_interval

if TYPE_CHECKING:
    from types import ModuleType

    from livekit import rtc as lk

    from ..picture import Picture

_log = logging.getLogger(__name__)

_BACKLOG = 100  # frames of 20 ms: older sound than 2 s is no conversation any more
_JOIN_LIMIT = 15.0  # s
_LEAVE_LIMIT = 5.0  # s: LiveKit's own bound
_ALONE_LIMIT = 10.0  # s in a room without a character (Unreal plugin); whoever has no track is seen 3 s late
_LOST_LIMIT = 2.0  # s without LiveKit's server: LiveKit tries at once, and then each five seconds
_AWAY_LIMIT = 2.0  # s after LiveKit has come back by itself: a character that does so as well is there by then


class LiveKitRooms:
    """Joins LiveKit rooms in the process that it is used in.

    In a game this is the thread form of rooms: while any is open, ``sys.setswitchinterval`` is 0.5 ms for the whole
    process, and what it was before once the last one is closed. Plain ``ws`` is refused off the loopback unless
    ``allow_insecure``.
    """

    def __init__(self, *, allow_insecure: bool = False) -> None:
        self._allow_insecure = allow_insecure
        self._stragglers: set[asyncio.Task[None]] = set()
        self._beat = Beat()
        self._cleaning = Cleaning()  # one microphone for all rooms: how the player's room sounds is learnt once

    async def prepare(self) -> None:
        """Load LiveKit ahead of the first join."""
        try:
            await self.load()
        except JoinError as error:
            _log.warning("%s", error)

    async def load(self) -> None:
        """Load LiveKit, as ``prepare`` does. Raises JoinError."""
        await asyncio.to_thread(_load_livekit)

    async def join(self, url: str, token: str) -> LiveKitRoom:
        """Enter the room that the token names. Raises JoinError."""
        self._check_url(url)
        rtc = _load_livekit()
        room = LiveKitRoom(rtc, self._stragglers, self._cleaning, self._beat)
        try:
            async with asyncio.timeout(_JOIN_LIMIT):
                await room.enter(url, token)
        except TimeoutError:
            failure = f"LiveKit at {_host(url)} did not answer within {_JOIN_LIMIT:.0f} s."
        except rtc.ConnectError:
            # Its own text can quote the URL with the token in it.
            failure = f"LiveKit at {_host(url)} refused the join or cannot be reached."
        except BaseException:
            await room.aclose()
            raise
        else:
            return room
        await room.aclose()
        raise JoinError(failure)  # out here, so that it does not carry LiveKit's own

    async def aclose(self) -> None:
        """Wait a while for joins that were given up and have not come back yet."""
        if self._stragglers:
            await asyncio.wait(self._stragglers, timeout=_LEAVE_LIMIT)

    def describe(self) -> str:
        """One line for people."""
        return "in the game's process"

    def _check_url(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "wss", "http", "https") or not parts.hostname:
            raise JoinError("The service named no LiveKit address (room_url).")
        if parts.scheme in ("ws", "http") and not self._allow_insecure and not is_loopback(parts.hostname):
            raise JoinError(f"LiveKit at {parts.hostname} is not encrypted (wss); pass allow_insecure=True to join it.")


class LiveKitRoom:
    """A room that has been joined; see ``transport.base.Room``."""

    def __init__(self, rtc: ModuleType, stragglers: set[asyncio.Task[None]], cleaning: Cleaning, beat: Beat) -> None:
        self._rtc = rtc
        self._stragglers = stragglers
        self._connecting: asyncio.Task[None] | None = None
        self._room: lk.Room = rtc.Room()
        self._arrivals = Arrivals()
        self._tracks: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()  # of tracks that are gone
        self._voice: lk.AudioSource | None = None
        self._publishing = asyncio.Lock()
        self._camera: CameraTrack | None = None
        self._cleaning = cleaning
        self._beat = beat
        self._alone: asyncio.TimerHandle | None = None
        self._cut_off: asyncio.TimerHandle | None = None
        self._has_had_company = False
        self._is_heard = asyncio.Event()  # whoever speaks into a room that the character has left is not
        self._is_heard.set()
        self._is_entered = False

    async def enter(self, url: str, token: str) -> None:
        """Connect; the handlers are there first, so that nothing is missed."""
        self._is_entered = True
        short_interval.hold()
        room = self._room
        room.on("data_received", self._on_data)
        room.on("track_subscribed", self._on_track)
        room.on("track_unsubscribed", self._on_track_gone)
        room.on("participant_connected", self._on_company)
        room.on("participant_disconnected", self._on_company)
        room.on("reconnecting", self._on_cut_off)
        room.on("reconnected", self._on_return)
        room.on("disconnected", self._on_disconnected)
        connect = room.connect(url, token, self._rtc.RoomOptions(auto_subscribe=True))
        self._connecting = asyncio.create_task(connect, name="convai-connect")
        await asyncio.shield(self._connecting)
        self._on_company()

    def incoming(self) -> AsyncIterator[RoomItem]:
        """Everything in order; ends when we close, raises RoomLost otherwise, after what had arrived."""
        return self._arrivals.items()

    def hand_audio_to(self, take: Callable[[AudioArrived], None], settle: Callable[[], None]) -> None:
        """See transport.base.HandsOverAudio; here every frame comes alone, and none is settled."""
        self._arrivals.hand_audio_to(take, settle)

    async def send(self, payload: bytes) -> None:
        """One reliable data message, without a topic, as Convai's own clients send them.

        Where the character was lost with the server's connection, it waits for it to come back.
        """
        await self._is_heard.wait()
        self._arrivals.check()
        try:
            await self._room.local_participant.publish_data(payload, reliable=True)
        except self._rtc.participant.PublishDataError as error:
            raise RoomError(f"LiveKit did not take a message of {len(payload)} bytes: {error}") from None

    async def publish(self, frame: AudioFrame) -> None:
        """One frame of the player's voice. The track is published once, with the first frame."""
        self._arrivals.check()
        async with self._publishing:
            if self._voice is None:
                self._voice = await self._publish_voice(frame.sample_rate)
        await self._voice.capture_frame(
            self._rtc.AudioFrame(
                data=frame.pcm, sample_rate=frame.sample_rate, num_channels=1, samples_per_channel=frame.samples
            )
        )

    async def show(self, picture: Picture, track: str) -> None:
        """One picture of the game's camera. The track is published once, with the first picture."""
        self._arrivals.check()
        async with self._publishing:
            if self._camera is None:
                participant = self._room.local_participant
                self._camera = await CameraTrack.publish(self._rtc, participant, picture, track)
        self._camera.show(picture)

    def clean(self, near: AudioFrame, far: AudioFrame) -> list[AudioFrame]:
        """Echo, noise and rumble taken out at once; 0.15 ms of work for 10 ms of sound."""
        return [self._cleaning.clean(self._rtc, near, far)]

    async def aclose(self) -> None:
        """Leave, and wait until streams and tasks are gone."""
        self._arrivals.end()
        self._is_heard.set()
        for timer in (self._alone, self._cut_off):
            if timer is not None:
                timer.cancel()
        try:
            await self._leave()
        finally:
            if self._is_entered:
                self._is_entered = False
                short_interval.release()

    async def _leave(self) -> None:
        for sid in list(self._tracks):
            self._stop_listening(sid)
        await asyncio.gather(*self._ending, return_exceptions=True)
        if self._connecting is not None and not await self._has_come_back(self._connecting):
            straggler = asyncio.create_task(self._leave_late(self._connecting), name="convai-straggler")
            self._stragglers.add(straggler)
            straggler.add_done_callback(self._stragglers.discard)
            return
        try:
            async with asyncio.timeout(_LEAVE_LIMIT):
                await self._room.disconnect()
        except TimeoutError:
            _log.warning("LiveKit did not confirm leaving the room within %.0f s.", _LEAVE_LIMIT)
        if self._voice is not None:
            await self._voice.aclose()
            self._voice = None
        if self._camera is not None:
            await self._camera.aclose()
            self._camera = None

    async def _has_come_back(self, connecting: asyncio.Task[None]) -> bool:
        """Wait for a join that is given up: LiveKit panics, and ends its process, if nobody takes what it brings."""
        await asyncio.wait({connecting}, timeout=_LEAVE_LIMIT)
        if connecting.done() and not connecting.cancelled():
            connecting.exception()  # seen; who joined was told, unless they gave up
        return connecting.done()

    async def _leave_late(self, connecting: asyncio.Task[None]) -> None:
        await asyncio.wait({connecting})
        await self._leave()

    async def _publish_voice(self, sample_rate: int) -> lk.AudioSource:
        rtc = self._rtc
        source: lk.AudioSource = rtc.AudioSource(sample_rate, 1, queue_size_ms=200)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        try:
            await self._room.local_participant.publish_track(track, options)
        except rtc.participant.PublishTrackError as error:
            await source.aclose()
            raise RoomError(f"LiveKit did not take the microphone: {error}") from None
        return source

    async def _listen(self, sid: str, track: lk.Track) -> None:
        def take(pcm: bytes) -> None:
            self._arrivals.put(AudioArrived(sid, AudioFrame(pcm)))

        try:
            await self._beat.read(lambda: TrackStream(self._rtc, track), take)
        finally:
            if self._tracks.get(sid) is asyncio.current_task():  # else it is there anew
                del self._tracks[sid]
            self._arrivals.put(TrackEnded(sid))

    def _on_data(self, packet: lk.DataPacket) -> None:
        # Neither topic nor sender is looked at: the service sets no topic, and the sender may be unknown yet.
        self._is_heard.set()
        if self._alone is not None:
            self._wait_for_company(_ALONE_LIMIT)
        self._arrivals.put(MessageArrived(bytes(packet.data)))

    def _on_track(
        self, track: lk.Track, publication: lk.RemoteTrackPublication, participant: lk.RemoteParticipant
    ) -> None:
        if (
            track.kind == self._rtc.TrackKind.KIND_AUDIO
            and track.sid not in self._tracks
            and not self._arrivals.is_over
        ):
            self._tracks[track.sid] = asyncio.create_task(self._listen(track.sid, track), name="convai-track")

    def _on_track_gone(self, track: lk.Track, *_: object) -> None:
        """LiveKit does not end its streams; and after a reconnect the same track may come again."""
        self._stop_listening(track.sid)

    def _stop_listening(self, sid: str) -> None:
        if (task := self._tracks.pop(sid, None)) is not None:
            task.cancel()  # once: twice would cancel the ending itself
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def _on_company(self, *_: object) -> None:
        """A room without anybody else has no character; give it a moment to come back."""
        self._wait_for_company(_ALONE_LIMIT)

    def _on_cut_off(self) -> None:
        """LiveKit's connection is lost; a new room may be had before LiveKit comes back to this one."""
        if self._cut_off is None and not self._arrivals.is_over:
            self._is_heard.clear()
            self._cut_off = asyncio.get_running_loop().call_later(_LOST_LIMIT, self._stay_away)

    def _stay_away(self) -> None:
        self._lose(RoomLost(RoomLossReason.UNKNOWN, f"LiveKit's server could not be reached for {_LOST_LIMIT:.0f} s."))

    def _on_return(self) -> None:
        """LiveKit's connection was lost and is there again; the character had one of its own."""
        if self._cut_off is not None:
            self._cut_off.cancel()
            self._cut_off = None
        self._wait_for_company(_AWAY_LIMIT)

    def _wait_for_company(self, limit: float) -> None:
        if self._alone is not None:
            self._alone.cancel()
            self._alone = None
        if self._room.remote_participants:
            self._has_had_company = True
            self._is_heard.set()
        elif not self._arrivals.is_over:
            if self._has_had_company:  # before that it may be there unseen
                self._is_heard.clear()
            self._alone = asyncio.get_running_loop().call_later(limit, self._give_up, limit)

    def _give_up(self, limit: float) -> None:
        self._lose(RoomLost(RoomLossReason.UNKNOWN, f"No character was in the room for {limit:.0f} s."))

    def _on_disconnected(self, reason: int) -> None:
        self._lose(RoomLost(RoomLossReason(reason)))

    def _lose(self, loss: RoomLost) -> None:
        self._arrivals.lose(loss)
        self._is_heard.set()  # who waits to send something is told by an error


class TrackStream:
    """One of a track's streams; see ``beat.Stream``."""

    def __init__(self, rtc: ModuleType, track: lk.Track) -> None:
        self._frames: lk.AudioStream = rtc.AudioStream(
            track, capacity=_BACKLOG, sample_rate=SAMPLE_RATE, num_channels=1, frame_size_ms=round(PERIOD * 1000)
        )

    async def read(self) -> bytes | None:
        async for event in self._frames:
            return bytes(event.frame.data)
        return None

    async def aclose(self) -> None:
        await self._frames.aclose()


def _host(url: str) -> str:
    return urlsplit(url).hostname or "?"


def _load_livekit() -> ModuleType:
    """LiveKit, loaded where it is not yet. Raises JoinError."""
    try:
        return _import_quietly()
    except Exception as error:  # noqa: BLE001 - a native library fails to load in many ways; the game is told
        raise JoinError(
            f"LiveKit cannot be loaded ({type(error).__name__}: {error}). Run: pip install --force-reinstall livekit",
            is_transient=not isinstance(error, ImportError),
        ) from None


def _import_quietly() -> ModuleType:
    """Import LiveKit, with its native debug log switched off.

    libwebrtc's log reaches Python as thousands of callbacks a second that are parsed and dropped, each taking the
    interpreter's lock from the game. There is no public switch; where the private one is gone, nothing is changed.
    """
    from livekit import rtc

    ffi: Any = importlib.import_module("livekit.rtc._ffi_client")
    client = getattr(ffi, "FfiClient", None)
    load = getattr(ffi, "get_ffi_lib", None)
    if client is not None and load is not None and getattr(client, "_instance", True) is None:
        ffi.get_ffi_lib = lambda: QuietLibrary(load())
        try:
            _ = client.instance
        finally:
            ffi.get_ffi_lib = load
    return rtc
