"""The player's voice on its way to whom they talk to. Runs on the asyncio thread.

The microphone is open exactly while a conversation is. Mute and push-to-talk hold frames back, not the device, so
that the first syllable is there when the key is pressed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from .audio.far_end import FarEnd
from .audio.frame import AudioFrame
from .audio.meter import Level, LevelMeter
from .audio.microphone import Microphone
from .audio.talk_gate import TalkGate, TalkMode
from .errors import MicrophoneUnavailable, RoomError
from .events import Event, MicrophoneConsentNeeded, MicrophoneLost, MicrophoneOpened

if TYPE_CHECKING:
    from .session import Session

_log = logging.getLogger(__name__)

_AGAIN = 3.0  # s after which a microphone that could not be opened is tried again


class PlayerVoice:
    """One player's microphone, for one conversation after the other.

    ``consent``: whether the player agrees to be heard; None: they are asked when the device would be opened.
    ``cleans``: what it captures has its echo of ``far_end`` taken out, beside noise and rumble, before anything else.
    """

    def __init__(
        self,
        microphone: Microphone,
        mode: TalkMode,
        *,
        pre_roll: float,
        tail: float,
        cleans: bool = False,
        far_end: FarEnd | None = None,
        consent: bool | None = True,
    ) -> None:
        self._microphone = microphone
        self._mode = mode
        self._gate = TalkGate(mode, pre_roll=pre_roll, tail=tail)
        self._meter = LevelMeter()
        self._cleans = cleans
        self._far_end = far_end or FarEnd()
        self._consent = consent
        self._is_agreed = asyncio.Event()
        self._session: Session | None = None
        self._tell: Callable[[Event], None] = _nobody
        self._task: asyncio.Task[None] | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._was_open = False  # the microphone, since it was last opened
        self._has_warned = False
        self._is_refused = False  # the player's voice, by the room
        self.level = Level()

    def attend(self, session: Session, tell: Callable[[Event], None]) -> None:
        """A conversation has begun; ``tell`` takes what becomes of the microphone meanwhile."""
        if self._session is session:
            return
        self._leave()
        self._session, self._tell = session, tell
        self._is_refused = False
        if self._gate.is_open:
            session.start_player_turn()
        task = self._task = asyncio.create_task(self._live(session, tell, self._task), name="convai-microphone")
        task.add_done_callback(_report)

    def dismiss(self, session: Session) -> None:
        """The conversation is over."""
        if self._session is session:
            self._leave()

    def agree(self, consent: bool | None) -> None:
        """The player has been asked whether they want to be heard; the device is let go of, or opened, at once."""
        was, self._consent = self._consent, consent
        if consent:
            self._is_agreed.set()
        elif was and (session := self._session) is not None:
            tell = self._tell
            self._leave()
            self.attend(session, tell)

    def press(self) -> None:
        """The player begins to talk."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if self._gate.press() and self._session is not None:
            self._session.start_player_turn()

    def release(self) -> None:
        """The player has ended; the tail is still heard."""
        loop = asyncio.get_running_loop()
        self._gate.release(loop.time())
        if self._gate.closes_at is not None and self._ending is None:
            self._ending = loop.call_at(self._gate.closes_at, self._end_turn)

    def mute(self, is_muted: bool) -> None:
        """Hold everything back, or no longer."""
        was_open = self._gate.is_open
        self._gate.is_muted = is_muted
        if self._session is None or self._gate.is_open == was_open:
            return
        if is_muted:
            self._session.end_player_turn()
        else:
            self._session.start_player_turn()

    async def aclose(self) -> None:
        """Let go of the device."""
        self._leave()
        if self._task is not None:
            await asyncio.wait({self._task})

    def _leave(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if self._session is not None and self._gate.is_open:
            self._session.end_player_turn()
        if self._mode is TalkMode.PUSH_TO_TALK:
            self._gate.close()
        self._session, self._tell = None, _nobody
        if self._task is not None:
            self._task.cancel()
        self.level = Level()

    def _end_turn(self) -> None:
        self._ending = None
        self._gate.close()
        if self._session is not None:
            self._session.end_player_turn()

    async def _live(self, session: Session, tell: Callable[[Event], None], before: asyncio.Task[None] | None) -> None:
        """Keep the microphone open; one that goes away is opened anew, which finds the default in its place."""
        if before is not None:
            await asyncio.wait({before})  # one device at a time
        while True:
            self._was_open = False
            await self._consented(tell)
            try:
                await self._listen(session, tell)
            except MicrophoneUnavailable as error:
                self.level = Level()
                tell(MicrophoneLost(self._microphone.name, str(error)))
                if not self._has_warned:
                    self._has_warned = True
                    _log.warning("%s The talk goes on in writing.", error)
                if not error.is_transient:
                    return
                if not self._was_open:
                    await asyncio.sleep(_AGAIN)

    async def _consented(self, tell: Callable[[Event], None]) -> None:
        """Wait for the player's yes; nothing is opened before."""
        if self._consent:
            return
        if self._consent is None:
            tell(MicrophoneConsentNeeded(self._microphone.name))
        else:
            tell(MicrophoneLost(self._microphone.name, "The player does not want to be heard."))
        while not self._consent:
            self._is_agreed.clear()
            await self._is_agreed.wait()

    async def _listen(self, session: Session, tell: Callable[[Event], None]) -> None:
        loop = asyncio.get_running_loop()
        self._far_end.is_wanted = self._cleans
        try:
            async with aclosing(self._microphone.frames()) as frames:
                async for captured in frames:
                    if not self._was_open:
                        self._was_open = True
                        tell(MicrophoneOpened(self._microphone.name))
                    for frame in self._clean(captured, session, loop.time()):
                        self.level = self._meter.measure(frame, loop.time())
                        for each in self._gate.take(frame):
                            await self._send(each, session, tell)
        finally:
            self._far_end.close()

    def _clean(self, frame: AudioFrame, session: Session, now: float) -> list[AudioFrame]:
        """Also while nothing of it is sent: how the room sounds is learnt in seconds, not within a sentence."""
        if not self._cleans:
            return [frame]
        return session.clean(frame, self._far_end.read(frame.samples, now))

    async def _send(self, frame: AudioFrame, session: Session, tell: Callable[[Event], None]) -> None:
        try:
            await session.speak(frame)
        except RoomError as error:
            self._refuse(error, tell)

    def _refuse(self, error: RoomError, tell: Callable[[Event], None]) -> None:
        if not self._is_refused:  # fifty frames a second would say the same
            self._is_refused = True
            tell(MicrophoneLost(self._microphone.name, str(error)))


def _nobody(event: Event) -> None:
    """There is no conversation to tell it to."""


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("The microphone broke; please report this.", exc_info=error)
