"""A scripted scene: somebody is asked to fetch something, walks, picks it up, brings it, and says so."""

from convai_panda import (
    Action,
    ActionCancelled,
    ActionFailed,
    ActionFinished,
    ActionsRequested,
    ActionStarted,
    Body,
    Character,
    Contract,
    ServerResponded,
    Speaker,
    SpeechFinished,
    StraightLine,
    Target,
    TurnCompleted,
    UnknownAction,
)

from ..conftest import Village

SERVANT = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0077"


def hire(village: Village) -> Character:
    """A servant a few steps from the player, and a bucket a few steps from the servant."""
    render = village.base.render
    bucket = render.attach_new_node("bucket")
    bucket.set_pos(103.0, 3.0, 0.0)
    node = render.attach_new_node("Servant")
    node.set_pos(100.0, 0.0, 0.0)
    return village.convai.add_character(
        SERVANT,
        node,
        name="Servant",
        actions=Contract(
            ["move to", "pick up", "give", "follow", "stop"], [Target("bucket", bucket, "A wooden bucket")]
        ),
        body=Body(mover=StraightLine(speed=6.0, turning=720.0)),
    )


def test_the_bucket_is_fetched_and_the_servant_says_so(village: Village) -> None:
    servant = hire(village)
    bucket = servant.actions.targets.find("bucket")
    assert bucket is not None
    village.stand(100.0, -2.0)
    village.until(lambda: len(village.told(SpeechFinished)) == 1)
    servant.say("Please fetch the bucket.")
    village.until(lambda: len(village.told(ActionFinished)) == 4)
    (asked,) = village.told(ActionsRequested)
    steps = (
        Action("move to", "bucket"),
        Action("pick up", "bucket"),
        Action("move to", "Ana"),
        Action("give", "Ana"),
    )
    assert asked.actions == steps
    assert tuple(event.action for event in village.told(ActionStarted)) == steps
    assert tuple(event.action for event in village.told(ActionFinished)) == steps
    assert village.told(ActionFailed) == village.told(UnknownAction) == village.told(ActionCancelled) == []
    assert not servant.node.is_ancestor_of(bucket.node)
    assert (bucket.node.get_pos(village.base.render) - village.player.get_pos()).xy.length() < 1.7

    # It says so once it has finished what it was saying, and nothing of that was cut.
    village.until(lambda: "bucket away" in village.lines(servant)[-1][1])
    assert village.lines(servant)[-1][0] is Speaker.CHARACTER
    village.until(lambda: len(village.told(TurnCompleted)) == 3)
    assert not any(event.was_interrupted for event in village.told(TurnCompleted))
    reports = [event for event in village.told(ServerResponded) if event.event_type == "context-update"]
    assert {event.status for event in reports} == {"success"}
    assert all("is done" in (event.extras or {})["content"] for event in reports)


def test_following_ends_with_the_next_wish(village: Village) -> None:
    servant = hire(village)
    village.stand(100.0, -2.0)
    village.until(lambda: len(village.told(SpeechFinished)) == 1)
    servant.say("Follow me!")
    village.until(lambda: servant.actions.current == Action("follow", "Ana"))
    village.stand(100.0, -6.0)
    village.until(lambda: servant.node.get_y() < -4.0)
    servant.say("Stop!")
    village.until(lambda: village.told(ActionFinished))
    assert [event.action for event in village.told(ActionCancelled)] == [Action("follow", "Ana")]
    assert [event.action for event in village.told(ActionFinished)] == [Action("stop", None)]


def test_what_is_learnt_during_the_talk_can_be_asked_for_at_once(village: Village) -> None:
    servant = hire(village)
    village.stand(100.0, -2.0)
    village.until(lambda: len(village.told(SpeechFinished)) == 1)
    bowed = []
    servant.action("bow")(lambda job: bowed.append(job.action))
    village.until(lambda: any("has changed" in str(event.extras) for event in village.told(ServerResponded)))
    servant.say("Would you bow to the crowd?")
    village.until(lambda: bowed)
    assert bowed == [Action("bow", None)]
