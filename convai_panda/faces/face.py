"""One character's face: what is said, felt and blinked, added up and put onto its model. Main thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..audio.cursor import Cursor, GuessedCursor
from ..moods import mood_of
from ..turns import Cue
from .channels import pose, weights
from .envelope import Envelope
from .expression import Expression
from .feed import FaceFeed, FramesCancelled, TurnEnded
from .frames import Frames
from .timeline import USUAL_FPS, VISEME_FPS, Timeline

if TYPE_CHECKING:
    from ..audio.sink import AudioSink
    from .driver import FaceDriver


class Face:
    """Follows a voice and a mood. ``requested_fps`` is the frame rate that the service was asked for."""

    def __init__(self, driver: FaceDriver, *, requested_fps: float | None = None) -> None:
        self._driver = driver
        self.feed = FaceFeed()  # what the session writes
        self._channels = tuple(driver.channels)
        self._timeline = Timeline(requested_fps)
        self._envelope = Envelope(self._channels)
        self._expression = Expression(self._channels)
        self._blink = pose({"EyeBlink*": 1.0}, self._channels)
        self._guessed = GuessedCursor()
        self._shut = 0.0  # the lids
        self._base = np.zeros(len(self._channels))  # mood and lids
        self._values = np.zeros(len(self._channels))
        self._was_moving = True  # so that the first update shows it at rest
        self._now: float | None = None

    @property
    def driver(self) -> FaceDriver:
        """What puts it onto the model."""
        return self._driver

    @property
    def values(self) -> dict[str, float]:
        """What it shows now, by channel."""
        return dict(zip(self._channels, self._values.tolist(), strict=True))

    @property
    def place(self) -> float | None:
        """How many seconds into the turn's frames it is; None where none are shown."""
        return self._timeline.place

    def feel(self, emotion: str, scale: int, now: float) -> None:
        """Take on an emotion as the service names it."""
        mood, strength = mood_of(emotion, scale)
        self._expression.feel(mood, strength, now)

    def cut(self) -> None:
        """The voice was cut off."""
        self._timeline.cut()

    def rest(self) -> None:
        """The character is left alone: let go of what it says and feels."""
        while self.feed.take() is not None:
            pass
        self._timeline.cut()
        self._expression.clear()

    def close(self) -> None:
        """Let go of the model."""
        self._driver.close()

    def update(self, now: float, sink: AudioSink | None, shut: float = 0.0) -> bool:
        """Show what belongs to this moment; ``shut`` is how far the lids are closed. Whether anything moves."""
        elapsed = 0.0 if self._now is None else max(0.0, min(1.0, now - self._now))
        self._now = now
        self._take(now)
        shape = self._timeline.follow(self._cursor(sink, now), now)
        loudness = 0.0 if sink is None else sink.loudness
        if loudness > 0.0 or shape is not None:
            self._expression.keep(now)
        self._envelope.follow(loudness if self._timeline.is_idle else 0.0, elapsed)
        has_felt = self._expression.follow(now, elapsed)
        if has_felt or shut != self._shut:
            self._shut = shut
            self._base = self._expression.shown + shut * self._blink
        elif shape is None and self._envelope.is_still and not self._was_moving:
            return False
        values = self._values
        if shape is None:
            values[:] = self._base
        else:
            np.subtract(shape.after, shape.before, out=values)
            values *= shape.share
            values += shape.before
            if shape.weight < 1.0:
                values *= shape.weight
            values += self._base
        if not self._envelope.is_still:
            values += self._envelope.shown
        np.minimum(values, 1.0, out=values)
        self._driver.show(values.tolist())
        self._was_moving = shape is not None or not self._envelope.is_still
        return True

    def _cursor(self, sink: AudioSink | None, now: float) -> Cursor | None:
        if sink is None:
            return None
        if hasattr(sink, "cursor"):
            cursor: Cursor | None = sink.cursor
            return cursor
        return self._guessed.follow(now, is_sounding=sink.is_sounding)

    def _take(self, now: float) -> None:
        while (item := self.feed.take()) is not None:
            match item:
                case Frames(rows=rows, format=format_):
                    shown = np.maximum(rows @ weights(format_, self._channels), 0.0)
                    usual = VISEME_FPS if format_ == "visemes" else USUAL_FPS
                    self._timeline.add(
                        list(shown), now, turn=item.turn, start=item.start, fps=item.fps, usual_fps=usual
                    )
                case TurnEnded(turn=turn, fps=fps):
                    self._timeline.end_turn(turn, fps)
                case FramesCancelled(turn=turn, through=through):
                    self._timeline.cancel(turn, through)
                case Cue.BEGIN:
                    self._timeline.begin_turn()
                case Cue.CUT:
                    self._timeline.cut()
