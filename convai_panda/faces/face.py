"""One character's face: what is said, felt and blinked, added up and put onto its model. Main thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..audio.cursor import Cursor, GuessedCursor
from ..errors import ConfigurationError
from ..moods import mood_of
from ..turns import Cue
from .channels import CHANNELS, Weights, pose
from .envelope import Envelope
from .expression import Expression
from .feed import FaceFeed, FramesCancelled, ShownFrames, TurnEnded
from .timeline import Shape, Timeline

if TYPE_CHECKING:
    from ..audio.sink import AudioSink
    from .driver import FaceDriver


class Face:
    """Follows a voice and a mood. ``requested_fps`` is the frame rate that the service was asked for.

    Raises ConfigurationError for a driver with a channel that there is not.
    """

    def __init__(self, driver: FaceDriver, *, requested_fps: float | None = None) -> None:
        self._driver = driver
        self._channels = tuple(driver.channels)
        if unknown := sorted(set(self._channels) - set(CHANNELS)):
            raise ConfigurationError(f"{unknown[0]!r} is no channel of a face. There are: {', '.join(CHANNELS)}.")
        self.feed = FaceFeed(self._channels)  # what the session writes
        self._timeline = Timeline(requested_fps)
        self._envelope = Envelope(self._channels)
        self._expression = Expression(self._channels)
        self._blink = pose({"EyeBlink*": 1.0}, self._channels)
        self._guessed = GuessedCursor()
        self._shut = 0.0  # the lids
        self._base = np.zeros(len(self._channels))  # mood and lids
        self._values = np.zeros(len(self._channels))
        self._has_base = False
        self._still = 0  # how often it was shown at rest
        self._sink: AudioSink | None = None
        self._knows_cursor = False
        self._now = float("inf")

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
        elapsed, self._now = min(1.0, max(0.0, now - self._now)), now
        if self.feed.has_items:
            self._take(now)
        shape = self._timeline.follow(None if sink is None else self._cursor(sink, now), now)
        is_speaking = shape is not None
        if shape is None or not self._envelope.is_still:
            is_speaking = self._follow_loudness(sink, elapsed) or is_speaking
        if is_speaking:
            self._expression.kept_at = now
        is_easing = self._expression.follow(now, elapsed)
        if is_easing or shut != self._shut:
            self._shut = shut
            mood = self._expression.shown
            self._base = mood + shut * self._blink if shut else mood
            self._has_base = is_easing or shut > 0.0 or bool(mood.any())
            is_speaking = True
        if not is_speaking and self._still > 1:
            return False
        self._still = 0 if is_speaking else self._still + 1  # shown twice at rest: a driver may skip a frame
        self._driver.show(self._blend(shape).tolist())
        return True

    def _blend(self, shape: Shape | None) -> Weights:
        """Everything added up."""
        values = self._values
        if shape is None:
            values[:] = self._base
        else:
            np.subtract(shape.after, shape.before, out=values)
            values *= shape.share
            values += shape.before
            if shape.weight < 1.0:
                values *= shape.weight
            if self._has_base:
                values += self._base
        if not self._envelope.is_still:
            values += self._envelope.shown
            np.minimum(values, 1.0, out=values)
        elif self._has_base:
            np.minimum(values, 1.0, out=values)
        return values

    def _follow_loudness(self, sink: AudioSink | None, elapsed: float) -> bool:
        """Let the loudness move the mouth where there are no frames; whether anything is heard."""
        loudness = 0.0 if sink is None else sink.loudness
        self._envelope.follow(loudness if self._timeline.is_idle else 0.0, elapsed)
        return loudness > 0.0 or not self._envelope.is_still

    def _cursor(self, sink: AudioSink, now: float) -> Cursor | None:
        if sink is not self._sink:
            self._sink, self._knows_cursor = sink, hasattr(type(sink), "cursor")
        if self._knows_cursor:
            cursor: Cursor | None = sink.cursor  # type: ignore[attr-defined]  # KnowsCursor
            return cursor
        return self._guessed.follow(now, is_sounding=sink.is_sounding)

    def _take(self, now: float) -> None:
        while (item := self.feed.take()) is not None:
            match item:
                case ShownFrames(rows=rows, turn=turn, start=start, fps=fps, usual_fps=usual):
                    self._timeline.add(rows, now, turn=turn, start=start, fps=fps, usual_fps=usual)
                case TurnEnded(turn=turn, fps=fps):
                    self._timeline.end_turn(turn, fps)
                case FramesCancelled(turn=turn, through=through):
                    self._timeline.cancel(turn, through)
                case Cue.BEGIN:
                    self._timeline.begin_turn()
                case Cue.CUT:
                    self._timeline.cut()
