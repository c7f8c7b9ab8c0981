"""Who has the floor: cuts voice and words of an interrupted turn, each once. Runs on the asyncio thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .conversation import Conversation
from .events import Event
from .pace import Pace
from .protocol.server import ServerMessage
from .turns import Cue, Turns

if TYPE_CHECKING:
    from .audio.sink import AudioSink, Heard
    from .faces.feed import FaceFeed


class Floor:
    """One room's turns, between what the service says and what the player hears."""

    def __init__(
        self,
        conversation: Conversation,
        pace: Pace,
        voice: Callable[[], AudioSink | None],
        face: FaceFeed | None = None,
    ) -> None:
        self._face = face
        self._conversation = conversation
        self._pace = pace
        self._voice = voice
        self._turns = Turns()

    def receive(self, message: ServerMessage) -> list[Event]:
        """Let the voice follow a message, before the game is told of it; what was cut by it."""
        voice, cue = self._voice(), self._turns.receive(message)
        if self._face is not None:
            self._face.receive(message, cue)
        match cue:
            case Cue.BEGIN:
                if voice is not None:
                    self._learn(voice.begin_turn())
            case Cue.CUT:
                if voice is not None:
                    return self._cut(voice.interrupt())
        return []

    def interrupt(self, heard: Heard) -> list[Event]:
        """The voice has been cut off on our side; what was cut by it."""
        self._turns.interrupt()
        if self._face is not None:
            self._face.cut()
        return self._cut(heard)

    def _cut(self, heard: Heard) -> list[Event]:
        return self._conversation.cut(
            lambda text: self._pace.heard(text, heard.seconds), was_sounding=heard.was_sounding
        )

    def _learn(self, heard: Heard) -> None:
        if not heard.was_sounding and not self._conversation.is_cut:
            self._pace.learn(self._conversation.said, heard.seconds)
