"""The jitter buffer, driven by hand: a clock is a number here."""

import numpy as np
import pytest

from convai_panda.audio.jitter import PRIME, JitterBuffer

FRAME = 0.020  # s


def speech(seconds: float = FRAME) -> bytes:
    return np.full(round(seconds * 48_000), 8000, dtype="<i2").tobytes()


def silence(seconds: float = FRAME) -> bytes:
    return bytes(2 * round(seconds * 48_000))


def seconds(pcm: bytes) -> float:
    return len(pcm) / 96_000


def test_nothing_is_released_before_the_prime_has_arrived() -> None:
    buffer = JitterBuffer()
    buffer.push(speech(), 0.0)
    buffer.push(speech(), 0.001)
    assert buffer.release(0.002) == b""
    buffer.push(speech(), 0.003)
    assert seconds(buffer.release(0.004)) == pytest.approx(0.060)


def test_a_word_shorter_than_the_prime_is_played_all_the_same() -> None:
    buffer = JitterBuffer()
    buffer.push(speech(), 0.0)
    assert buffer.release(PRIME - 0.001) == b""
    assert buffer.release(PRIME) == speech()


def test_a_peak_that_is_known_is_not_looked_for() -> None:
    told, looked_for = JitterBuffer(), JitterBuffer()
    told.push(speech(), 0.0, 16_384)
    looked_for.push(speech(), 0.0)
    for buffer in (told, looked_for):
        buffer.release(PRIME)
    assert told.loudness == 0.5
    assert looked_for.loudness == pytest.approx(8000 / 32_768)


def test_the_device_never_gets_much_more_than_it_needs() -> None:
    buffer = JitterBuffer()
    for _ in range(50):
        buffer.push(speech(), 0.0)
    released = seconds(buffer.release(0.0))
    assert 0.060 <= released <= 0.220
    assert buffer.depth(0.0) == pytest.approx(1.0)


def test_it_asks_to_be_looked_at_sooner_while_little_is_left() -> None:
    buffer = JitterBuffer()
    assert buffer.is_steady(0.0, 0.020), "there is nothing to miss"
    buffer.push(speech(), 0.0)
    assert not buffer.is_steady(0.0, 0.020), "it is about to begin"
    buffer.push(speech(0.080), 0.001)
    buffer.release(0.001)
    assert buffer.is_steady(0.001, 0.020)
    assert not buffer.is_steady(0.070, 0.020), "about to run dry"
    buffer.release(0.2)
    assert buffer.is_steady(0.2, 0.020), "it has run dry"


def test_it_waits_for_more_where_the_device_has_all_or_much_of_what_came() -> None:
    buffer = JitterBuffer()
    assert buffer.is_waiting(0.0, 0.100)
    buffer.push(speech(), 0.0)
    assert not buffer.is_waiting(0.0, 0.100), "it begins by the clock if nothing more comes"
    buffer.push(speech(0.060), 0.020)
    buffer.release(0.020)
    assert buffer.is_waiting(0.020, 0.100), "all was given away"
    for _ in range(20):
        buffer.push(speech(), 0.030)
    assert not buffer.is_waiting(0.030, 0.100)
    buffer.release(0.030)
    assert buffer.is_waiting(0.030, 0.100)
    assert not buffer.is_waiting(0.130, 0.100), "more is held, and due before long"


@pytest.mark.parametrize("length", [1, 480, 500, 501, 960, 4_801])
def test_the_loudest_sample_counts_wherever_it_is(length: int) -> None:
    for at in {0, length // 2, length - 1}:
        for value in (-32_768, 32_767):
            samples = np.zeros(length, dtype="<i2")
            samples[at] = value
            buffer = JitterBuffer(prime=0.0)
            buffer.push(samples.tobytes(), 0.0)
            buffer.release(0.0)
            assert buffer.loudness == abs(value) / 32_768


def test_everything_comes_out_once_and_in_order() -> None:
    ramp = np.arange(48_000, dtype="<u2").astype("<i2").tobytes()
    buffer = JitterBuffer()
    out = b""
    for step in range(200):
        now = step * 0.010
        if step < 100 and step % 2 == 0:
            at = step // 2 * 1920
            buffer.push(ramp[at : at + 1920], now)
        out += buffer.release(now)
    assert out == ramp


def test_speech_that_runs_dry_and_goes_on_is_counted() -> None:
    buffer = JitterBuffer()
    for _ in range(3):
        buffer.push(speech(), 0.0)
    buffer.release(0.0)
    for _ in range(3):
        buffer.push(speech(), 0.2)
    assert seconds(buffer.release(0.2)) == pytest.approx(0.060)
    assert buffer.stats.underruns == 1


def test_an_underrun_makes_the_buffer_warier() -> None:
    buffer = JitterBuffer()
    for start in (0.0, 0.2):
        for _ in range(3):
            buffer.push(speech(), start)
        assert seconds(buffer.release(start)) == pytest.approx(0.060)
    for _ in range(3):
        buffer.push(speech(), 0.4)
    assert buffer.release(0.4) == b"", "60 ms are not enough any more"
    buffer.push(speech(0.04), 0.4)
    assert seconds(buffer.release(0.4)) == pytest.approx(0.1)


def test_speech_that_ended_is_not_an_underrun() -> None:
    buffer = JitterBuffer()
    for _ in range(3):
        buffer.push(speech(), 0.0)
    buffer.release(0.0)
    for _ in range(3):
        buffer.push(speech(), 3.0)
    buffer.release(3.0)
    assert buffer.stats.underruns == 0


def test_latency_left_by_a_hitch_is_given_back_in_silence_not_in_words() -> None:
    buffer = JitterBuffer()
    for piece in [speech()] * 5 + [silence()] * 20 + [speech()] * 5:
        buffer.push(piece, 0.0)
    out = b""
    for step in range(200):
        out += buffer.release(step * 0.010)
    assert buffer.stats.trimmed_silence > 0.1
    assert buffer.stats.dropped_speech == 0.0
    assert out.count(speech()) == 10


def test_a_backlog_beyond_all_reason_loses_its_oldest_part() -> None:
    buffer = JitterBuffer()
    for _ in range(500):
        buffer.push(speech(), 0.0)
    buffer.release(0.0)
    assert buffer.depth(0.0) <= 2.1
    assert buffer.stats.dropped_speech == pytest.approx(8.0, abs=0.1)


def test_sounding_follows_what_is_heard_not_what_has_arrived() -> None:
    buffer = JitterBuffer()
    assert not buffer.is_sounding(0.0)
    for _ in range(4):
        buffer.push(speech(), 0.0)
    buffer.push(silence(), 0.0)
    for step in range(10):
        buffer.release(step * 0.010)
    assert buffer.is_sounding(0.079)
    assert not buffer.is_sounding(0.081)


def test_clear_forgets_what_is_held() -> None:
    buffer = JitterBuffer()
    for _ in range(10):
        buffer.push(speech(), 0.0)
    buffer.release(0.0)
    buffer.clear(0.010)
    assert buffer.depth(0.010) == 0.0
    assert not buffer.is_sounding(0.010)
    assert buffer.release(0.020) == b""
