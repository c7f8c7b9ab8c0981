"""What has to work in the inn."""

import pytest
from inn import Inn

from convai_panda.testing import assert_heard, assert_no_gap, assert_rings, assert_said, assert_silent


def test_a_guest_is_greeted_and_answered(convai_scene, scripted_player):
    inn = convai_scene.start(Inn)
    script = convai_scene.script(inn.innkeeper)
    script.greets("Come in, come in! Mind the step.")
    script.answers("And a good evening to you.", to="good evening")
    scripted_player.walk_to(inn.innkeeper, stop_at=2.0)
    scripted_player.listen_to(inn.innkeeper)
    assert inn.subtitle == "Come in, come in! Mind the step."
    scripted_player.press("e")
    scripted_player.listen_to(inn.innkeeper)
    assert_said(inn.innkeeper, "And a good evening to you.")
    assert_rings(inn.innkeeper, ["approach", "talk"])


def test_the_door_opens_to_who_asks_even_on_a_bad_day(convai_scene, scripted_player, step_until):
    inn = convai_scene.start(Inn)
    script = convai_scene.script(inn.innkeeper)
    script.refuses(503)
    script.answers("At once!", to="room", actions=["open door"])
    scripted_player.walk_to(inn.innkeeper, stop_at=2.0)
    step_until(lambda: inn.innkeeper.is_ready, within=15)
    assert not inn.is_open
    scripted_player.say("Have you got a room?")
    step_until(lambda: inn.is_open, within=10)


@pytest.mark.convai_scene(audible=True)
def test_the_innkeeper_is_heard_where_he_stands(convai_scene, scripted_player):
    inn = convai_scene.start(Inn)
    assert_silent(inn.innkeeper)
    scripted_player.walk_to((0.0, 2.0))
    scripted_player.face((5.0, 2.0))
    scripted_player.listen_to(inn.innkeeper)
    assert_heard(inn.innkeeper, louder_than=-30, side="left")
    scripted_player.walk_to((0.0, -12.0))
    scripted_player.wait(1.0)
    assert_silent(inn.innkeeper)
    assert_no_gap()
