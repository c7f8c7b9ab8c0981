"""A face's frames against a voice's cursor, with no clock but the one that the test turns."""

import numpy as np
import pytest

from convai_panda.audio.cursor import NEVER, Cursor
from convai_panda.faces.frames import TurnKey
from convai_panda.faces.timeline import Shape, Timeline

FPS = 60.0


class Voice:
    """A stream whose voice begins where ``speak`` says, and a game that looks at it sixty times a second."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.now = 100.0
        self.heard = 5.0
        self.onset = NEVER
        self.voiced = NEVER
        self.is_speaking = False
        self.shape: Shape | None = None

    def cursor(self) -> Cursor:
        return Cursor("track", self.heard, self.onset, self.voiced)

    def run(self, seconds: float, *, frame: float = 1 / 60) -> float | None:
        """Step on; what the face shows then (the first shape, as frames are numbered by it)."""
        end = self.now + seconds
        while self.now < end - 1e-9:
            step = min(frame, end - self.now)
            self.now += step
            self.heard += step
            if self.is_speaking:
                self.voiced = self.heard
            self.shape = self.timeline.follow(self.cursor(), self.now)
        return self.value

    @property
    def value(self) -> float | None:
        if self.shape is None:
            return None
        before, after = self.shape.before, self.shape.after
        return float(before[0] + (after[0] - before[0]) * self.shape.share)

    def speak(self) -> None:
        self.is_speaking = True
        if self.heard - self.voiced > 0.15:
            self.onset = self.heard

    def pause(self) -> None:
        self.is_speaking = False


def ramp(count: int, start: int = 0) -> list[np.ndarray]:
    """Frames that hold their own number."""
    return [np.array([float(number), 1.0]) for number in range(start, start + count)]


@pytest.fixture
def timeline() -> Timeline:
    return Timeline(FPS)


@pytest.fixture
def voice(timeline: Timeline) -> Voice:
    return Voice(timeline)


def test_frames_wait_for_the_voice_and_then_keep_with_it(timeline: Timeline, voice: Voice) -> None:
    timeline.add(ramp(120), voice.now)
    assert voice.run(1.0) is None
    voice.speak()
    assert voice.run(0.5) == pytest.approx(30.0, abs=0.01)
    assert voice.run(1.0) == pytest.approx(90.0, abs=0.01)


def test_a_slow_frame_of_the_game_leaves_no_trace(timeline: Timeline, voice: Voice) -> None:
    timeline.add(ramp(120), voice.now)
    voice.run(0.1)
    voice.speak()
    assert voice.run(0.25, frame=0.25) == pytest.approx(15.0, abs=0.01)
    assert voice.shape is not None
    assert voice.shape.weight == 1.0


def test_frames_that_come_after_their_sound_are_skipped(timeline: Timeline, voice: Voice) -> None:
    voice.run(0.1)
    voice.speak()
    assert voice.run(0.3) is None
    timeline.add(ramp(60), voice.now)
    assert voice.run(1 / 60) == pytest.approx(19.0, abs=0.01)
    voice.run(0.8)
    assert voice.run(0.5) == 59.0  # held
    timeline.add(ramp(120, 60), voice.now)
    assert voice.run(1 / 60) == pytest.approx(60 * (0.3 + 0.8 + 0.5) + 2, abs=0.01)


def test_a_stall_holds_the_shape_and_then_lets_it_relax(timeline: Timeline, voice: Voice) -> None:
    timeline.add(ramp(60), voice.now)
    voice.speak()
    voice.run(1.0)
    voice.pause()
    assert voice.run(0.2) == 59.0
    assert voice.shape is not None
    assert voice.shape.weight == 1.0
    assert voice.run(0.5) is None
    timeline.add(ramp(60, 60), voice.now)  # the rest, seconds later
    assert voice.run(2.0) is None
    voice.speak()
    assert voice.run(0.5) == pytest.approx(90.0, abs=0.05)


def test_a_pause_within_the_frames_is_not_a_stall(timeline: Timeline, voice: Voice) -> None:
    timeline.add(ramp(120), voice.now)
    voice.speak()
    voice.run(0.8)
    voice.pause()
    assert voice.run(0.3) == pytest.approx(66.0, abs=0.01)
    voice.speak()
    assert voice.run(0.3) == pytest.approx(84.0, abs=0.01)


def test_an_interruption_fades_and_the_next_turn_begins_at_its_beginning(timeline: Timeline, voice: Voice) -> None:
    timeline.add(ramp(120), voice.now)
    voice.speak()
    voice.run(0.5)
    timeline.cut()
    voice.pause()
    voice.run(1 / 60)
    assert voice.shape is not None
    assert 0.0 < voice.shape.weight < 1.0
    assert voice.run(0.2) is None
    timeline.begin_turn()
    timeline.add(ramp(60), voice.now)
    assert voice.run(0.3) is None
    voice.speak()
    assert voice.run(0.25) == pytest.approx(15.0, abs=0.01)


def test_the_next_turns_frames_wait_for_the_next_turns_voice(timeline: Timeline, voice: Voice) -> None:
    timeline.add(ramp(60), voice.now, turn=TurnKey("one", 1))
    timeline.end_turn(TurnKey("one", 1))
    voice.speak()
    voice.run(0.5)
    timeline.begin_turn()
    timeline.add(ramp(60), voice.now, turn=TurnKey("two", 2))
    voice.run(0.4)
    voice.pause()  # a little before its frames are over
    voice.run(1.0)
    voice.speak()
    assert voice.run(0.5) == pytest.approx(30.0, abs=0.05)


def test_turns_whose_voices_join_are_told_apart(timeline: Timeline, voice: Voice) -> None:
    timeline.add(ramp(60), voice.now, turn=TurnKey("one"))
    timeline.add(ramp(60), voice.now, turn=TurnKey("two"))
    voice.speak()
    assert voice.run(1.5) == pytest.approx(30.0, abs=0.01)


def test_a_voice_without_frames_does_not_use_up_the_next_turns(timeline: Timeline, voice: Voice) -> None:
    voice.speak()
    voice.run(1.0)
    timeline.begin_turn()
    timeline.add(ramp(60), voice.now)
    assert voice.run(0.2) is None
    voice.pause()
    assert voice.run(0.5) is None
    voice.speak()
    assert voice.run(0.25) == pytest.approx(15.0, abs=0.01)


def test_frames_whose_voice_never_comes_are_dropped(timeline: Timeline, voice: Voice) -> None:
    timeline.add(ramp(60), voice.now)
    timeline.end_turn()
    voice.run(7.0)
    assert timeline.is_idle


def test_chunks_that_were_sent_ahead_go_where_they_say(timeline: Timeline, voice: Voice) -> None:
    turn = TurnKey("one", 1)
    timeline.add(ramp(10), voice.now, turn=turn, start=0)
    timeline.add(ramp(10, 20), voice.now, turn=turn, start=20)  # a hole is held
    timeline.add(ramp(10, 110), voice.now, turn=turn, start=5)  # and what was sent can be replaced
    voice.speak()
    assert voice.run(4 / 60) == pytest.approx(4.0, abs=0.01)
    assert voice.run(3 / 60) == pytest.approx(112.0, abs=0.01)
    assert voice.run(7 / 60) == pytest.approx(119.0, abs=0.01)
    assert voice.run(4 / 60) == pytest.approx(9.0, abs=0.01)
    assert voice.run(4 / 60) == pytest.approx(22.0, abs=0.01)


@pytest.mark.parametrize(("through", "last"), [(29, 29.0), (None, 6.0)])
def test_cancelled_frames_are_not_shown(timeline: Timeline, voice: Voice, through: int | None, last: float) -> None:
    turn = TurnKey("one", 1)
    timeline.add(ramp(120), voice.now, turn=turn, start=0)
    voice.speak()
    voice.run(0.1)
    timeline.cancel(turn, through)
    shown = [voice.run(1 / 60) for _ in range(60)]
    assert max(value for value in shown if value is not None) == pytest.approx(last, abs=0.05)


def test_another_turns_cancel_cancels_nothing(timeline: Timeline, voice: Voice) -> None:
    timeline.add(ramp(120), voice.now, turn=TurnKey("two", 2))
    timeline.cancel(TurnKey("one", 1), None)
    voice.speak()
    assert voice.run(1.0) == pytest.approx(60.0, abs=0.01)


def test_an_absurd_frame_index_costs_no_memory(timeline: Timeline, voice: Voice) -> None:
    timeline.add(ramp(10), voice.now, start=10**9)
    timeline.add(ramp(60), voice.now, start=0)
    voice.speak()
    assert voice.run(0.5) == pytest.approx(30.0, abs=0.01)


@pytest.mark.parametrize(
    ("requested", "payload", "stats", "expected"),
    [(None, None, None, 60), (30, None, None, 30), (30, None, 50, 50), (30, 90, 50, 90), (None, 24, None, 24)],
)
def test_whose_frame_rate_counts(
    requested: float | None, payload: float | None, stats: float | None, expected: float
) -> None:
    voice = Voice(Timeline(requested))
    voice.timeline.add(ramp(200), voice.now, fps=payload)
    voice.timeline.end_turn(fps=stats)
    voice.speak()
    assert voice.run(1.0) == pytest.approx(expected, abs=0.05)


def test_the_rate_of_the_statistics_holds_for_the_next_turn(timeline: Timeline, voice: Voice) -> None:
    timeline.add(ramp(30), voice.now)
    timeline.end_turn(fps=50)
    voice.speak()
    voice.run(1.0)
    voice.pause()
    voice.run(1.0)
    timeline.begin_turn()
    timeline.add(ramp(100), voice.now)
    voice.speak()
    assert voice.run(1.0) == pytest.approx(50.0, abs=0.05)


def test_a_paused_voice_lets_the_face_rest_and_comes_back_where_it_is(timeline: Timeline, voice: Voice) -> None:
    timeline.add(ramp(300), voice.now)
    voice.speak()
    voice.run(0.5)
    for _ in range(60):
        voice.now += 1 / 60
        voice.shape = timeline.follow(None, voice.now)
    assert voice.shape is None or voice.shape.weight == 0.0
    voice.heard += 2.0  # what was said meanwhile
    assert voice.run(0.1) == pytest.approx(60 * 2.6, abs=0.05)
