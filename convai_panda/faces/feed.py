"""One character's face messages on their way to the frame: written on the asyncio thread, taken on the main thread.

An interruption drops what belongs to the old turn, here as it does in the voice.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from ..protocol.server import (
    BlendshapeTurnStats,
    ChunkedNeurosyncBlendshapes,
    NeurosyncBlendshapes,
    NeurosyncBlendshapesCancel,
    ServerMessage,
    Visemes,
)
from ..turns import Cue
from .channels import weights
from .frames import FrameReader, Frames, TurnKey
from .timeline import USUAL_FPS, VISEME_FPS, Row

_FULL = 4096  # items that wait for the frame: a minute of single frames; a game that stands still loses the rest


@dataclass(frozen=True, slots=True, eq=False)
class ShownFrames:
    """Frames of one turn as the face's channels; ``start`` and ``fps`` as the message says."""

    rows: list[Row]
    turn: TurnKey
    start: int | None
    fps: float | None
    usual_fps: float


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """No more frames of this turn will come."""

    turn: TurnKey
    fps: float | None


@dataclass(frozen=True, slots=True)
class FramesCancelled:
    """Frames that were sent ahead are void after ``through`` (None: all)."""

    turn: TurnKey
    through: int | None


FeedItem = ShownFrames | TurnEnded | FramesCancelled | Cue


class FaceFeed:
    """What a session writes and a face takes, already in the face's ``channels``."""

    def __init__(self, channels: tuple[str, ...]) -> None:
        self._channels = channels
        self._items: deque[FeedItem] = deque()
        self._reader = FrameReader()
        self._is_open = True
        self._current = TurnKey()
        self._void: TurnKey | None = None  # the turn that was cut, where the service names its turns

    @property
    def faults(self) -> dict[str, int]:
        """What was wrong with frames so far, and how often."""
        return self._reader.faults

    @property
    def has_items(self) -> bool:
        """Whether there is something to take."""
        return bool(self._items)

    def take(self) -> FeedItem | None:
        """The next item; None where there is none (main thread)."""
        return self._items.popleft() if self._items else None

    def receive(self, message: ServerMessage, cue: Cue | None) -> None:
        """Take a message of the room and what it means for the turn (asyncio thread)."""
        match cue:
            case Cue.CUT:
                self.cut()
            case Cue.BEGIN:
                self._is_open = True
                self._put(Cue.BEGIN)
        match message:
            case Visemes() | NeurosyncBlendshapes() | ChunkedNeurosyncBlendshapes():
                self._read(message)
            case BlendshapeTurnStats(stats=stats):
                fps = stats.fps if stats.fps is not None and 1.0 <= stats.fps <= 240.0 else None
                self._put(TurnEnded(_key(message), fps))
            case NeurosyncBlendshapesCancel(valid_through_frame_index=through):
                self._put(FramesCancelled(_key(message), through))

    def cut(self) -> None:
        """The character was interrupted (asyncio thread)."""
        if self._current != TurnKey():
            self._void = self._current
        self._is_open = False
        self._put(Cue.CUT)

    def _read(self, message: Visemes | NeurosyncBlendshapes | ChunkedNeurosyncBlendshapes) -> None:
        if not self._is_open:
            return
        frames = self._reader.read(message)
        if frames is None or (self._void is not None and frames.turn == self._void):
            return
        self._current = frames.turn
        usual = VISEME_FPS if frames.format == "visemes" else USUAL_FPS
        self._put(ShownFrames(self._shown(frames), frames.turn, frames.start, frames.fps, usual))

    def _shown(self, frames: Frames) -> list[Row]:
        return list(np.clip(frames.rows @ weights(frames.format, self._channels), 0.0, 1.0))

    def _put(self, item: FeedItem) -> None:
        if len(self._items) < _FULL or not isinstance(item, ShownFrames):
            self._items.append(item)


def _key(message: BlendshapeTurnStats | NeurosyncBlendshapesCancel) -> TurnKey:
    return TurnKey(message.response_id, message.neurosync_turn_id)
