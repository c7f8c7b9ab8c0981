"""One room of a session, from the first client-ready until it is left. Runs on the asyncio thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from ._version import __version__
from .acknowledgements import Update
from .audio.frame import AudioFrame
from .conversation import Conversation
from .errors import JoinError, ProtocolError, RoomLossReason, RoomLost
from .events import (
    ContextUpdated,
    Event,
    IdleWarning,
    MessageRefused,
    PlayerSpeakingStarted,
    PlayerSpeakingStopped,
    Ready,
    Transcript,
    TurnCompleted,
)
from .floor import Floor
from .intake import Intake
from .outbox import Outbox
from .pace import Pace
from .protocol.client import (
    About,
    ClientMessage,
    ClientReady,
    ContextUpdate,
    ResetIdleTimer,
    TriggerMessage,
    UserTextMessage,
)
from .protocol.connect import ConnectRequest
from .protocol.server import BotReady, ServerMessage
from .sighted import Sighted
from .transport.base import AudioArrived, CleansVoice, HandsOverAudio, MessageArrived, Room, TrackEnded
from .transport.fairly import fairly
from .voice_data import VoiceData
from .watch import Watch

if TYPE_CHECKING:
    from .audio.sink import AudioSink, Heard
    from .faces.feed import FaceFeed

_log = logging.getLogger(__name__)

_ANNOUNCE = 0.5  # s between client-ready messages until bot-ready (Unreal plugin)
_READY_LIMIT = 45.0  # s: after this the character will not come any more (Unreal plugin)


class Host(Protocol):
    """The session that a visit is one of."""

    @property
    def is_talking(self) -> bool:
        """Whether the player is within earshot."""

    @property
    def greeting(self) -> str | None:
        """What the character is to be told now before anything else; None once it was."""

    def greeted(self) -> None:
        """It was told that."""

    def shaped(self, message: ClientMessage) -> ClientMessage:
        """The message in the form in which this service takes it."""

    def ready(self, now: float) -> None:
        """The character listens from now on."""

    def answered(self) -> None:
        """The character has completed a turn."""

    def send(self, message: ClientMessage) -> None:
        """Put a message into the outbox."""


class Visit:
    """What passes in one room. Parts that outlive it are the session's own; see there for what they are."""

    def __init__(
        self,
        room: Room,
        request: ConnectRequest,
        host: Host,
        *,
        outbox: Outbox,
        watch: Watch,
        pace: Pace,
        tell: Callable[[Event], None],
        voice: Callable[[], AudioSink | None],
        face: FaceFeed | None,
        sighted: Sighted,
        reports_cuts: bool,
    ) -> None:
        self._room = room
        self._request = request
        self._sighted = sighted
        self._host = host
        self._outbox = outbox
        self._watch = watch
        self._tell = tell
        self._voice = voice
        self._reports_cuts = reports_cuts
        self._conversation = Conversation()
        self._floor = Floor(self._conversation, pace, voice, face)
        self._data = VoiceData.of(request)
        self._intake = Intake()
        self._ready = asyncio.Event()
        self._has_turn_ended = False  # the player's, by the service's own judgement

    @property
    def is_ready(self) -> bool:
        """Whether the character listens."""
        return self._ready.is_set()

    async def stay(self, beside: Coroutine[Any, Any, None]) -> None:
        """Converse until cancelled, and do ``beside`` meanwhile. Raises, in an ExceptionGroup, what ended the visit."""
        async with asyncio.TaskGroup() as group:
            group.create_task(beside)
            group.create_task(self._announce())
            group.create_task(self._receive())
            group.create_task(self._deliver())
            group.create_task(self._watch.run())
            group.create_task(self._sighted.run(self._room, self._ready, self._request))

    async def leave(self) -> None:
        """Close the room, and what was open in the conversation."""
        await self._room.aclose()
        self._intake.skipped.close()
        for event in self._conversation.close():
            self._tell(event)

    def interrupt(self, heard: Heard) -> None:
        """The character's voice was cut off on our side: tell everybody what was heard."""
        self._tell_cut(self._floor.interrupt(heard))

    def start_player_turn(self) -> None:
        """The player is about to speak."""
        self._has_turn_ended = False

    @property
    def has_turn_ended(self) -> bool:
        """Whether the service has judged by itself that the player has spoken."""
        return self._has_turn_ended

    async def speak(self, frame: AudioFrame) -> None:
        """Send a frame of the player's voice, if there is somebody to hear it. Raises RoomError."""
        if self.is_ready:
            await self._room.publish(frame)

    def clean(self, near: AudioFrame, far: AudioFrame) -> list[AudioFrame]:
        """Have the room take echo and noise out of a frame of the microphone; those whose turn has come."""
        return self._room.clean(near, far) if isinstance(self._room, CleansVoice) else [near]

    async def _announce(self) -> None:
        """Say client-ready until the character is: nobody promises that the first one is heard."""
        payload = ClientReady(about=_about()).encode()
        try:
            async with asyncio.timeout(_READY_LIMIT):
                while not self._ready.is_set():
                    await self._room.send(payload)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_ANNOUNCE):
                            await self._ready.wait()
        except TimeoutError:
            raise JoinError(
                f"The character was not ready within {_READY_LIMIT:.0f} s. The service is overloaded or its room "
                "has no character; it is tried again."
            ) from None

    async def _receive(self) -> None:
        loop = asyncio.get_running_loop()
        if isinstance(self._room, HandsOverAudio):
            self._room.hand_audio_to(self._hear, self._settle)
        async for item in fairly(self._room.incoming()):
            match item:
                case AudioArrived():
                    self._hear(item)
                case MessageArrived(payload=payload):
                    self._take(payload, loop.time())
                case TrackEnded():
                    pass  # what was heard of it plays out
        raise RoomLost(RoomLossReason.UNKNOWN, "The room ended without a reason.")

    def _hear(self, arrived: AudioArrived) -> None:
        voice = self._voice()
        if voice is not None and not self._data.replaces_tracks and self._intake.admits(arrived.frame):
            self._watch.hear(arrived.frame, asyncio.get_running_loop().time())
            voice.write(arrived.track, arrived.frame)

    def _settle(self) -> None:
        voice = self._voice()
        if hasattr(type(voice), "settle"):
            voice.settle()  # type: ignore[union-attr]  # MovesAtOnce

    def _take(self, payload: bytes, now: float) -> None:
        message = self._intake.read(payload, now)
        if message is None:
            return
        _log.debug("< %s", message.type)
        if isinstance(message, BotReady) and not self._ready.is_set():
            self._ready.set()
            self._host.ready(now)
            self._tell(Ready())
        self._tell_cut(self._floor.receive(message))
        self._play(message)
        answered = self._watch.answers(message)
        for event in self._conversation.receive(message, now):
            self._pass_on(_named(event, answered))
        self._watch.receive(message, answered, now, is_talking=self._host.is_talking)

    def _pass_on(self, event: Event) -> None:
        """Tell what happened, and do what it calls for."""
        if isinstance(event, PlayerSpeakingStarted | PlayerSpeakingStopped):
            self._has_turn_ended = isinstance(event, PlayerSpeakingStopped)
        if isinstance(event, IdleWarning) and self._host.is_talking:
            self._host.send(ResetIdleTimer())
            event = replace(event, is_answered=True)
        self._tell(event)
        if isinstance(event, TurnCompleted):
            self._host.answered()

    async def _deliver(self) -> None:
        """Send what is in the outbox, in order, each once."""
        await self._ready.wait()
        loop = asyncio.get_running_loop()
        while True:
            if (greeting := self._host.greeting) is not None:
                await self._room.send(TriggerMessage(trigger_message=greeting).encode())
                self._host.greeted()
            self._outbox.expire()
            while (message := self._outbox.first) is not None:
                _log.debug("> %s", message.type)
                await self._room.send(self._host.shaped(message).encode())
                self._watch.sent(message, loop.time())
                self._outbox.sent()
                if isinstance(message, UserTextMessage):
                    for event in self._conversation.typed(message.text, loop.time()):
                        self._tell(event)
            await self._outbox.wait()

    def _play(self, message: ServerMessage) -> None:
        """Let the voice be heard that comes as messages."""
        try:
            frame = self._data.receive(message)
        except ProtocolError as error:
            self._intake.skipped.note(error)
            return
        voice = self._voice()
        if voice is not None and self._data.track is not None and frame is not None:
            self._watch.hear(frame, asyncio.get_running_loop().time())
            voice.write(self._data.track, frame)
            self._settle()

    def _tell_cut(self, events: list[Event]) -> None:
        for event in events:
            self._tell(event)
            if isinstance(event, Transcript) and self._reports_cuts:
                words = f'only this of what you said: "{event.text}"' if event.text else "nothing of what you said"
                self._host.send(ContextUpdate(text=f"You were interrupted. The player heard {words}.", run_llm="false"))


def _about() -> About:
    return About(library="convai_panda", library_version=__version__, platform="python")


def _named(event: Event, answered: Update | None) -> Event:
    """Say which of what was told an acknowledgement is about: the service leaves it out where it refuses one."""
    if (
        isinstance(event, ContextUpdated | MessageRefused)
        and event.update_id is None
        and isinstance(answered, ContextUpdate)
    ):
        return replace(event, update_id=answered.update_id)
    return event
