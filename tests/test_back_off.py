"""When a session tries again."""

import pytest

from convai_panda.back_off import BackOff


def waits(back_off: BackOff, now: float, times: int) -> list[float]:
    return [back_off.wait(now) for _ in range(times)]


def test_each_try_waits_longer_up_to_a_bound() -> None:
    for wait, least in zip(waits(BackOff(), 0.0, 8), (0.5, 1.0, 2.0, 2.0, 4.0, 8.0, 8.0, 8.0), strict=True):
        assert least <= wait <= least * 4 / 3


def test_a_room_that_dies_as_soon_as_it_is_usable_is_no_success() -> None:
    back_off, now = BackOff(), 0.0
    for least in (0.5, 1.0, 2.0, 2.0, 4.0, 8.0):
        back_off.opened(now)
        now += 1.0
        assert back_off.wait(now) >= least
    assert back_off.wait(now + 3600.0) >= 8.0  # the hour was spent without a room


@pytest.mark.parametrize("has_answered", [True, False], ids=["a turn was completed", "it lived a while"])
def test_a_room_that_was_of_use_begins_anew(has_answered: bool) -> None:
    back_off = BackOff()
    waits(back_off, 0.0, 5)
    back_off.opened(0.0)
    if has_answered:
        back_off.proven()
    assert back_off.wait(1.0 if has_answered else 60.0) < 1.0
