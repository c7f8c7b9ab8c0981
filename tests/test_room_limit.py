"""What happens when the plan allows fewer rooms than the player opens."""

from collections.abc import Iterator

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import Convai, Failed, MemoryContinuity, Nearest, RateLimited, Ready, Ring, Simulator, StateChanged
from convai_panda.events import SessionState
from convai_panda.room_limit import RoomLimit
from tests.conftest import Village


def test_the_room_that_was_used_the_longest_time_ago_goes_and_no_conversation() -> None:
    rings = {"new": Ring.TALK, "old": Ring.LINGER, "older": Ring.LINGER, "near": Ring.APPROACH, "busy": Ring.TALK}
    limit = RoomLimit()
    for now, key in enumerate(("older", "old", "busy")):
        limit.use(key, now)
    assert limit.choose("new", rings, ["old", "older", "busy"]) == "older"
    assert limit.choose("new", rings, ["old", "busy"]) is None, "one room is enough, so it was not the reason"
    limit.enter("new")
    assert limit.choose("new", rings, ["old", "busy"]) == "old"
    limit.enter("new")
    assert limit.choose("new", rings, ["busy"]) is None


def test_characters_who_are_merely_near_do_not_take_rooms_from_each_other() -> None:
    rings = {"one": Ring.APPROACH, "other": Ring.APPROACH, "left": Ring.LINGER}
    limit = RoomLimit()
    assert limit.choose("one", rings, ["other"]) is None
    assert limit.choose("one", rings, ["other", "left"]) == "left"
    assert limit.choose("left", {**rings, "left": Ring.TALK}, ["one"]) == "one"


@pytest.fixture
def narrow(base: ShowBase) -> Iterator[Village]:
    """One room at a time, while the proximity policy keeps two."""
    player = base.render.attach_new_node("player")
    player.set_pos(0.0, -60.0, 1.7)
    convai = Convai(
        base,
        transport=Simulator(max_rooms=1),
        listener=player,
        proximity=Nearest(linger=600.0),
        continuity=MemoryContinuity(),
    )
    village = Village(base, convai)
    village.listen()
    yield village
    convai.destroy()
    base.ignore_all()


def test_an_idle_room_is_left_for_the_character_that_is_talked_to(narrow: Village) -> None:
    narrow.stand(0.0, -2.0)
    narrow.until(lambda: narrow.guard.is_ready)
    narrow.stand(20.0, -2.0)
    narrow.until(lambda: narrow.smith.is_ready)
    assert [type(failed.error) for failed in narrow.told(Failed, narrow.smith)] == [RateLimited]
    assert [moved.reason for moved in narrow.told(StateChanged, narrow.guard)][-1] == (
        "The room was needed for another character."
    )
    narrow.stand(0.0, -2.0)
    narrow.until(lambda: narrow.guard.is_ready and narrow.guard.state is SessionState.CONVERSING)
    assert len(narrow.told(Ready, narrow.guard)) == 2
    assert narrow.told(StateChanged, narrow.guard)[-2].was is SessionState.CONNECTING
