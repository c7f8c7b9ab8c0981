"""How a picture is divided: by what its parts cost, whatever that is."""

import random
from collections.abc import Callable

import pytest

from convai_panda.vision.division import Division, Part

SIZE = (640, 360)
MODEL = 0.0005  # s

Cost = Callable[[Part], float]


def crowd(*places: tuple[int, int]) -> Cost:
    """A model of 20 by 40 pixels at each place; it costs the same wherever a part touches it."""

    def cost(part: Part) -> float:
        return MODEL * sum(
            part.x < x + 20 and x < part.x + part.width and part.y < y + 40 and y < part.y + part.height
            for x, y in places
        )

    return cost


def draw(division: Division, cost: Cost, *, pictures: int = 12, most: int = 48) -> None:
    for _ in range(pictures):
        for part in division.parts:
            part.note(cost(part))
        division.revise(most)


@pytest.mark.parametrize("size", [SIZE, (16, 16), (64, 64), (18, 1080), (1920, 1080), (34, 62)])
def test_parts_cover_the_picture_once(size: tuple[int, int]) -> None:
    division, chance = Division(size), random.Random(4)
    for _ in range(30):
        parts = division.parts
        assert sum(part.width * part.height for part in parts) == size[0] * size[1]
        corners = {(part.x, part.y) for part in parts}
        assert len(corners) == len(parts)
        for part in parts:
            assert part.width <= division.largest[0]
            assert part.height <= division.largest[1]
            assert 0 <= part.x <= size[0] - part.width
            assert 0 <= part.y <= size[1] - part.height
            part.note(chance.uniform(0.0, 0.003))
        division.revise(48)
        assert len(division.parts) <= 48


@pytest.mark.parametrize("size", [SIZE, (16, 16), (34, 62), (1920, 1080)])
def test_blocks_hold_all_parts_and_are_few_whatever_they_cost(size: tuple[int, int]) -> None:
    division, chance = Division(size), random.Random(5)
    for _ in range(20):
        parts = [part for block in division.blocks for part in block.leaves()]
        assert parts == division.parts
        assert 1 <= len(division.blocks) <= 8
        for block in division.blocks:
            assert block.width <= division.largest[0]
            assert block.height <= division.largest[1]
            assert all(block.x <= part.x <= block.x + block.width - part.width for part in block.leaves())
            assert all(block.y <= part.y <= block.y + block.height - part.height for part in block.leaves())
        for part in parts:
            part.note(chance.uniform(0.0, 0.003))
        division.revise(48)


def test_what_costs_nothing_is_drawn_in_few_parts() -> None:
    division = Division(SIZE)
    begun = len(division.parts)
    draw(division, crowd())
    assert len(division.parts) == 8 < begun


def test_a_crowd_is_divided_until_a_frame_can_bear_it() -> None:
    cost = crowd(*((40 + 60 * number, 100 + 7 * number) for number in range(9)))
    division = Division(SIZE)
    draw(division, cost)
    assert max(cost(part) for part in division.parts) <= 2 * MODEL


def test_where_halves_see_the_same_they_are_not_halved_on_and_on() -> None:
    division = Division(SIZE)
    draw(division, lambda part: 0.004, pictures=8)
    assert len(division.parts) <= 32


def test_no_more_parts_than_there_are_frames_for() -> None:
    cost = crowd(*((30 * number, 17 * number) for number in range(20)))
    division = Division(SIZE)
    draw(division, cost)
    assert len(division.parts) > 20
    draw(division, cost, pictures=1, most=14)
    assert len(division.parts) == 14
    draw(division, cost, pictures=1, most=1)
    assert len(division.parts) == 8, "the fewest that there are"


def test_one_slow_frame_counts_half() -> None:
    part = Part(0, 0, 80, 45)
    part.note(0.0002)
    part.note(0.0042)
    assert part.cost == pytest.approx(0.0022)
    part.note(0.0002)
    assert part.cost == pytest.approx(0.0002)
