"""What the game's process and the rooms' process say to each other, and its bytes. Pure.

A frame is a header (length of the body, kind, room) and a body: JSON for control, plain bytes for the two things
that are many or large, messages of a room and sound. The service's token travels here and nowhere else.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from enum import IntEnum
from typing import ClassVar

from ..audio.frame import AudioFrame
from ..errors import ProtocolError

# Tracks that are no room's: the microphone and the loudspeaker, on their way to being cleaned and back.
NEAR_END, FAR_END = "near-end", "far-end"

# The rooms' process says this first: what a site's own start-up code printed before it is thrown away.
PREAMBLE = b"\x00convai-panda rooms 1\n"

_HEADER = struct.Struct("<IBI")  # body size in bytes, kind, room
_NUMBER = struct.Struct("<I")
_SOUND = struct.Struct("<IHB")  # sample rate in Hz, peak, size of the track's name in bytes
_NO_PEAK = 0xFFFF
_PICTURE = struct.Struct("<HHIB")  # width, height, where in the picture in bytes, size of the track's name in bytes
_LIMIT = 1 << 24  # bytes: no body comes near it; a length beyond it means that the stream is out of step


class _Kind(IntEnum):
    CONTROL = 0
    MESSAGE = 1
    SOUND = 2
    PICTURE = 3


@dataclass(frozen=True, slots=True)
class Start:
    """To the rooms, once, first: how to be."""

    room: ClassVar[int] = 0
    allow_insecure: bool


@dataclass(frozen=True, slots=True)
class Ping:
    """To the rooms: are you alive? I am."""

    room: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class Join:
    """To the rooms: enter this one, and call it by this number."""

    room: int
    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Leave:
    """To the rooms: leave it; ``Left`` is the answer."""

    room: int


@dataclass(frozen=True, slots=True)
class Health:
    """To the game, as the answer to Ping: how large the rooms' process is; 0 is unknown."""

    room: ClassVar[int] = 0
    rss_bytes: int
    threads: int


@dataclass(frozen=True, slots=True)
class Usable:
    """To the game, as the answer to Start: rooms can be entered."""

    room: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class Unusable:
    """To the game, as the answer to Start: there can be no rooms, and why."""

    room: ClassVar[int] = 0
    message: str
    is_transient: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """To the game: the room is open."""

    room: int


@dataclass(frozen=True, slots=True)
class NotJoined:
    """To the game: the room could not be entered (JoinError)."""

    room: int
    message: str


@dataclass(frozen=True, slots=True)
class Left:
    """To the game: nothing of the room is left."""

    room: int


@dataclass(frozen=True, slots=True)
class Lost:
    """To the game: the room has ended (RoomLost)."""

    room: int
    reason: int
    message: str


@dataclass(frozen=True, slots=True)
class Sent:
    """To the game: the message of this number is on its way; ``error`` says why it is not."""

    room: int
    number: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Unheard:
    """To the game: the player's voice is not taken (RoomError)."""

    room: int
    message: str


@dataclass(frozen=True, slots=True)
class Ended:
    """To the game: no more sound of this track."""

    room: int
    track: str


@dataclass(frozen=True, slots=True)
class Message:
    """A data message of a room, either way; ``number`` is for its Sent."""

    room: int
    number: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Sound:
    """An audio frame of a track, either way; the player's own has no name."""

    room: int
    track: str
    frame: AudioFrame


@dataclass(frozen=True, slots=True)
class PictureSlice:
    """To the rooms: some of the bytes of a picture of the game's camera, from ``offset`` on."""

    room: int
    track: str
    width: int
    height: int
    offset: int
    data: bytes = field(repr=False)


Control = (
    Start | Ping | Join | Leave | Health | Usable | Unusable | Joined | NotJoined | Left | Lost | Sent | Unheard | Ended
)
Said = Control | Message | Sound | PictureSlice

_CONTROLS: dict[str, type[Control]] = {
    kind.__name__: kind
    for kind in (
        Start,
        Ping,
        Join,
        Leave,
        Health,
        Usable,
        Unusable,
        Joined,
        NotJoined,
        Left,
        Lost,
        Sent,
        Unheard,
        Ended,
    )
}


def encode(said: Said) -> bytes:
    """The bytes of one frame."""
    match said:
        case Sound(room, track, frame):
            name = track.encode()
            peak = _NO_PEAK if frame.peak is None else frame.peak
            body = _SOUND.pack(frame.sample_rate, peak, len(name)) + name + frame.pcm
            return _HEADER.pack(len(body), _Kind.SOUND, room) + body
        case PictureSlice(room, track, width, height, offset, data):
            name = track.encode()
            body = _PICTURE.pack(width, height, offset, len(name)) + name + data
            return _HEADER.pack(len(body), _Kind.PICTURE, room) + body
        case Message(room, number, payload):
            return _HEADER.pack(_NUMBER.size + len(payload), _Kind.MESSAGE, room) + _NUMBER.pack(number) + payload
    body = json.dumps({"type": type(said).__name__, **asdict(said)}).encode()
    return _HEADER.pack(len(body), _Kind.CONTROL, said.room) + body


class Decoder:
    """Bytes in pieces of any size in, frames out. With ``preamble``, everything before that is skipped."""

    def __init__(self, *, preamble: bytes = b"") -> None:
        self._preamble = preamble
        self._held = b""

    def feed(self, data: bytes) -> Iterator[Said]:
        """The frames that are complete now. Raises ProtocolError where the stream is out of step."""
        data = self._held + data
        at = 0
        if self._preamble:
            start = data.find(self._preamble)
            if start < 0:
                self._held = data[-len(self._preamble) :]
                return
            at = start + len(self._preamble)
            self._preamble = b""
        try:
            while len(data) - at >= _HEADER.size:
                size, kind, room = _HEADER.unpack_from(data, at)
                if size > _LIMIT:
                    raise ProtocolError(f"A frame of {size} bytes between the game and its rooms: out of step.")
                if len(data) - at < _HEADER.size + size:
                    break
                body = data[at + _HEADER.size : at + _HEADER.size + size]
                at += _HEADER.size + size
                yield _decode(kind, room, body)
        finally:
            self._held = data[at:]


def _decode(kind: int, room: int, body: bytes) -> Said:
    try:
        match kind:
            case _Kind.SOUND:
                sample_rate, peak, size = _SOUND.unpack_from(body)
                name = body[_SOUND.size : _SOUND.size + size].decode()
                known = None if peak == _NO_PEAK else peak
                return Sound(room, name, AudioFrame(body[_SOUND.size + size :], sample_rate, known))
            case _Kind.PICTURE:
                width, height, offset, size = _PICTURE.unpack_from(body)
                name = body[_PICTURE.size : _PICTURE.size + size].decode()
                return PictureSlice(room, name, width, height, offset, body[_PICTURE.size + size :])
            case _Kind.MESSAGE:
                return Message(room, _NUMBER.unpack_from(body)[0], body[_NUMBER.size :])
            case _Kind.CONTROL:
                said = json.loads(body)
                control = _CONTROLS[said.pop("type")]
                return control(**{each.name: said[each.name] for each in fields(control)})
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProtocolError(
            f"A frame between the game and its rooms cannot be read ({type(error).__name__})."
        ) from None
    raise ProtocolError(f"A frame of unknown kind {kind} between the game and its rooms.")
