"""One room of the rooms' own process, driven by frames from the game. On that process's asyncio loop."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from ..audio.frame import AudioFrame, peak_of
from ..errors import JoinError, RoomError, RoomLossReason, RoomLost
from ..picture import Picture
from .base import AudioArrived, MessageArrived, Room, TrackEnded
from .frames import (
    FAR_END,
    NEAR_END,
    Ended,
    Joined,
    Left,
    Lost,
    Message,
    NotJoined,
    PictureSlice,
    Said,
    Sent,
    Sound,
    Unheard,
)
from .livekit import LiveKitRoom, LiveKitRooms
from .slices import Assembly

_log = logging.getLogger(__name__)

_VOICE_BACKLOG = 80  # frames of 10 ms: a push-to-talk key's pre-roll comes at once; older words are too late


class Visit:
    """Joins at once; says what happens through ``put``; ``on_end`` is told the number once nothing is left."""

    def __init__(
        self,
        number: int,
        rooms: LiveKitRooms,
        url: str,
        token: str,
        put: Callable[[Said], None],
        on_end: Callable[[int], object],
    ) -> None:
        self._number = number
        self._put = put
        self._on_end = on_end
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._voice: deque[AudioFrame] = deque(maxlen=_VOICE_BACKLOG)
        self._spoken = asyncio.Event()
        self._assembly = Assembly()
        self._picture: tuple[Picture, str] | None = None  # the latest one, and its track
        self._seen = asyncio.Event()
        self._room: LiveKitRoom | None = None
        self._far_end = AudioFrame(b"")  # what the loudspeaker plays beside the microphone's next frame
        self._is_leaving = False
        self._task = asyncio.create_task(self._live(rooms, url, token), name=f"visit-{number}")
        self._task.add_done_callback(lambda _: self._end())  # not in the task: it may be cancelled before it begins

    def take(self, said: Message | Sound | PictureSlice) -> None:
        """Something for the room."""
        match said:
            case Message():
                self._messages.put_nowait(said)
            case Sound(track=track, frame=frame) if track == FAR_END:
                self._far_end = frame
            case Sound(track=track, frame=frame) if track == NEAR_END:
                self._clean(frame)
            case Sound(frame=frame):
                self._voice.append(frame)
                self._spoken.set()
            case PictureSlice(track=track):
                if (picture := self._assembly.add(said)) is not None:
                    self._picture = picture, track
                    self._seen.set()

    def leave(self) -> None:
        """Leave the room; Left is said once nothing of it is left."""
        if not self._is_leaving:  # cancelling twice would cancel the leaving itself
            self._is_leaving = True
            self._task.cancel()

    async def aclose(self) -> None:
        """Leave, and wait until nothing is left."""
        self.leave()
        await asyncio.wait({self._task})

    async def _live(self, rooms: LiveKitRooms, url: str, token: str) -> None:
        try:
            room = self._room = await rooms.join(url, token)
            try:
                self._put(Joined(self._number))
                async with asyncio.TaskGroup() as jobs:
                    jobs.create_task(self._receive(room))
                    jobs.create_task(self._deliver(room))
                    jobs.create_task(self._speak(room))
                    jobs.create_task(self._show(room))
            finally:
                await room.aclose()
        except JoinError as error:
            self._put(NotJoined(self._number, str(error)))
        except Exception as error:  # noqa: BLE001 - a broken room must not take the others along
            loss = _loss_in(error)
            if loss is None:
                _log.exception("A room broke.")
                loss = RoomLost(RoomLossReason.UNKNOWN, f"The room broke ({type(error).__name__}).")
            self._put(Lost(self._number, loss.reason, str(loss)))

    def _end(self) -> None:
        self._on_end(self._number)
        self._put(Left(self._number))

    def _clean(self, near: AudioFrame) -> None:
        far, self._far_end = self._far_end, AudioFrame(b"")
        for frame in self._room.clean(near, far) if self._room is not None else [near]:
            self._put(Sound(self._number, NEAR_END, frame))

    async def _receive(self, room: LiveKitRoom) -> None:
        room.hand_audio_to(self._hear, lambda: None)
        async for item in room.incoming():
            match item:
                case MessageArrived(payload):
                    self._put(Message(self._number, 0, payload))
                case TrackEnded(track):
                    self._put(Ended(self._number, track))

    def _hear(self, arrived: AudioArrived) -> None:
        """Pass it on, with what takes time to find out and is needed there."""
        frame = arrived.frame
        frame = AudioFrame(frame.pcm, frame.sample_rate, peak_of(frame.pcm))
        self._put(Sound(self._number, arrived.track, frame))

    async def _deliver(self, room: Room) -> None:
        """Messages in order, each answered for."""
        while True:
            message = await self._messages.get()
            try:
                await room.send(message.payload)
            except RoomLost:
                raise
            except RoomError as error:
                self._put(Sent(self._number, message.number, str(error)))
            else:
                self._put(Sent(self._number, message.number))

    async def _speak(self, room: Room) -> None:
        while True:
            await self._spoken.wait()
            self._spoken.clear()
            while self._voice:
                try:
                    await room.publish(self._voice.popleft())
                except RoomLost:
                    raise
                except RoomError as error:
                    self._put(Unheard(self._number, str(error)))

    async def _show(self, room: LiveKitRoom) -> None:
        while True:
            await self._seen.wait()
            self._seen.clear()
            if self._picture is not None:
                try:
                    await room.show(*self._picture)
                except RoomLost:
                    raise
                except RoomError as error:
                    _log.warning("%s", error)


def _loss_in(error: Exception) -> RoomLost | None:
    """The loss that ended a room, unless something else did."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, RoomLost) else None
