"""Which shape a face shows while its voice is at a place: frames in, the two nearest frames and their blend out. Pure.

It follows the sound's own cursor and never a clock: frames of a turn begin where its voice begins, and stand still
where the voice does. The clock only says how fast a shape that is no longer held relaxes.
"""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..audio.cursor import NEVER, Cursor
from .frames import TurnKey

_log = logging.getLogger(__name__)

USUAL_FPS = 60.0  # Convai live API: what output_fps is where nobody says
VISEME_FPS = 100.0  # Convai's Unreal plugin plays one viseme each 10 ms

_HOLD = 0.25  # s that a shape is held when sound or frames stall
_ATTACK, _RELEASE = 0.05, 0.15  # s from rest to the full shape, and back
_PAUSE = 0.15  # s of silence in which frames that have run out wait for the voice
_JOINED = 0.04  # s of silence in which a voice has not stopped: two chunks
_REMNANT = 0.40  # s of a turn's frames that may be left when its voice is over
_OVERRUN = 0.50  # s of voice after a turn's last frame from which it must be the next turn's
_FORGOTTEN = 6.0  # s after which frames whose voice never came are dropped; a service stalls for less
_LONGEST = 600.0  # s of frames that one turn may have

_UNPRUNED = 256  # frames that have been shown before they are let go of

Row = NDArray[np.float64]
_NOTHING: Row = np.zeros(0)


@dataclass(slots=True)
class Shape:
    """What to show: the blend of two rows by ``share`` (0: the first), as far from rest as ``weight`` (0 to 1)."""

    before: Row
    after: Row
    share: float
    weight: float


@dataclass(slots=True, eq=False)
class _Turn:
    """One turn's frames; those that have been shown are let go of."""

    key: TurnKey
    arrived: float
    fps: float
    rows: list[Row] = field(default_factory=list)
    first: int = 0  # the number of rows[0]
    is_fps_told: bool = False  # by the frames themselves
    has_ended: bool = False
    has_sounded: bool = False

    @property
    def count(self) -> int:
        return self.first + len(self.rows)

    @property
    def duration(self) -> float:
        return self.count / self.fps

    def put(self, rows: Sequence[Row], start: int | None) -> None:
        """Take rows from frame ``start`` on, over those that were sent ahead; a hole repeats the frame before it."""
        start = self.count if start is None else start
        if start + len(rows) > _LONGEST * self.fps:
            _log.warning("Frame %d of a face is dropped: no turn lasts longer than %.0f s.", start, _LONGEST)
            return
        if not self.rows:
            self.first = start if start and self.has_sounded else 0
        filler = self.rows[-1] if self.rows else np.zeros_like(rows[0])
        self.rows += [filler] * (start - self.count)
        kept = max(0, start - self.first)
        skipped = max(0, self.first - start)
        self.rows[kept : kept + len(rows) - skipped] = rows[skipped:]

    def keep_through(self, index: int | None) -> None:
        """Frames after ``index`` are void (None: all)."""
        del self.rows[max(0, 0 if index is None else index + 1 - self.first) :]

    def at(self, place: float) -> tuple[Row, Row, float]:
        """The rows before and after ``place`` seconds, and how far it is from the one to the other."""
        index = place * self.fps
        number = min(max(int(index), self.first), self.count - 1)
        if number - self.first >= _UNPRUNED:
            del self.rows[: number - self.first - 1]
            self.first = number - 1
        before = self.rows[number - self.first]
        after = self.rows[min(number + 1, self.count - 1) - self.first]
        return before, after, min(1.0, max(0.0, index - number))


class Timeline:
    """One face's frames, turn after turn. ``requested_fps``: what the service was asked for, if it was."""

    def __init__(self, requested_fps: float | None = None) -> None:
        self._requested = requested_fps
        self._told: float | None = None  # by the statistics of the turn before
        self._turns: deque[_Turn] = deque()
        self._place = 0.0  # s within the first turn
        self._is_playing = False
        self._last: Row | None = None  # what was shown last
        self._weight = 0.0
        self._shape = Shape(_NOTHING, _NOTHING, 0.0, 0.0)
        self._now = 0.0
        self._moved_at = NEVER  # when there was last something new to show
        self._source: str | None = None
        self._heard = 0.0
        self._onset = NEVER  # as it was seen last
        self._used = NEVER  # the onset with which a turn has begun already
        self._began = NEVER  # the first onset since the last turn, whose frames may still be on their way
        self._overran = NEVER  # where a voice went on beyond its frames

    @property
    def is_idle(self) -> bool:
        """Whether no frames are there to be shown."""
        return not self._turns

    @property
    def place(self) -> float | None:
        """Seconds into the turn that is being shown; None where none is."""
        return self._place if self._is_playing else None

    def add(
        self,
        rows: Sequence[Row],
        now: float,
        *,
        turn: TurnKey = TurnKey(),  # noqa: B008 - it is immutable
        start: int | None = None,
        fps: float | None = None,
        usual_fps: float = USUAL_FPS,
    ) -> None:
        """Take frames; ``start`` is which frame of the turn the first of them is (None: the next)."""
        if not len(rows):
            return
        last = self._turns[-1] if self._turns else None
        if last is None or last.key != turn or (last.has_ended and turn == TurnKey()):
            if last is not None:
                last.has_ended = True
            last = _Turn(turn, now, self._told or self._requested or usual_fps)
            self._turns.append(last)
        if fps is not None:
            last.fps, last.is_fps_told = fps, True
        last.put(rows, start)

    def begin_turn(self) -> None:
        """A new turn begins: frames that come now are its own."""
        for each in self._turns:
            each.has_ended = True
        if not self._is_playing:
            self._used, self._began = (
                max(self._used, self._onset),
                NEVER,
            )  # what is heard now is the old one

    def end_turn(self, turn: TurnKey = TurnKey(), fps: float | None = None) -> None:  # noqa: B008 - it is immutable
        """No more frames of the turn will come; ``fps`` is what the statistics say about it."""
        self._told = fps or self._told
        for each in self._turns:
            if TurnKey() in (turn, each.key) or each.key == turn:
                each.has_ended = True
                if fps and not each.is_fps_told:
                    each.fps = fps

    def cancel(self, turn: TurnKey, through: int | None) -> None:
        """Frames that were sent ahead are void after ``through`` (None: all of them)."""
        for each in self._turns:
            if turn in (each.key, TurnKey()):
                each.keep_through(through)

    def cut(self) -> None:
        """The voice was cut off: let go of every frame, and relax."""
        self._turns.clear()
        self._is_playing = False
        self._place = 0.0
        self._used, self._began, self._overran = self._heard, NEVER, NEVER
        self._moved_at = NEVER

    def follow(self, cursor: Cursor | None, now: float) -> Shape | None:
        """What to show now that the voice is at ``cursor``; None at rest. The same object each time."""
        if self._weight == 1.0 and self._is_playing and cursor is not None and self._glide(cursor, now):
            return self._shape
        elapsed, self._now = max(0.0, now - self._now), now
        step = self._listen(cursor)
        self._forget()
        if cursor is not None:
            if self._is_playing:
                self._advance(cursor, step)
            else:
                self._wait(cursor, step)
        shown = self._find(now)
        wanted = 1.0 if now - self._moved_at <= _HOLD else 0.0
        pace = elapsed / (_ATTACK if wanted else _RELEASE)
        self._weight = min(wanted, self._weight + pace) if wanted else max(0.0, self._weight - pace)
        if shown is not None:
            shown.weight = self._weight
        return shown

    def _glide(self, cursor: Cursor, now: float) -> bool:
        """The usual case, quickly: the same stretch of voice goes on, and so do its frames."""
        source, heard, onset, _ = cursor
        step = heard - self._heard
        if source != self._source or onset != self._onset or step <= 0.0 or not self._turns:
            return False
        turn, shape = self._turns[0], self._shape
        place = self._place + step
        index = place * turn.fps - turn.first
        number = int(index)
        if not 0 <= number < min(_UNPRUNED, len(turn.rows) - 1):
            return False
        self._place, self._heard, self._now, self._moved_at = place, heard, now, now
        shape.before, shape.after = turn.rows[number], turn.rows[number + 1]
        shape.share = index - number
        self._last = shape.before if shape.share < 0.5 else shape.after
        return True

    def _listen(self, cursor: Cursor | None) -> float:
        """Seconds of sound that were heard since the last time."""
        if cursor is None:
            return 0.0
        if cursor.source != self._source or cursor.heard < self._heard - 0.001:
            # Another stream: what was known of places is void, but a turn under way goes on.
            self._source, self._heard, self._onset = cursor.source, cursor.heard, cursor.onset
            self._used = self._began = NEVER
            self._overran = NEVER
            if self._is_playing:
                self._used = cursor.onset
            return 0.0
        step, self._heard, self._onset = cursor.heard - self._heard, cursor.heard, cursor.onset
        return step

    def _wait(self, cursor: Cursor, step: float) -> None:
        """Begin, or go on, where a voice begins."""
        is_new = cursor.onset > self._used and cursor.heard >= cursor.onset
        if is_new and self._began == NEVER:
            if cursor.onset < cursor.heard - step and cursor.silence > _PAUSE:
                self._used = cursor.onset  # long over, and nobody waited for it
                return
            self._began = cursor.onset
        turn = self._turns[0] if self._turns else None
        if turn is None or not turn.rows:
            return
        if is_new:
            self._start(turn, cursor.heard - (cursor.onset if turn.has_sounded else self._began), cursor)
        elif self._overran != NEVER and cursor.silence > _PAUSE:
            self._overran = NEVER
        elif self._overran != NEVER and cursor.heard - self._overran > _OVERRUN:
            self._start(turn, cursor.heard - self._overran, cursor)

    def _start(self, turn: _Turn, passed: float, cursor: Cursor) -> None:
        self._place += passed
        self._used = cursor.onset
        self._began = self._overran = NEVER
        self._is_playing = turn.has_sounded = True
        if self._place < turn.duration:
            self._moved_at = self._now
        self._advance(cursor, 0.0)

    def _advance(self, cursor: Cursor, step: float) -> None:
        """Go on by what was heard."""
        self._place += step
        if step > 0.0 and self._turns and self._place < self._turns[0].duration:
            self._moved_at = self._now
        is_anew, self._used = cursor.onset > self._used, max(self._used, cursor.onset)
        is_over = len(self._turns) > 1 and self._turns[0].has_ended
        if is_anew and is_over and self._turns[0].duration - self._place < _REMNANT:
            self._next(cursor.heard - cursor.onset)
        while self._turns and self._place >= self._turns[0].duration:
            turn, silence = self._turns[0], cursor.silence
            if len(self._turns) > 1 and silence <= _PAUSE:
                if silence > _JOINED:
                    return  # a pause may begin, or a word end
                self._next(self._place - turn.duration)
            elif turn.has_ended:
                self._is_playing = False
                self._overran = self._heard - (self._place - turn.duration) if silence <= _PAUSE else NEVER
                self._moved_at = NEVER
                self._drop()
            else:
                if silence > _PAUSE:  # the next frames are those of when the voice comes back
                    self._place = max(turn.duration, self._place - silence)
                    self._is_playing = False
                return

    def _next(self, place: float) -> None:
        self._drop()
        self._turns[0].has_sounded = True
        self._place = place
        self._moved_at = self._now

    def _drop(self) -> None:
        self._turns.popleft()
        self._place = 0.0
        if self._turns:
            self._turns[0].arrived = self._now

    def _find(self, now: float) -> Shape | None:
        turn = self._turns[0] if self._turns else None
        if turn is not None and self._is_playing and turn.rows:
            before, after, share = turn.at(self._place)
            self._last = before if share < 0.5 else after
            return self._put(before, after, share)
        if self._last is None or (self._weight <= 0.0 and now - self._moved_at > _HOLD):
            self._last = None
            return None
        return self._put(self._last, self._last, 0.0)

    def _put(self, before: Row, after: Row, share: float) -> Shape:
        self._shape.before, self._shape.after, self._shape.share = before, after, share
        return self._shape

    def _forget(self) -> None:
        """Drop turns whose voice never came."""
        while self._turns and not self._is_playing:
            turn = self._turns[0]
            is_over = turn.has_ended or len(self._turns) > 1
            if not is_over or self._now - turn.arrived < _FORGOTTEN:
                return
            self._drop()
