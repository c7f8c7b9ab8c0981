"""The ready-made actions, each as it is seen in the scene."""

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import BitMask32, CollisionNode, CollisionSphere, LPoint3, NodePath

from convai_panda import ActionFailed, ActionFinished, ActionStarted, Body, Step, StraightLine, Target

from ..conftest import SMITH
from .conftest import Yard


def reasons(yard: Yard) -> list[str]:
    return [event.reason for event in yard.events if isinstance(event, ActionFailed)]


def test_move_to_walks_there_facing_it_and_stops_at_arms_length(yard: Yard) -> None:
    yard.do("move to", "bucket")
    assert yard.distance(yard.node, yard.bucket) == pytest.approx(0.9, abs=0.01)
    assert yard.node.get_h() == pytest.approx(-90.0, abs=1.0)  # +Y is forward, the bucket is at +X
    assert yard.told()[-1] == "ActionFinished move to bucket"


def test_a_large_thing_is_reached_at_its_edge(yard: Yard) -> None:
    house = yard.base.loader.load_model("models/box")
    house.set_scale(4.0)
    house.set_pos(8.0, -2.0, 0.0)  # 8 to 12
    house.reparent_to(yard.base.render)
    yard.hire(None, ["move to"], Target("house", house))
    yard.do("move to", "house")
    assert 6.0 < yard.node.get_x() < 8.0


def test_an_obstacle_stops_the_walk_and_a_moving_one_only_for_a_while(yard: Yard) -> None:
    wall = yard.base.render.attach_new_node(CollisionNode("wall"))
    wall.node().add_solid(CollisionSphere(0, 0, 0, 1.0))  # type: ignore[attr-defined]
    wall.set_x(3.0)
    yard.queue.do("move to", "bucket")
    yard.run(1.5)
    assert yard.node.get_x() < 1.5
    wall.set_y(20.0)
    yard.until(lambda: yard.told()[-1] == "ActionFinished move to bucket")
    wall.set_pos(3.0, 0.0, 0.0)
    yard.node.set_x(0.0)
    yard.do("move to", "bucket")
    assert reasons(yard) == ["Something is in the way."]


def test_ones_own_solids_those_of_the_goal_and_other_masks_are_no_obstacles(yard: Yard) -> None:
    for node, mask in ((yard.node, None), (yard.bucket, None), (yard.thing("ghost", 3, 0), BitMask32.bit(5))):
        solid = node.attach_new_node(CollisionNode("solid"))
        solid.node().add_solid(CollisionSphere(0, 0, 0, 0.6))  # type: ignore[attr-defined]
        if mask is not None:
            solid.node().set_into_collide_mask(mask)
    yard.hire(Body(mover=StraightLine(speed=4.0, mask=BitMask32.bit(0))))
    yard.do("move to", "bucket")
    assert reasons(yard) == []


def test_follow_keeps_its_distance_until_something_else_is_asked(yard: Yard) -> None:
    yard.player.set_pos(10, 0, 1.7)
    yard.queue.do("follow")
    yard.until(lambda: yard.distance(yard.node, yard.player) < 1.7)
    yard.player.set_pos(-6, 3, 1.7)
    yard.until(lambda: yard.distance(yard.node, yard.player) < 1.7)
    yard.run(40.0)  # longer than any limit
    assert yard.told() == ["ActionStarted follow"]
    yard.do("look at", "bucket")
    assert yard.told()[1:] == ["ActionFinished follow", "ActionStarted look at bucket", "ActionFinished look at bucket"]


def test_me_is_the_player_and_names_are_too(yard: Yard) -> None:
    yard.player.set_pos(0, 8, 1.7)
    for name in ("me", "Ana", "player"):
        yard.node.set_pos(0, 0, 0)
        yard.do("move to", name)
        assert yard.distance(yard.node, yard.player) == pytest.approx(1.6, abs=0.01)


def test_what_is_picked_up_is_carried_given_and_dropped(yard: Yard) -> None:
    yard.player.set_pos(0, -6, 1.7)
    yard.do("pick up", "bucket")
    assert yard.node.is_ancestor_of(yard.bucket)
    yard.do("move to", "Ana")
    assert yard.distance(yard.bucket, yard.node) < 1.0
    yard.do("give", "Ana")
    assert not yard.node.is_ancestor_of(yard.bucket)
    assert yard.bucket.get_z(yard.base.render) == pytest.approx(0.0)
    assert yard.distance(yard.bucket, yard.player) < 1.0
    yard.do("pick up", "bucket")
    yard.do("drop")
    assert yard.bucket.get_z(yard.base.render) == pytest.approx(0.0)
    assert not yard.node.is_ancestor_of(yard.bucket)
    yard.do("drop")
    assert reasons(yard) == ["You hold nothing."]


def test_a_game_may_say_what_becomes_of_what_is_given(yard: Yard) -> None:
    given: list[tuple[NodePath, NodePath]] = []
    yard.player.set_pos(3, 3, 1.7)
    yard.hire(Body(mover=StraightLine(speed=8.0), hands_over=lambda thing, who: given.append((thing, who))))
    yard.do("fetch", "bucket")
    assert given == [(yard.bucket, yard.player)]
    assert yard.queue.body.held == []


def test_what_somebody_holds_is_not_taken_away(yard: Yard) -> None:
    yard.do("pick up", "bucket")
    node = yard.thing("Thief", 0, 5)
    thief = yard.convai.add_character(SMITH, node, actions=["pick up"], body=Body(mover=StraightLine(speed=8.0)))
    thief.actions.targets = yard.queue.targets
    thief.actions.do("pick up", "bucket")
    yard.until(lambda: thief.actions.current is None and not thief.actions.waiting)
    assert reasons(yard) == ["Somebody else holds it."]


@pytest.mark.parametrize(
    ("action", "target", "reason"),
    [
        ("move to", None, "It was not said what to move to."),
        ("pick up", "moon", "There is no moon here."),
        ("pick up", "Ana", "Ana is a person and cannot be picked up."),
        ("give", "Ana", "You hold nothing that you could give."),
        ("give", "bucket", "You do not hold bucket."),
    ],
)
def test_what_cannot_be_done_says_why(yard: Yard, action: str, target: str | None, reason: str) -> None:
    yard.do(action, target)
    assert reasons(yard) == [reason]


def test_a_target_that_vanishes_on_the_way_ends_the_walk(yard: Yard) -> None:
    yard.queue.do("move to", "bucket")
    yard.run(0.5)
    yard.bucket.detach_node()
    yard.run(0.1)
    assert reasons(yard) == ["Bucket is not there any more."]


def test_point_turns_and_takes_its_time(yard: Yard) -> None:
    yard.do("point", "bucket")
    assert yard.node.get_h() == pytest.approx(-90.0, abs=1.1)
    (finished,) = [event for event in yard.events if isinstance(event, ActionFinished)]
    assert finished.result == "You have pointed at bucket."


def test_an_actors_animations_are_actions(yard: Yard) -> None:
    from direct.actor.Actor import Actor

    panda = Actor("models/panda-model", {"walk": "models/panda-walk4"})
    panda.set_scale(0.005)
    panda.reparent_to(yard.base.render)
    other = yard.convai.add_character(SMITH, panda, actions=["Walk", "animate"], body=Body())
    for name, target in (("Walk", None), ("animate", "walk"), ("animate", "dance")):
        other.actions.do(name, target)
    yard.run(0.2)
    assert panda.get_anim_control("walk").is_playing()
    yard.until(lambda: other.actions.current is None and not other.actions.waiting)
    assert yard.told()[-1] == "ActionFailed animate dance"
    assert sum(isinstance(event, ActionFinished) for event in yard.events) == 2
    assert not panda.get_anim_control("walk").is_playing()
    yard.convai.remove_character(other)
    panda.cleanup()


class Teleporter:
    """A game's own way to get about: one hop a second."""

    def __init__(self) -> None:
        self.stopped = 0
        self._waited = 0.0

    def step(self, node: NodePath, goal: LPoint3, *, near: float, seconds: float) -> Step:
        self._waited += seconds
        if self._waited < 1.0:
            return Step.WALKING
        node.set_pos(node.get_top(), goal + LPoint3(near, 0, 0))
        return Step.ARRIVED

    def turn(self, node: NodePath, goal: LPoint3, *, seconds: float) -> bool:
        node.look_at(node.get_top(), goal)
        return True

    def stop(self, node: NodePath) -> None:
        self.stopped += 1


def test_a_game_plugs_in_its_own_way_to_get_about(yard: Yard) -> None:
    mover = Teleporter()
    yard.hire(Body(mover=mover, reach=2.0))
    yard.do("move to", "bucket")
    assert yard.node.get_x() == pytest.approx(8.0)
    assert mover.stopped == 1


def test_models_that_look_the_other_way_have_a_heading(yard: Yard) -> None:
    yard.hire(Body(mover=StraightLine(speed=4.0, heading=180.0), heading=180.0))
    yard.do("move to", "bucket")
    assert yard.node.get_h() % 360.0 == pytest.approx(90.0, abs=1.0)
    assert yard.queue.body.hand.get_y(yard.node) < 0.0


def test_heights_come_from_the_game(yard: Yard) -> None:
    yard.hire(Body(mover=StraightLine(speed=4.0, ground=lambda x, y: 0.1 * x)))
    yard.do("move to", "bucket")
    assert yard.node.get_z() == pytest.approx(0.1 * yard.node.get_x(), abs=1e-4)


def test_nothing_stays_in_the_scene_of_a_removed_character(yard: Yard, base: ShowBase) -> None:
    before = {path.name for path in base.render.find_all_matches("**")}
    yard.do("pick up", "bucket")
    yard.do("drop")
    yard.convai.remove_character(yard.servant)
    assert {path.name for path in base.render.find_all_matches("**")} <= before | {"convai-head"}
    assert not any(isinstance(event, ActionStarted) for event in yard.events[-1:])
