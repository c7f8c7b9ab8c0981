"""The service's own doings, seen by a game in a real scene: idleness, limits, stories, budgets, measurements."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    ConfigurationError,
    ContextUpdated,
    Convai,
    Failed,
    IdleWarning,
    MemoryContinuity,
    MessageReceived,
    MessageRefused,
    MetricsReceived,
    Moderated,
    Nearest,
    NoResponse,
    SectionEntered,
    ServerResponded,
    SessionEnding,
    SessionState,
    SilentVoice,
    Simulator,
    SpeakingStarted,
    TurnCompleted,
    TurnTimed,
    TurnTraced,
    Undelivered,
    UsageLimitExceeded,
    UsageLimitReached,
)
from convai_panda import acknowledgements as acknowledgements_module
from convai_panda.errors import RoomLossReason
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.simulator import Behaviour, Faults
from convai_panda.simulator import Character as Played
from convai_panda.transport.base import MessageArrived, Room, RoomItem

from .conftest import GUARD, SMITH, Village

PLAYED = (Played(GUARD, "Guard", "the guard", has_narrative=True), Played(SMITH, "Smith", "the smith"))

Open = Callable[..., Village]


class Listening(Simulator):
    """The simulator, with a note of every Connect request and, at will, without acknowledgements."""

    def __init__(self, **options: Any) -> None:
        super().__init__(characters=PLAYED, **options)
        self.requests: list[ConnectRequest] = []
        self.loses_acknowledgements = False

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        self.requests.append(request)
        return await super().connect(request)

    async def join(self, response: ConnectResponse) -> Room:
        room = await super().join(response)
        if self.loses_acknowledgements:
            incoming = room.incoming

            async def without() -> AsyncIterator[RoomItem]:
                async for item in incoming():
                    if not (isinstance(item, MessageArrived) and b"server-response" in item.payload):
                        yield item

            room.incoming = without  # type: ignore[method-assign]
        return room


@pytest.fixture
def open_village(base: ShowBase) -> Iterator[Open]:
    villages: list[Village] = []

    def open_one(transport: Simulator | None = None, *, speaks: bool = False, **options: Any) -> Village:
        player = base.render.attach_new_node("player")
        player.set_pos(0.0, -60.0, 1.7)
        convai = Convai(
            base,
            transport=transport or Listening(**options),
            listener=player,
            voice=SilentVoice(),
            proximity=Nearest(linger=0.5),
            continuity=MemoryContinuity(),
            connect_options={"debug": True, "default_tts_enabled": speaks},  # voices take their time
        )
        village = Village(base, convai)
        village.listen()
        villages.append(village)
        return village

    yield open_one
    for village in villages:
        village.convai.destroy()
    base.ignore_all()


def meet(village: Village) -> None:
    village.stand(0.0, -2.0)
    village.until(lambda: village.guard.state is SessionState.CONVERSING)
    village.until(lambda: village.told(TurnCompleted))


def requests(village: Village) -> list[ConnectRequest]:
    assert isinstance(village.convai.transport, Listening)
    return village.convai.transport.requests


# Idleness and ends


def test_an_idle_session_goes_on_while_the_player_is_near(open_village: Open) -> None:
    village = open_village(behaviour=Behaviour(idle_timeout=1.2, idle_warning=0.6))
    meet(village)
    village.until(lambda: len(village.told(IdleWarning)) >= 2)
    assert all(warning.is_answered for warning in village.told(IdleWarning))
    assert village.told(SessionEnding) == village.told(Failed) == []
    assert village.guard.state is SessionState.CONVERSING


def test_an_idle_session_is_let_go_when_nobody_talks_and_opened_again_for_who_comes(open_village: Open) -> None:
    village = open_village(behaviour=Behaviour(idle_timeout=0.8, idle_warning=0.4))
    village.stand(0.0, -7.0)  # in the approach ring
    village.until(lambda: village.guard.state is SessionState.CLOSED)
    assert [warning.is_answered for warning in village.told(IdleWarning)] == [False]
    assert [ending.reason for ending in village.told(SessionEnding)] == ["idle_timeout"]
    assert village.told(Failed) == []
    meet(village)
    assert len(requests(village)) == 2


def test_a_session_that_the_game_ends_is_over_without_a_failure(open_village: Open) -> None:
    village = open_village()
    meet(village)
    village.guard.end_session()
    village.until(lambda: village.guard.state is SessionState.CLOSED)
    assert village.told(Failed) == []
    assert len(requests(village)) == 1
    village.stand(0.0, -60.0)
    village.until(lambda: village.guard.ring.value == "far")
    village.events.clear()
    meet(village)
    assert len(requests(village)) == 2


def test_a_used_up_quota_is_told_and_not_tried_again(open_village: Open) -> None:
    village = open_village(faults=Faults(about="One turn.", quota=1))
    meet(village)
    village.until(lambda: village.guard.state is SessionState.CLOSED)
    (reached,) = village.told(UsageLimitReached)
    assert reached.quota == "minutes"
    (failed,) = village.told(Failed)
    assert isinstance(failed.error, UsageLimitExceeded)
    assert not failed.will_retry
    assert len(requests(village)) == 1


def test_moderation_is_told(open_village: Open) -> None:
    village = open_village(behaviour=Behaviour(moderated_words=("dragon",)))
    meet(village)
    village.guard.say("A dragon!")
    village.until(lambda: village.told(Moderated))
    assert village.told(Moderated) == [Moderated(False, "A dragon!", "The text contains: dragon.")]


# The story and what is told


def test_the_story_moves_with_triggers_and_keys(open_village: Open) -> None:
    village = open_village()
    village.guard.set_template_keys({"season": "winter"})
    meet(village)
    village.guard.trigger("alarm")
    village.until(lambda: len(village.told(SectionEntered)) == 2)
    assert [entered.section_id for entered in village.told(SectionEntered)] == ["start", "alarm"]
    assert "winter" in village.told(SectionEntered)[0].constants
    village.guard.set_template_keys({"season": "spring"})
    village.guard.trigger("thaw")
    village.until(lambda: len(village.told(SectionEntered)) == 3)
    assert "spring" in village.told(SectionEntered)[2].constants
    assert village.told(MessageRefused) == []


def test_keys_for_a_character_without_a_story_are_refused_and_the_game_sees_it(open_village: Open) -> None:
    village = open_village()
    village.stand(20.0, -2.0)
    village.until(lambda: village.smith.is_ready)
    village.smith.set_template_keys({"a": "1"})
    village.until(lambda: village.told(MessageRefused))
    (refused,) = village.told(MessageRefused)
    assert (refused.type, refused.reason) == ("update-template-keys", "Narrative design service not available")


def test_what_is_told_is_acknowledged_with_its_budget(open_village: Open) -> None:
    village = open_village()
    meet(village)
    first = village.guard.tell("It is raining.", respond="false")
    second = village.guard.tell("It is snowing.", mode="replace", respond="auto")
    village.until(lambda: len(village.told(ContextUpdated)) == 2)
    one, other = village.told(ContextUpdated)
    assert (one.update_id, other.update_id) == (first, second)
    assert one.budget is not None
    assert other.budget is not None
    assert one.budget.runtime_used == other.budget.runtime_used == 4  # it was replaced, not added
    village.until(lambda: village.told(NoResponse))  # "auto" left it to the character, who said nothing
    village.guard.tell(mode="reset")
    village.until(lambda: len(village.told(ContextUpdated)) == 3)
    assert village.told(ContextUpdated)[2].budget.used == 0  # type: ignore[union-attr]
    turns = len(village.told(TurnCompleted))
    village.guard.tell("The king is here!", respond="true")
    village.until(lambda: len(village.told(TurnCompleted)) > turns)


def test_a_character_without_a_voice_answers_in_text_in_later_rooms_too(open_village: Open) -> None:
    village = open_village(speaks=True)
    meet(village)
    village.guard.set_voice(is_on=False)
    village.guard.set_usage_reports(is_on=True)
    village.until(lambda: {"tts-toggle", "usage-toggle"} <= {each.event_type for each in village.told(ServerResponded)})
    village.guard.say("Do you hear me?")
    turns, spoken = len(village.told(TurnCompleted)), len(village.told(SpeakingStarted))
    village.until(lambda: len(village.told(TurnCompleted)) > turns)
    village.until(lambda: "usage-update" in {each.type for each in village.told(MessageReceived)})
    assert len(village.told(SpeakingStarted)) == spoken
    village.convai.run_soon(lambda: village.convai.transport.drop_rooms(RoomLossReason.UNKNOWN))  # type: ignore[attr-defined]
    village.until(lambda: len(requests(village)) == 2)
    assert requests(village)[1].default_tts_enabled is False


def test_over_the_budget_is_an_error_that_the_game_sees(open_village: Open) -> None:
    village = open_village()
    meet(village)
    for _ in range(8):  # of 15,000 characters, a quarter as many tokens
        village.guard.tell("x" * 15_000, respond="false")
    village.until(lambda: village.told(MessageRefused))
    (refused,) = village.told(MessageRefused)
    assert refused.type == "context-update"
    assert "30000" in refused.reason
    assert refused.budget is not None
    assert refused.budget.runtime_used <= 30_000
    assert len(village.told(ContextUpdated)) == 7
    assert village.told(Undelivered) == []


def test_what_stays_true_is_known_again_in_every_later_room(open_village: Open) -> None:
    village = open_village()
    village.guard.tell("The mill burns.")  # nobody is there yet
    village.guard.set_template_keys({"season": "winter"})
    meet(village)
    assert village.told(ContextUpdated) == []
    village.guard.say("What have you heard?")
    village.until(lambda: "mill burns" in village.lines(village.guard)[-1][1])
    village.guard.tell("The king is here.", respond="false")
    village.guard.attend_to("bucket")
    village.until(lambda: len(village.told(ContextUpdated)) == 2)
    village.convai.run_soon(lambda: village.convai.transport.drop_rooms(RoomLossReason.UNKNOWN))  # type: ignore[attr-defined]
    village.until(lambda: len(requests(village)) == 2)
    info, keys = requests(village)[1].dynamic_info, requests(village)[1].narrative_template_keys
    assert info is not None
    assert info.text == "The mill burns.\nThe king is here."
    assert keys == {"season": "winter"}
    village.until(lambda: village.guard.state is SessionState.CONVERSING)
    assert village.told(Undelivered) == []


def test_an_update_that_nobody_answers_is_told_of(open_village: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acknowledgements_module, "_PATIENCE", 0.3)
    transport = Listening()
    transport.loses_acknowledgements = True
    village = open_village(transport)
    meet(village)
    village.guard.tell("It is raining.")
    village.until(lambda: village.told(Undelivered))
    (lost,) = village.told(Undelivered)
    assert (lost.text, lost.reason) == ("It is raining.", "The service has not answered it.")


def test_a_refusal_names_what_was_told(open_village: Open) -> None:
    village = open_village()
    meet(village)
    ids = [village.guard.tell(f"{number}" + "rain " * 3_000, respond="false") for number in range(8)]
    village.until(lambda: village.told(MessageRefused))
    (refused,) = village.told(MessageRefused)
    assert (refused.type, refused.update_id) == ("context-update", ids[-1])  # a little more than 30,000 tokens


def test_a_burst_of_news_arrives_whole(open_village: Open) -> None:
    village = open_village()
    meet(village)
    ids = [village.guard.tell(f"News {number}.", respond="false") for number in range(40)]
    village.until(lambda: len(village.told(ContextUpdated)) == 40)
    assert [updated.update_id for updated in village.told(ContextUpdated)] == ids


@pytest.mark.parametrize(
    "mistake",
    [
        lambda guard: guard.tell(""),
        lambda guard: guard.tell(None, mode="replace"),
        lambda guard: guard.set_dynamic_info(" "),
        lambda guard: guard.set_template_keys({"a": 1}),
        lambda guard: guard.trigger(),
    ],
)
def test_mistakes_are_told_at_once(village: Village, mistake: Callable[[object], object]) -> None:
    with pytest.raises(ConfigurationError):
        mistake(village.guard)


# Measurements


def test_a_turn_is_measured_from_the_words_to_the_first_sample_heard(open_village: Open) -> None:
    village = open_village(latency=0.3, speaks=True)
    meet(village)
    village.guard.say("How are you?")
    village.until(lambda: village.told(TurnTimed))
    (timed,) = village.told(TurnTimed)
    assert not timed.was_spoken
    steps = [timed.transcript, timed.first_token, timed.first_audio, timed.first_heard]
    times = [step for step in steps if step is not None]
    assert len(times) == 4
    assert times == sorted(times)
    assert 0.3 <= times[1] < 1.0
    village.until(lambda: village.told(TurnTraced) and village.told(MetricsReceived))
    traced = village.told(TurnTraced)[-1]
    assert traced.total == pytest.approx(sum(traced.segments.values()))
