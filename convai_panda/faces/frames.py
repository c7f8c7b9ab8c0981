"""Face messages as arrays of frames, whatever their length, checked. Pure.

A frame that cannot be used is replaced by the one before it, never left out: those after it must keep their time.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..protocol.blendshapes import SHAPES
from ..protocol.server import ChunkedNeurosyncBlendshapes, NeurosyncBlendshapes, Visemes

_log = logging.getLogger(__name__)

FaceMessage = Visemes | NeurosyncBlendshapes | ChunkedNeurosyncBlendshapes

_BY_LENGTH = {len(names): name for name, names in SHAPES.items()}
_ARKIT_BELOW = 100  # values: as Convai's Unreal plugin takes it
_ROTATIONS = 52  # in ARKit frames the values from here on are signed
_INDEX_OF = {
    name: {shape.lower(): index for index, shape in enumerate(shapes)}
    for name, shapes in SHAPES.items()
    if name != "visemes"
}


class TurnKey(NamedTuple):
    """Which turn frames belong to, as far as the service says."""

    response_id: str | None = None
    turn_id: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Frames of one turn in order: ``rows`` has one row a frame, one column a shape of ``format``."""

    rows: NDArray[np.float64]
    format: str
    turn: TurnKey = TurnKey()  # noqa: RUF009 - it is immutable
    start: int | None = None  # which frame of the turn the first one is; None: the next one
    fps: float | None = None


class FrameReader:
    """One room's face messages. Says each kind of fault once in the log, and counts them all in ``faults``."""

    def __init__(self) -> None:
        self.faults: dict[str, int] = {}
        self._last: NDArray[np.float64] | None = None  # of the frames that were good

    def read(self, message: FaceMessage) -> Frames | None:
        """The message's frames; None where none of them can be used."""
        if isinstance(message, Visemes):
            return Frames(self._clean("visemes", [message.visemes.frame]), "visemes")
        frames: Sequence[Sequence[float]] = message.frames
        format_ = self._format(message)
        if format_ is None or not frames:
            self._note("no frame in it, or none of a known format")
            return None
        if message.names:
            frames = _ordered(message.names, frames, format_)
        return Frames(
            self._clean(format_, frames),
            format_,
            TurnKey(message.response_id, message.neurosync_turn_id),
            self._start(message.start_frame_index),
            self._fps(message.fps),
        )

    def _format(self, message: NeurosyncBlendshapes | ChunkedNeurosyncBlendshapes) -> str | None:
        if message.names:
            return _format_of_names(message.names)
        lengths = [len(frame) for frame in message.frames]
        usual = max(set(lengths), key=lengths.count, default=0)
        named = (message.format or "").lower()
        if named in SHAPES and usual == len(SHAPES[named]):
            return named
        if usual in _BY_LENGTH:
            return _BY_LENGTH[usual]
        if 0 < usual < _ARKIT_BELOW and named != "visemes":
            return "arkit"  # one that leaves the last shapes out
        if named in SHAPES and usual:
            return named
        return None

    def _clean(self, format_: str, frames: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        """Each as long as its format, no value but numbers from 0 to 1."""
        size = len(SHAPES[format_])
        if self._last is None or len(self._last) != size:
            self._last = np.zeros(size)
        usual = _usual_length(frames, size)
        rows = np.empty((len(frames), size))
        for row, frame in zip(rows, frames, strict=True):
            if len(frame) == usual:
                row[: min(size, usual)] = frame[:size]
                row[usual:] = 0.0
            else:
                self._note(f"a frame of {len(frame)} values among those of {usual}")
                row[:] = self._last
            if not np.isfinite(row).all():
                self._note("a value that is no number")
                row[:] = np.where(np.isfinite(row), row, self._last)
            self._last = row
        low = np.zeros(size)
        if format_ == "arkit":
            low[_ROTATIONS:] = -1.0
        clipped = np.clip(rows, low, 1.0)
        if (np.abs(clipped - rows) > 0.01).any():
            self._note("a value outside 0 to 1")
        self._last = clipped[-1].copy()
        return clipped

    def _start(self, index: int | None) -> int | None:
        if index is not None and index < 0:
            self._note("a negative frame index")
            return None
        return index

    def _fps(self, fps: float | None) -> float | None:
        if fps is not None and not 1.0 <= fps <= 240.0:
            self._note(f"a frame rate of {fps:g}")
            return None
        return fps

    def _note(self, fault: str) -> None:
        count = self.faults[fault] = self.faults.get(fault, 0) + 1
        if count == 1:
            _log.warning("A character's face message has %s; what can be used of it is used.", fault)


def _usual_length(frames: Sequence[Sequence[float]], size: int) -> int:
    lengths = [len(frame) for frame in frames]
    return size if size in lengths else max(set(lengths), key=lengths.count)


def _format_of_names(names: Sequence[str]) -> str | None:
    """The format that has most of these names."""
    plain = [_plain(name) for name in names]
    hits = {format_: sum(name in index for name in plain) for format_, index in _INDEX_OF.items()}
    best = max(hits, key=hits.__getitem__)
    return best if hits[best] else None


def _ordered(names: Sequence[str], frames: Sequence[Sequence[float]], format_: str) -> list[list[float]]:
    """Frames of named values in the order of the format; what is not named is at rest."""
    index = _INDEX_OF[format_]
    places = [index.get(_plain(name)) for name in names]
    ordered = []
    for frame in frames:
        row = [0.0] * len(SHAPES[format_])
        for place, value in zip(places, frame, strict=False):
            if place is not None:
                row[place] = value
        ordered.append(row)
    return ordered


def _plain(name: str) -> str:
    return name.lower().removeprefix("ctrl_expressions_")
