"""The loudspeaker's sound as the echo canceller gets it: when it is heard, as loud as it is, and only if wanted."""

import numpy as np
from numpy.typing import NDArray

from convai_panda.audio.far_end import FarEnd

PIECE = 480  # samples: 10 ms


def tone(samples: int, value: int) -> bytes:
    return np.full(samples, value, "<i2").tobytes()


def read(far_end: FarEnd, pieces: int, *, start: float = 0.0) -> NDArray[np.int16]:
    frames = [far_end.read(PIECE, start + index * 0.010).pcm for index in range(pieces)]
    return np.frombuffer(b"".join(frames), "<i2")


def wanted() -> FarEnd:
    far_end = FarEnd()
    far_end.is_wanted = True
    return far_end


def test_sound_comes_when_it_is_heard_and_as_loud_as_its_voice_is() -> None:
    far_end = wanted()
    far_end.read(PIECE, 9.99)
    far_end.add(tone(960, 8000), 48_000, at=10.020, gain=0.5)
    heard = read(far_end, 6, start=10.0)
    assert np.flatnonzero(heard)[0] == 960
    assert np.flatnonzero(heard)[-1] == 960 + 960 - 1
    assert heard.max() == 4000


def test_voices_are_heard_together_and_never_wrap_around() -> None:
    far_end = wanted()
    far_end.read(PIECE, -0.01)
    for _ in range(2):
        far_end.add(tone(PIECE, 6000), 48_000, at=0.0, gain=1.0)
        far_end.add(tone(PIECE, 30_000), 48_000, at=0.010, gain=1.0)
    heard = read(far_end, 2)
    assert set(heard[:PIECE].tolist()) == {12_000}
    assert set(heard[PIECE:].tolist()) == {32_767}


def test_another_rate_lasts_as_long() -> None:
    far_end = wanted()
    far_end.read(PIECE, -0.01)
    far_end.add(tone(240, 1000), 24_000, at=0.0, gain=1.0)
    assert np.count_nonzero(read(far_end, 2)) == PIECE


def test_a_reader_that_was_held_up_never_reads_what_was_heard_long_ago() -> None:
    far_end = wanted()
    far_end.read(PIECE, 0.0)
    far_end.add(tone(PIECE, 1000), 48_000, at=0.1, gain=1.0)
    far_end.add(tone(PIECE, 2000), 48_000, at=5.0, gain=1.0)
    assert set(np.frombuffer(far_end.read(PIECE, 5.0).pcm, "<i2").tolist()) == {2000}


def test_nothing_is_kept_for_nobody() -> None:
    far_end = FarEnd()
    far_end.add(tone(PIECE, 1000), 48_000, at=0.0, gain=1.0)
    far_end.is_wanted = True
    assert not read(far_end, 2).any()
    far_end.add(tone(PIECE, 1000), 48_000, at=0.02, gain=1.0)
    far_end.close()
    assert not read(far_end, 5).any()
