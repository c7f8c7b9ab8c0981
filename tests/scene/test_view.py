"""Bands, directions and sights, and that they stick."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panda3d.core import LVector3

from convai_panda.scene.view import BANDS, Sight, find_band, find_direction, is_in_field


@pytest.mark.parametrize(
    ("distance", "was", "now"),
    [
        (1.0, None, "within reach"),
        (5.0, None, "near"),
        (100.0, None, None),
        (2.1, "within reach", "within reach"),
        (2.3, "within reach", "near"),
        (1.9, "near", "near"),
        (1.7, "near", "within reach"),
        (43.0, "far away", "far away"),
        (45.0, "far away", None),
        (1.0, "far away", "within reach"),
    ],
)
def test_a_band_is_not_left_at_its_very_edge(distance: float, was: str | None, now: str | None) -> None:
    band = find_band(BANDS, distance, next((band for band in BANDS if band.name == was), None))
    assert (band.name if band is not None else None) == now


@pytest.mark.parametrize(
    ("way", "was", "now"),
    [
        ((0, 5, 0), None, "in front"),
        ((5, 0, 0), None, "on the right"),
        ((-5, 0, 0), None, "on the left"),
        ((0, -5, 0), None, "behind"),
        ((0, 1, 5), None, "above"),
        ((0, 1, -5), None, "below"),
        ((5, 4, 0), "in front", "in front"),  # 51 degrees
        ((5, 4, 0), None, "on the right"),
        ((5, 2, 0), "in front", "on the right"),
        ((-0.1, -5, 0), "behind", "behind"),
        ((0.1, -5, 0), "behind", "behind"),
    ],
)
def test_directions_are_the_characters_own_and_stick(way: tuple[float, ...], was: str | None, now: str) -> None:
    assert find_direction(LVector3(*way), was) == now


@given(st.floats(0.0, 60.0), st.floats(-0.05, 0.05))
def test_trembling_changes_nothing_twice(distance: float, tremble: float) -> None:
    band = find_band(BANDS, distance, None)
    once = find_band(BANDS, distance + tremble, band)
    assert find_band(BANDS, distance, once) == once or band != once


def test_what_is_behind_is_out_of_the_field() -> None:
    assert is_in_field(LVector3(0, 1, 0), 90.0)
    assert not is_in_field(LVector3(0, -1, 0), 200.0)
    assert is_in_field(LVector3(0, -1, 0), 360.0)


def test_the_words_are_a_sentence_or_two() -> None:
    assert words("A bucket.", is_held=False) == "A bucket. Near, on the left, out of sight."
    assert words("", is_held=False) == "Near, on the left, out of sight."
    assert words("A bucket", is_held=True) == "A bucket. In your hand."


def words(description: str, *, is_held: bool) -> str:
    return Sight(BANDS[1], "on the left", is_in_sight=False, is_held=is_held, description=description).words()
