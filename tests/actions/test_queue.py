"""The queue: order, one at a time, limits, cancelling, and whatever a game's own code may do."""

import math
from collections.abc import Iterator

import pytest
from direct.interval.IntervalGlobal import LerpPosInterval, Sequence, Wait
from direct.task.Task import Task

from convai_panda import (
    Action,
    ActionCancelled,
    ActionFailed,
    ActionFinished,
    ActionImpossible,
    ConfigurationError,
    Contract,
    Job,
    Remarks,
    Target,
    UnknownAction,
)

from .conftest import Yard


def test_actions_are_done_in_order_and_one_at_a_time(yard: Yard) -> None:
    running: list[str] = []

    for name in ("sweep", "mop", "wipe"):

        @yard.servant.action(name)
        def clean(job: Job) -> Iterator[None]:
            running.append(f"{job.action.name} begins")
            for _ in range(5):
                yield
            running.append(f"{job.action.name} ends")

    yard.queue.request([Action("sweep"), Action("Mop"), Action("wipe", "table")])
    assert yard.queue.waiting == (Action("sweep"), Action("Mop"), Action("wipe", "table"))
    yard.until(lambda: yard.queue.is_idle or len(running) == 6)
    yard.run(0.1)
    assert running == ["sweep begins", "sweep ends", "Mop begins", "Mop ends", "wipe begins", "wipe ends"]
    assert yard.told() == [
        "ActionStarted sweep",
        "ActionFinished sweep",
        "ActionStarted Mop",
        "ActionFinished Mop",
        "ActionStarted wipe table",
        "ActionFinished wipe table",
    ]


def test_an_executor_may_be_a_function_a_generator_a_coroutine_or_an_interval(yard: Yard) -> None:
    servant = yard.servant

    @servant.action("nod")
    def nod(job: Job) -> str:
        return "You nod."

    @servant.action("count")
    def count(job: Job):  # type: ignore[no-untyped-def]  # as games write it
        while job.elapsed < 0.5:
            yield
        return "You have counted."

    @servant.action("dream")
    async def dream(job: Job) -> str:
        await Task.pause(0.5)
        await Sequence(Wait(0.25))
        return f"You dreamt for {job.elapsed:.1f} s."

    @servant.action("rise")
    def rise(job: Job) -> LerpPosInterval:
        return LerpPosInterval(job.node, 0.5, (0, 0, 2))

    for name in ("nod", "count", "dream", "rise"):
        yard.do(name)
    results = [event.result for event in yard.events if isinstance(event, ActionFinished)]
    assert results == ["You nod.", "You have counted.", "You dreamt for 0.8 s.", ""]
    assert yard.node.get_z() == 2.0


def test_what_takes_too_long_fails_and_the_next_one_begins(yard: Yard) -> None:
    is_tidy = []

    @yard.servant.action("wait for rain", limit=1.0)
    def wait(job: Job) -> Iterator[None]:
        try:
            while True:
                yield
        finally:
            is_tidy.append(job.elapsed)

    yard.queue.do("wait for rain")
    yard.do("look at", "bucket")
    (failed,) = [event for event in yard.events if isinstance(event, ActionFailed)]
    assert "1 second" in failed.reason
    assert is_tidy == [pytest.approx(1.0, abs=0.05)]
    assert yard.told()[-1] == "ActionFinished look at bucket"


def test_a_game_that_breaks_in_its_code_breaks_nothing_else(yard: Yard, caplog: pytest.LogCaptureFixture) -> None:
    @yard.servant.action("divide")
    def divide(job: Job) -> None:
        raise ZeroDivisionError("by nothing")

    @yard.servant.action("refuse")
    def refuse(job: Job) -> None:
        raise ActionImpossible("The gate is rusty.")

    yard.queue.do("divide")
    yard.queue.do("refuse")
    yard.do("look at", "bucket")
    reasons = [event.reason for event in yard.events if isinstance(event, ActionFailed)]
    assert reasons == ["It broke: by nothing", "The gate is rusty."]
    assert "divide" in caplog.text
    assert yard.told()[-1] == "ActionFinished look at bucket"


def test_cancelling_stops_what_is_done_and_forgets_what_waits(yard: Yard) -> None:
    is_closed = []

    @yard.servant.action("hum")
    async def hum(job: Job) -> None:
        try:
            await Task.pause(60.0)
        finally:
            is_closed.append(True)

    yard.queue.do("hum")
    yard.queue.do("move to", "bucket")
    yard.run(0.2)
    yard.queue.cancel()
    yard.run(0.2)
    assert is_closed == [True]
    assert yard.told() == ["ActionStarted hum", "ActionCancelled hum", "ActionCancelled move to bucket"]
    assert yard.queue.current is None


def test_an_action_may_cancel_itself_or_have_its_character_removed(yard: Yard) -> None:
    servant = yard.servant

    @servant.action("give up")
    def give_up(job: Job) -> Iterator[None]:
        yield
        job.character.actions.cancel("I am tired.")
        yield

    yard.do("give up")
    assert [event.reason for event in yard.events if isinstance(event, ActionCancelled)] == ["I am tired."]

    @servant.action("vanish")
    def vanish(job: Job) -> Iterator[None]:
        yield
        yard.convai.remove_character(job.character)
        yield

    servant.actions.do("vanish")
    yard.run(0.5)
    assert not yard.convai.characters


def test_stop_makes_everything_else_give_way_at_once(yard: Yard) -> None:
    yard.queue.do("move to", "bucket")
    yard.queue.do("pick up", "bucket")
    yard.run(0.5)
    yard.queue.request([Action("Stop")])
    yard.run(0.1)
    assert yard.told()[1:] == [
        "ActionCancelled move to bucket",
        "ActionCancelled pick up bucket",
        "ActionStarted Stop",
        "ActionFinished Stop",
    ]
    place = yard.node.get_pos()
    yard.run(0.5)
    assert yard.node.get_pos() == place


def test_what_nobody_can_do_is_an_event_and_no_more(yard: Yard) -> None:
    yard.hire(None, ["look at", "open gate"])
    yard.queue.request([Action("fly", "moon"), Action("open gate"), Action("look at", "bucket")])
    yard.until(lambda: any(isinstance(event, ActionFinished) for event in yard.events))
    unknown = [event for event in yard.events if isinstance(event, UnknownAction)]
    assert unknown == [UnknownAction(Action("fly", "moon")), UnknownAction(Action("open gate"), is_declared=True)]


def test_a_target_may_be_written_behind_the_name(yard: Yard) -> None:
    yard.do("Move To Bucket")
    assert yard.told() == ["ActionStarted move to bucket", "ActionFinished move to bucket"]


@pytest.mark.parametrize("name", ["the bucket", "Bucket", "wooden bucket", "BUCKET"])
def test_targets_are_found_however_they_are_written(yard: Yard, name: str) -> None:
    yard.do("move to", name)
    assert yard.told()[-1].startswith("ActionFinished")


def test_a_target_that_fits_two_things_is_none(yard: Yard) -> None:
    red, blue = yard.thing("red lamp", 1, 1), yard.thing("blue lamp", 2, 2)
    yard.hire(None, ["move to"], Target("red lamp", red), Target("blue lamp", blue))
    yard.do("move to", "lamp")
    assert yard.told()[-1] == "ActionFailed move to lamp"


def test_nothing_is_done_for_a_node_that_is_gone(yard: Yard) -> None:
    yard.queue.do("move to", "bucket")
    yard.run(0.3)
    yard.node.remove_node()
    yard.run(0.3)
    assert yard.told()[-1] == "ActionCancelled move to bucket"


def test_a_flood_of_actions_is_bounded(yard: Yard) -> None:
    yard.queue.request([Action("look at", "bucket")] * 1000)
    assert len(yard.queue.waiting) == 32


def test_reports_say_what_came_of_it_and_when_it_is_worth_a_word(yard: Yard) -> None:
    queue = yard.queue
    queue.do("move to", "bucket")
    queue.do("look at", "bucket")
    reports = []
    while queue.current is not None or queue.waiting:
        queue.step(1 / 60)
        if (report := queue.take_report()) is not None:
            reports.append(report)
    assert [words for words, _ in reports] == [
        'Your action "move to bucket" is done. You are at bucket now.',
        'Your action "look at bucket" is done. You look at bucket.',
    ]
    assert [respond for _, respond in reports] == ["false", "true"]  # the last of several


def test_one_quick_thing_is_not_worth_a_word_and_a_long_one_is(yard: Yard) -> None:
    responds = []
    for target, distance in (("bucket", 1.5), ("bucket", 20.0)):
        yard.bucket.set_pos(yard.node, 0.0, distance, 0.0)
        yard.queue.do("move to", target)
        while yard.queue.current is not None or yard.queue.waiting:
            yard.queue.step(1 / 60)
        report = yard.queue.take_report()
        assert report is not None
        responds.append(report[1])
    assert responds == ["false", "true"]


@pytest.mark.parametrize(
    ("remarks", "respond"), [(Remarks.NEVER, "false"), (Remarks.AT_THE_END, "true"), (Remarks.ALWAYS, "true")]
)
def test_failures_are_worth_a_word_unless_there_are_to_be_none(yard: Yard, remarks: Remarks, respond: str) -> None:
    queue = yard.queue
    queue.remarks = remarks
    queue.do("move to", "moon")
    queue.step(1 / 60)
    assert queue.take_report() == ('Your action "move to moon" failed. There is no moon here.', respond)


@pytest.mark.parametrize(
    "contract",
    [
        lambda: Contract(["pick up", "Pick_Up"]),
        lambda: Contract([""]),
        lambda: Contract("follow"),
        lambda: Contract(["follow"], [Target("a", None), Target("A", None)]),  # type: ignore[arg-type]
    ],
)
def test_a_contract_that_cannot_be_says_so(contract: object) -> None:
    with pytest.raises(ConfigurationError):
        contract()  # type: ignore[operator]


def test_a_limit_leaves_some_time(yard: Yard) -> None:
    with pytest.raises(ConfigurationError, match="limit"):
        yard.servant.action("nod", limit=0.0)(lambda job: None)


def test_nobody_is_thrown_far_by_a_hitch(yard: Yard) -> None:
    yard.queue.do("move to", "bucket")
    yard.run(0.5)  # it has turned
    x = yard.node.get_x()
    yard.queue.step(5.0)
    assert yard.node.get_x() - x <= 1.0 + 1e-3
    assert math.isclose(yard.node.get_z(), 0.0)
