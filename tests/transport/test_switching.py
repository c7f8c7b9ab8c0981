"""The switch interval of the whole process while rooms are open in it."""

import sys
from collections.abc import Iterator

import pytest

from convai_panda.transport.switching import INTERVAL, PIPE_INTERVAL, short_interval


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_it_is_short_until_the_last_room_is_closed() -> None:
    before = sys.getswitchinterval()
    short_interval.hold()
    short_interval.hold()
    assert sys.getswitchinterval() == pytest.approx(INTERVAL)
    short_interval.release()
    assert sys.getswitchinterval() == pytest.approx(INTERVAL)
    short_interval.release()
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize("microseconds", [501, 1_001, 4_999, 5_003, 123_457])
def test_it_is_put_back_to_the_microsecond(microseconds: int) -> None:
    sys.setswitchinterval((microseconds + 0.5) * 1e-6)
    before = sys.getswitchinterval()
    short_interval.hold()
    short_interval.release()
    assert sys.getswitchinterval() == before


def test_a_game_that_has_set_its_own_keeps_it() -> None:
    short_interval.hold()
    sys.setswitchinterval(0.002)
    short_interval.release()
    assert sys.getswitchinterval() == pytest.approx(0.002)


def test_a_shorter_one_is_left_alone() -> None:
    sys.setswitchinterval(0.0001)
    short_interval.hold()
    assert sys.getswitchinterval() == pytest.approx(0.0001)
    short_interval.release()
    assert sys.getswitchinterval() == pytest.approx(0.0001)


def test_the_shortest_that_is_held_counts() -> None:
    before = sys.getswitchinterval()
    for first, last in ((INTERVAL, PIPE_INTERVAL), (PIPE_INTERVAL, INTERVAL)):
        short_interval.hold(PIPE_INTERVAL)
        assert sys.getswitchinterval() == pytest.approx(PIPE_INTERVAL)
        short_interval.hold(INTERVAL)
        assert sys.getswitchinterval() == pytest.approx(INTERVAL)
        short_interval.release(first)
        assert sys.getswitchinterval() == pytest.approx(last)
        short_interval.release(last)
        assert sys.getswitchinterval() == before
