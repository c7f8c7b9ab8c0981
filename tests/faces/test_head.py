"""Heads that live: they turn to the player as far as a neck goes, blink, and are given back as they were."""

from itertools import pairwise
from pathlib import Path

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import Character, LMatrix4, LPoint3, LVector3, NodePath

from convai_panda import Presence
from convai_panda.faces.choice import choose_driver
from convai_panda.faces.head import Head, living_head
from convai_panda.faces.liveliness import Liveliness

from .models import egg_model

STILL = Presence(sways=False, gestures=False, blinks=False, looks_back=False)


class Person:
    """A model on a scene's root with a head that is a node."""

    def __init__(self, presence: Presence = STILL) -> None:
        self.root = NodePath("root")
        self.model = self.root.attach_new_node("person")
        self.model.set_pos_hpr(3, 4, 0, 90, 0, 0)
        self.node = self.model.attach_new_node("Head")
        self.node.set_pos_hpr(0, 0, 1.7, 0, 5, 0)
        self.head = Head(self.model, self.node, presence, looks_back=None, seed="a")
        self.now = 0.0

    def look(self, player: LPoint3 | None, seconds: float = 2.0) -> LVector3:
        """Where the face points then, in the model."""
        end = self.now + seconds
        while self.now < end:
            self.now += 1 / 60
            self.head.update(self.now, self.root, self.node, player, 0.0)
        return self.model.get_relative_vector(self.node, LVector3(0, 1, 0))


def test_a_head_turns_to_the_player_by_and_by() -> None:
    person = Person()
    player = person.root.get_relative_point(person.model, LPoint3(2, 2, 2.4))
    early = person.look(player, 0.1)
    assert 0.02 < early.x < 0.5
    way = LVector3(2, 2, 0.7)
    way.normalize()
    assert person.look(player).dot(way) > 0.98


def test_a_neck_has_limits_and_nobody_looks_over_the_shoulder() -> None:
    person = Person()
    aside = person.root.get_relative_point(person.model, LPoint3(2, 0.3, 1.7))
    assert person.look(aside).x == pytest.approx(0.866, abs=0.03)  # 60 degrees
    behind = person.root.get_relative_point(person.model, LPoint3(1, -3, 1.7))
    assert person.look(behind).y > 0.98


def test_a_head_that_is_left_alone_turns_ahead_and_is_given_back() -> None:
    person = Person()
    rest = person.node.get_quat()
    person.look(person.root.get_relative_point(person.model, LPoint3(3, 2, 1.7)))
    for _ in range(200):
        person.now += 1 / 60
        if not person.head.settle(person.now):
            break
    else:
        pytest.fail("It never comes to rest.")
    assert person.node.get_quat().almost_equal(rest)


def test_a_face_that_looks_along_minus_y_turns_the_right_way() -> None:
    person = Person(Presence(sways=False, gestures=False, blinks=False, looks_back=True))
    person.look(person.root.get_relative_point(person.model, LPoint3(2, -2, 1.7)))
    face = person.model.get_relative_vector(person.node, LVector3(0, -1, 0))
    assert face.x > 0.6
    assert face.y < -0.6


def test_a_heads_joint_is_found_and_turned(base: ShowBase, tmp_path: Path) -> None:
    model = egg_model(base, tmp_path, joint="mixamorig:Head")
    model.reparent_to(base.render)
    made = model.attach_new_node("convai-head")
    head = living_head(model, made, STILL, None, seed="b")
    assert head is not None
    character = model.find("**/+Character").node()
    assert isinstance(character, Character)
    bundle = character.get_bundle(0)
    joint = bundle.find_child("mixamorig:Head")
    rest = LMatrix4(joint.get_transform())
    for frame in range(120):
        head.update(frame / 60, base.render, made, LPoint3(5, 5, 0), 0.0)
    character.force_update()
    assert not joint.get_transform().almost_equal(rest)
    head.release()
    character.force_update()
    assert joint.get_transform().almost_equal(rest)


def test_which_way_a_face_looks_is_seen_by_its_mouth(base: ShowBase) -> None:
    driver = choose_driver(base.loader.load_model("panda"))
    assert driver is not None
    assert driver.looks_back is True  # type: ignore[attr-defined]


def test_a_head_whose_front_is_unknown_stays_as_it_is() -> None:
    person = Person(Presence())
    rest = person.node.get_quat()
    person.look(LPoint3(9, 9, 1.7))
    assert person.node.get_quat() == rest


def test_lids_shut_now_and_then_and_no_two_heads_are_alike() -> None:
    lives = [Liveliness(Presence(), seed) for seed in ("a", "b")]
    shut: list[list[float]] = [[], []]
    headings: list[list[float]] = [[], []]
    for _ in range(60 * 60):
        for life, lids, turned in zip(lives, shut, headings, strict=True):
            turned.append(life.follow(1 / 60, goal=None, loudness=0.0)[0])
            lids.append(life.shut)
    for lids in shut:
        blinks = sum(before < 0.5 <= after for before, after in pairwise(lids))
        assert 8 <= blinks <= 40
    assert headings[0] != headings[1]
    assert max(map(abs, headings[0])) < 3.0


def test_a_stressed_word_is_a_small_nod() -> None:
    life = Liveliness(Presence(sways=False, blinks=False), "a")
    pitches = [life.follow(1 / 60, goal=None, loudness=0.5 if frame % 30 < 8 else 0.02)[1] for frame in range(120)]
    assert -4.0 < min(pitches) < -0.5


@pytest.mark.parametrize("wrong", [{"yaw": -1.0}, {"pitch": 200.0}])
def test_a_neck_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="A neck turns"):
        Presence(**wrong)  # type: ignore[arg-type]
