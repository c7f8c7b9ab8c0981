"""The fetching scene through a real livekit-server: the service in a process of its own, the rooms in another."""

import pytest

from convai_panda import (
    Action,
    ActionCancelled,
    ActionFailed,
    ActionFinished,
    ActionsRequested,
    ActionStarted,
    Failed,
    ServerResponded,
    Speaker,
    SpeechFinished,
    UnknownAction,
)

from ..conftest import Village
from ..livekit_server import livekit_server  # noqa: F401 - a fixture
from ..test_real_line import real_village, service  # noqa: F401 - fixtures
from .test_fetching import hire

pytestmark = pytest.mark.livekit

STEPS = (Action("move to", "bucket"), Action("pick up", "bucket"), Action("move to", "Ana"), Action("give", "Ana"))


def test_asked_in_a_real_room_the_servant_fetches_the_bucket_and_says_so(real_village: Village) -> None:  # noqa: F811
    village = real_village
    render = village.base.render
    servant = hire(village)
    found = servant.actions.targets.find("bucket")
    assert found is not None
    bucket = found.node
    start = servant.node.get_pos(render)
    held_at: list[float] = []  # from where it was picked up, as seen when it has been

    def picked_up(_: object, event: ActionFinished) -> None:
        if event.action == STEPS[1]:
            assert servant.node.is_ancestor_of(bucket)
            held_at.append((servant.node.get_pos(render) - start).length())

    village.base.accept(
        ActionFinished.name, lambda who, event: (village.events.append((who, event)), picked_up(who, event))
    )
    village.stand(100.0, -2.0)
    village.until(lambda: village.told(SpeechFinished), within=40.0)
    servant.say("Please fetch the bucket.")
    village.until(lambda: len(village.told(ActionFinished)) == len(STEPS), within=40.0)
    (asked,) = village.told(ActionsRequested)
    assert asked.actions == STEPS
    assert tuple(event.action for event in village.told(ActionStarted)) == STEPS
    assert tuple(event.action for event in village.told(ActionFinished)) == STEPS
    assert held_at[0] > 2.0
    assert not servant.node.is_ancestor_of(bucket)
    assert (bucket.get_pos(render) - village.player.get_pos()).xy.length() < 1.7

    heard = len(village.told(SpeechFinished))
    village.until(lambda: "bucket away" in village.lines(servant)[-1][1], within=40.0)
    assert village.lines(servant)[-1][0] is Speaker.CHARACTER
    village.until(lambda: len(village.told(SpeechFinished)) > heard, within=40.0)
    reports = [event for event in village.told(ServerResponded) if event.event_type == "context-update"]
    assert {event.status for event in reports} == {"success"}
    assert village.told(ActionFailed) == village.told(ActionCancelled) == village.told(UnknownAction) == []
    assert village.told(Failed) == []
