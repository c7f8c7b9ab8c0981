"""Where a voice is heard to be, sample by sample, whatever was trimmed, late or dropped on the way."""

import numpy as np
import pytest

from convai_panda.audio.cursor import NEVER, GuessedCursor
from convai_panda.audio.jitter import PRIME, JitterBuffer

RATE = 48_000


def sound(seconds: float, level: float = 0.3) -> bytes:
    return (32_767 * level * np.sin(np.arange(round(seconds * RATE)) * 0.2)).astype("<i2").tobytes()


class Stream:
    """Sound that arrives in frames of 20 ms, each when it is due, and is pumped every 10 ms."""

    def __init__(self) -> None:
        self.buffer = JitterBuffer()
        self.now = 50.0

    def send(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), 1920):
            self.buffer.push(pcm[at : at + 1920], self.now)
            self.pump(0.020)

    def pump(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.010)):
            self.now += 0.010
            self.buffer.release(self.now)


def test_before_the_first_sample_there_is_no_place() -> None:
    assert JitterBuffer().cursor("track", 0.0) is None


def test_the_cursor_is_behind_what_arrived_by_the_prime() -> None:
    stream = Stream()
    stream.send(sound(1.0))
    cursor = stream.buffer.cursor("track", stream.now)
    assert cursor is not None
    assert cursor.heard == pytest.approx(1.0 - PRIME, abs=0.021)
    later = stream.buffer.cursor("track", stream.now + 0.013)
    assert later is not None
    assert later.heard == pytest.approx(cursor.heard + 0.013, abs=1e-6), "between two rounds of the pump as well"
    assert cursor.silence == 0.0


def test_a_voice_begins_at_its_first_loud_sample() -> None:
    stream = Stream()
    stream.send(b"\0\0" * round(0.5 * RATE) + sound(0.3))
    cursor = stream.buffer.cursor("track", stream.now)
    assert cursor is not None
    assert cursor.onset == pytest.approx(0.5, abs=0.001)


def test_a_breath_before_the_voice_belongs_to_it_and_a_noise_floor_does_not() -> None:
    for length, onset in ((0.2, 0.3), (2.0, 2.1)):
        stream = Stream()
        stream.send(b"\0\0" * round(0.1 * RATE) + sound(length, 0.001) + sound(0.3))
        cursor = stream.buffer.cursor("track", stream.now)
        assert cursor is not None
        begun = 0.1 if length < 0.5 else onset
        assert cursor.onset == pytest.approx(begun, abs=0.002)


def test_a_pause_begins_a_new_stretch_and_a_stop_consonant_does_not() -> None:
    stream = Stream()
    stream.send(sound(0.3) + b"\0\0" * round(0.08 * RATE) + sound(0.3))
    cursor = stream.buffer.cursor("track", stream.now)
    assert cursor is not None
    assert cursor.onset == pytest.approx(0.0, abs=0.001)
    stream.send(b"\0\0" * round(0.3 * RATE) + sound(0.2))
    stream.pump(0.2)
    cursor = stream.buffer.cursor("track", stream.now)
    assert cursor is not None
    assert cursor.onset == pytest.approx(0.98, abs=0.001)
    assert cursor.heard == pytest.approx(1.18, abs=0.001)
    assert cursor.voiced == pytest.approx(1.18, abs=0.021)


def test_silence_that_was_trimmed_counts_as_heard() -> None:
    stream = Stream()
    for at in range(0, RATE * 2, 1920):  # a second in one go, as after a hitch: mostly silence
        stream.buffer.push(b"\0" * 1920 if at < RATE else sound(0.02), stream.now)
    stream.pump(2.0)
    assert stream.buffer.stats.trimmed_silence > 0.2
    cursor = stream.buffer.cursor("track", stream.now)
    assert cursor is not None
    assert cursor.heard == pytest.approx(1.0, abs=0.001)
    assert cursor.onset == pytest.approx(0.5, abs=0.021)


def test_a_sink_without_a_cursor_is_guessed_by_its_sound() -> None:
    guess = GuessedCursor()
    for tick in range(60):
        cursor = guess.follow(tick / 60, is_sounding=tick >= 30)
    assert cursor.onset == pytest.approx(29 / 60, abs=0.02)
    assert cursor.heard == pytest.approx(59 / 60)
    assert cursor.silence == 0.0
    assert GuessedCursor().follow(1.0, is_sounding=False).onset == NEVER
