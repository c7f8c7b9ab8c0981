"""What a session keeps an eye on during one visit: unanswered updates, the end, how long turns take. Asyncio thread."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from .acknowledgements import Acknowledgements, Update
from .audio.frame import AudioFrame
from .ending import Ending
from .events import Event, Undelivered
from .protocol.client import ClientMessage, ContextUpdate, KillPipeline, UserTextMessage
from .protocol.server import ServerMessage, ServerResponse
from .turn_timer import TurnTimer

if TYPE_CHECKING:
    from .audio.sink import AudioSink

_TICK = 0.5  # s between two looks at what is overdue
_GLANCE = 0.005  # s between two looks at whether the first sample is played
_DEAF = 3.0  # s after which it will not be played: it was cut, or nobody listens
_SOUND = 64  # of 32768: below is a codec's silence


class Watch:
    """One visit's. ``is_timed``: turns are timed; ``refused`` is told of updates that the service will not have."""

    def __init__(
        self,
        tell: Callable[[Event], None],
        voice: Callable[[], AudioSink | None],
        *,
        is_timed: bool,
        refused: Callable[[Update], None],
    ) -> None:
        self._tell = tell
        self._voice = voice
        self._refused = refused
        self._acknowledgements = Acknowledgements()
        self._ending = Ending()
        self._timer = TurnTimer() if is_timed else None
        self._sound = asyncio.Event()

    def sent(self, message: ClientMessage, now: float) -> None:
        """A message has gone out."""
        self._acknowledgements.send(message, now)
        match message:
            case KillPipeline():
                self._ending.dismiss()
            case UserTextMessage() if self._timer is not None:
                self._timer.type(now)

    def released(self, now: float) -> None:
        """The player has finished speaking, by the key."""
        if self._timer is not None:
            self._timer.release(now)

    def answers(self, message: ServerMessage) -> Update | None:
        """The update that a message answers; ask before the game is told of it, and once."""
        return self._acknowledgements.receive(message) if isinstance(message, ServerResponse) else None

    def receive(self, message: ServerMessage, answered: Update | None, now: float, *, is_talking: bool) -> None:
        """Take a message, after the game was told of it. Raises what ended the session, if it has."""
        if answered is not None and isinstance(message, ServerResponse) and message.status == "error":
            self._refused(answered)
        if self._timer is not None and (timed := self._timer.receive(message, now)) is not None:
            self._tell(timed)
        self._ending.receive(message, is_talking=is_talking)

    def hear(self, frame: AudioFrame, now: float) -> None:
        """A frame of the character's voice has arrived."""
        if self._timer is not None and self._timer.awaits_audio and _sounds(frame):
            self._timer.arrive(now)
            self._sound.set()

    def judge(self, error: Exception) -> Exception:
        """What really ended the visit."""
        return self._ending.judge(error)

    def close(self) -> None:
        """The room was lost: what was not answered did not arrive."""
        self._give_up(self._acknowledgements.close(), "The room was lost before the service had answered.")

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK):
                    await self._sound.wait()
            self._sound.clear()
            self._give_up(self._acknowledgements.overdue(loop.time()), "The service has not answered it.")
            if self._timer is not None and self._timer.awaits_hearing:
                await self._listen(self._timer, loop)

    async def _listen(self, timer: TurnTimer, loop: asyncio.AbstractEventLoop) -> None:
        """Wait until the first sample is played."""
        end = loop.time() + _DEAF
        while timer.awaits_hearing and loop.time() < end:
            voice = self._voice()
            if voice is not None and voice.loudness > 0.0:
                self._tell(timer.hear(loop.time()))
                return
            await asyncio.sleep(_GLANCE)
        if timer.awaits_hearing:
            self._tell(timer.give_up())

    def _give_up(self, updates: list[Update], reason: str) -> None:
        for update in updates:
            text = update.text if isinstance(update, ContextUpdate) else None
            self._tell(Undelivered(text or update.type, reason))


def _sounds(frame: AudioFrame) -> bool:
    samples = array("h", frame.pcm)
    return bool(samples) and max(max(samples), -min(samples)) > _SOUND
