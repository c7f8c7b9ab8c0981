"""The seam between a session and whatever carries it: two steps in, one stream out. Runs on the asyncio thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ..audio.frame import AudioFrame
from ..picture import Picture

if TYPE_CHECKING:  # the process of the rooms has no use for pydantic
    from pydantic import SecretStr

    from ..protocol.connect import ConnectRequest, ConnectResponse


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """One data message from the room, as the bytes that were on the wire (UTF-8 JSON)."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class AudioArrived:
    """One audio frame of one remote track; ``track`` tells tracks of a room apart."""

    track: str
    frame: AudioFrame


@dataclass(frozen=True, slots=True)
class TrackEnded:
    """No more frames will come for this track."""

    track: str


RoomItem = MessageArrived | AudioArrived | TrackEnded


class Room(Protocol):
    """One visit. Its owner calls ``aclose()`` exactly when the visit is over, whatever happened before."""

    def incoming(self) -> AsyncIterator[RoomItem]:
        """Everything that arrives, in order, until the room is closed by us.

        Raises RoomLost when the room ends in any other way. Call it once.
        """

    async def send(self, payload: bytes) -> None:
        """Send one data message reliably and in order. Raises RoomError."""

    async def publish(self, frame: AudioFrame) -> None:
        """Send one frame of the player's voice; the first one publishes the track. Raises RoomError."""

    async def aclose(self) -> None:
        """Leave; returns when nothing of this room is left. Safe to call twice."""


@runtime_checkable
class CleansVoice(Protocol):
    """A room that can also take the characters' echo out of the player's voice."""

    def clean(self, near: AudioFrame, far: AudioFrame) -> list[AudioFrame]:
        """Take the microphone's frame and what the loudspeaker plays meanwhile, 10 ms of 48 kHz each.

        Gives the frames, this one or earlier ones, whose cleaning is done: echo, noise and rumble taken out.
        """


@runtime_checkable
class ShowsPictures(Protocol):
    """A room that can also show the character what the game's camera sees."""

    async def show(self, picture: Picture, track: str) -> None:
        """Send one picture; the first one publishes the video track of that name. Raises RoomError."""


@runtime_checkable
class HandsOverAudio(Protocol):
    """A room that can also hand sound over at the moment of its arrival, past ``incoming``.

    Beside a game that is busy with Python each further step would cost every frame of sound some milliseconds.
    """

    def hand_audio_to(self, take: Callable[[AudioArrived], None], settle: Callable[[], None]) -> None:
        """Give every AudioArrived to ``take`` from now on, those that wait to be read included.

        ``settle`` is called after what has come at the same moment for all rooms, where a room can tell.
        """


class Transport(Protocol):
    """Opens rooms. One transport serves all characters of a game."""

    async def prepare(self) -> None:
        """Do early what would make the first visit late, such as importing libraries. Must not raise."""

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        """``POST /connect`` or its equivalent. Raises ConnectError."""

    async def join(self, response: ConnectResponse) -> Room:
        """Enter the room that the response names. Raises JoinError."""

    async def aclose(self) -> None:
        """Let go of pooled connections. Rooms are closed by their owners."""


@runtime_checkable
class Forgets(Protocol):
    """A transport that can say whether its conversations end with this process; the service's do not."""

    @property
    def forgets(self) -> bool:
        """Whether a ``character_session_id`` is worth nothing to the next process."""


@runtime_checkable
class HoldsSecrets(Protocol):
    """A transport that knows secrets which nobody may write down."""

    @property
    def secrets(self) -> Sequence[SecretStr]:
        """Keys and tokens that it sends."""
