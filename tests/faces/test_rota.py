"""Whose face moves in which frame: by a clock that only the faces themselves turn."""

from collections.abc import Sequence

import pytest
from panda3d.core import LPoint3, NodePath

from convai_panda import Character, Ring
from convai_panda.faces import Face
from convai_panda.faces_rota import FacesRota


class Mouth:
    """A face that is seldom still, and what showing it costs."""

    channels: tuple[str, ...] = ("open", "blink")

    def __init__(self, crowd: "Crowd") -> None:
        self.crowd = crowd
        self.frames: list[int] = []  # in which it moved

    def show(self, values: Sequence[float]) -> None:
        self.frames.append(self.crowd.frame)
        self.crowd.clock += self.crowd.cost

    def close(self) -> None:
        """Nothing is held."""


class Crowd:
    """Characters that all feel something new all the time."""

    def __init__(self, count: int, cost: float = 0.0) -> None:
        self.frame = 0
        self.clock = 0.0
        self.cost = cost  # s a face
        self.rota = FacesRota(lambda: self.clock)
        self.mouths = [Mouth(self) for _ in range(count)]
        self.characters = [self._character(number, mouth) for number, mouth in enumerate(self.mouths)]

    def _character(self, number: int, mouth: Mouth) -> Character:
        node = NodePath(f"npc-{number}")
        character = Character(
            f"npc-{number}", node, name="", head=node, send=print, hold=print, cut=print, face=Face(mouth)
        )
        character._ring = Ring.TALK
        self.rota.add(character)
        return character

    def play(self, frames: int, talked_to: int | None = None) -> None:
        partner = None if talked_to is None else self.characters[talked_to]
        root = NodePath("root")
        for _ in range(frames):
            self.frame += 1
            for number, character in enumerate(self.characters):
                if character.face is not None:
                    character.face.feel("surprise" if (self.frame + number) % 2 else "sadness", 3, self.frame / 60)
            self.rota.update(self.frame / 60, root, LPoint3(0), lambda: partner)

    def longest_wait(self, number: int) -> int:
        """The most frames from one move to the next."""
        frames = self.mouths[number].frames
        return max(after - before for before, after in zip([0, *frames], [*frames, self.frame + 1], strict=True))


def test_a_few_move_in_every_frame_whatever_they_cost() -> None:
    crowd = Crowd(4, cost=1.0)
    crowd.play(20)
    assert [len(mouth.frames) for mouth in crowd.mouths] == [20] * 4


def test_a_crowd_that_costs_little_moves_in_every_frame_too() -> None:
    crowd = Crowd(12)
    crowd.play(20, talked_to=3)
    assert [len(mouth.frames) for mouth in crowd.mouths] == [20] * 12


@pytest.mark.parametrize("count", [5, 8, 20])
def test_in_a_crowd_that_costs_much_the_partner_moves_in_every_frame_and_nobody_waits_for_long(count: int) -> None:
    crowd = Crowd(count, cost=1.0)
    crowd.play(60, talked_to=1)
    assert len(crowd.mouths[1].frames) == 60
    assert max(crowd.longest_wait(number) for number in range(count)) <= 4
    busiest = max(sum(frame in mouth.frames for mouth in crowd.mouths) for frame in range(1, 61))
    assert busiest <= max(3, 1 + -(-(count - 1) // 4))


def test_as_many_move_as_there_is_time_for() -> None:
    crowd = Crowd(12, cost=0.00001)
    crowd.play(60)
    moves = sum(len(mouth.frames) for mouth in crowd.mouths)
    assert 4 * 60 < moves < 7 * 60


def test_who_has_gone_and_is_at_rest_is_followed_no_more() -> None:
    crowd = Crowd(6)
    crowd.play(5)
    gone = crowd.characters[2]
    gone._ring = Ring.FAR
    assert gone.face is not None
    gone.face.rest()
    crowd.characters.remove(gone)
    crowd.play(300)
    moved = len(crowd.mouths[2].frames)
    gone.face.feel("surprise", 3, crowd.frame / 60)
    crowd.play(30)
    assert len(crowd.mouths[2].frames) == moved
