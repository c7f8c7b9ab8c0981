"""One room of the rooms' own process, as its session in the game sees it. Runs on the asyncio thread."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable

from ..audio.frame import AudioFrame
from ..errors import JoinError, RoomError, RoomLossReason, RoomLost
from ..picture import Picture
from .arrivals import Arrivals
from .base import AudioArrived, MessageArrived, RoomItem, TrackEnded
from .child import Child
from .frames import (
    FAR_END,
    NEAR_END,
    Ended,
    Join,
    Joined,
    Leave,
    Left,
    Lost,
    Message,
    NotJoined,
    Said,
    Sent,
    Sound,
    Unheard,
)
from .slices import slices
from .switching import PIPE_INTERVAL, short_interval

_log = logging.getLogger(__name__)

_LEAVE_LIMIT = 6.0  # s: LiveKit's own bound is 5 s
_PLAYER = ""  # the one track that goes out


class ProcessRoom:
    """A room in the other process; see ``transport.base.Room``."""

    def __init__(self, child: Child, number: int) -> None:
        self._child = child
        self._number = number
        self._arrivals = Arrivals()
        self._joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left = asyncio.Event()
        self._numbers = itertools.count(1)
        self._unsent: dict[int, asyncio.Future[None]] = {}
        self._refusal: RoomError | None = None
        self._cleaned: list[AudioFrame] = []
        self._is_entered = False
        child.admit(number, self)

    async def enter(self, url: str, token: str) -> None:
        """Join. Raises JoinError, or RoomLost if the process is lost meanwhile."""
        self._is_entered = True
        short_interval.hold(PIPE_INTERVAL)
        self._child.say(Join(self._number, url, token))
        await self._joined

    def incoming(self) -> AsyncIterator[RoomItem]:
        """Everything in order; ends when we close, raises RoomLost otherwise, after what had arrived."""
        return self._arrivals.items()

    def hand_audio_to(self, take: Callable[[AudioArrived], None], settle: Callable[[], None]) -> None:
        """See transport.base.HandsOverAudio."""
        self._arrivals.hand_audio_to(take, settle)

    async def send(self, payload: bytes) -> None:
        """One reliable data message; returns when LiveKit has taken it."""
        self._check()
        number = next(self._numbers)
        sent = self._unsent[number] = asyncio.get_running_loop().create_future()
        self._child.say(Message(self._number, number, payload))
        try:
            await sent
        finally:
            del self._unsent[number]

    async def publish(self, frame: AudioFrame) -> None:
        """One frame of the player's voice. A refusal is raised by the call after it, because none is waited for."""
        self._check()
        if self._refusal is not None:
            refusal, self._refusal = self._refusal, None
            raise refusal
        self._child.say(Sound(self._number, _PLAYER, frame))

    async def show(self, picture: Picture, track: str) -> None:
        """One picture of the game's camera, as fast as the process takes it, voices between its slices."""
        for part in slices(self._number, track, picture):
            await self._child.has_taken()
            self._check()
            self._child.say(part)

    def clean(self, near: AudioFrame, far: AudioFrame) -> list[AudioFrame]:
        """Sent to be cleaned there, where LiveKit is; what has come back meanwhile."""
        self._child.say(Sound(self._number, FAR_END, far))
        self._child.say(Sound(self._number, NEAR_END, near))
        cleaned, self._cleaned = self._cleaned, []
        return cleaned

    async def aclose(self) -> None:
        """Leave, and wait until nothing of the room is left there."""
        self._arrivals.end()
        self._forget(RoomError("The room is closed."))
        if self._is_entered:
            self._is_entered = False
            short_interval.release(PIPE_INTERVAL)
        if self._left.is_set():
            return
        self._child.say(Leave(self._number))
        try:
            async with asyncio.timeout(_LEAVE_LIMIT):
                await self._left.wait()
        except TimeoutError:
            _log.warning("The rooms' process did not leave a room within %.0f s.", _LEAVE_LIMIT)

    def hear(self, said: Said) -> None:
        """Something was said about this room."""
        match said:
            case Sound(track=track, frame=frame) if track == NEAR_END:
                self._cleaned.append(frame)
            case Sound(track=track, frame=frame):
                self._arrivals.put(AudioArrived(track, frame))
            case Message(payload=payload):
                self._arrivals.put(MessageArrived(payload))
            case Ended(track=track):
                self._arrivals.put(TrackEnded(track))
            case Joined() if not self._joined.done():
                self._joined.set_result(None)
            case NotJoined(message=message) if not self._joined.done():
                self._joined.set_exception(JoinError(message))
            case Sent(number=number, error=error) if (sent := self._unsent.get(number)) and not sent.done():
                if error is None:
                    sent.set_result(None)
                else:
                    sent.set_exception(RoomError(error))
            case Unheard(message=message):
                self._refusal = RoomError(message)
            case Lost(reason=reason, message=message):
                self._lose(RoomLost(RoomLossReason(reason), message))
            case Left():
                self.lose(RoomLost(RoomLossReason.UNKNOWN, "The room ended without a reason."))

    def settle(self) -> None:
        """The sound of one moment has been heard."""
        self._arrivals.settle()

    def lose(self, loss: RoomLost) -> None:
        """Nothing of the room is left, by our wish or not."""
        self._left.set()
        self._lose(loss)

    def _lose(self, loss: RoomLost) -> None:
        self._arrivals.lose(loss)
        self._forget(loss)

    def _forget(self, error: RoomError) -> None:
        """Nobody will answer any more."""
        for waiting in (self._joined, *self._unsent.values()):
            if not waiting.done():
                waiting.set_exception(error)
        if self._joined.done() and not self._joined.cancelled():
            self._joined.exception()  # seen, also where nobody waits

    def _check(self) -> None:
        self._arrivals.check()
        if self._arrivals.is_over:
            raise RoomError("The room is closed.")
