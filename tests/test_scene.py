"""The whole line on the in-process simulator: walk up, hear, talk, leave, come back."""

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    Convai,
    Failed,
    FreshConversation,
    MemoryContinuity,
    RateLimited,
    Ready,
    Ring,
    RingCrossed,
    SessionState,
    Simulator,
    Speaker,
    SpeakingStarted,
    SpeechFinished,
    StateChanged,
    TurnCompleted,
)
from convai_panda.simulator.memory import Memory

from .conftest import GUARD, SMITH, Village


def open_village(base: ShowBase, simulator: Simulator, continuity: MemoryContinuity) -> Village:
    """One whose service and memory of it are prepared; the player is far away."""
    player = base.render.attach_new_node("player")
    player.set_pos(0.0, -60.0, 1.7)
    village = Village(base, Convai(base, transport=simulator, listener=player, continuity=continuity))
    village.listen()
    return village


def hear_a_line(village: Village, x: float, y: float) -> None:
    """Walk to (x, y) and listen to what the guard says first."""
    finished = len(village.told(SpeechFinished))
    village.stand(x, y)
    village.until(lambda: len(village.told(SpeechFinished)) > finished)


def leave(village: Village) -> None:
    village.stand(0.0, -60.0)
    village.until(lambda: village.guard.state is SessionState.CLOSED)


def test_walking_up_opens_the_room_and_the_character_speaks_first(village: Village) -> None:
    village.stand(0.0, -7.0)
    village.until(lambda: village.guard.is_ready)
    assert village.guard.ring is Ring.APPROACH
    assert village.told(SpeakingStarted) == []
    hear_a_line(village, 0.0, -2.0)
    assert village.guard.state is SessionState.CONVERSING
    (speaker, text), *_ = village.lines(village.guard)
    assert speaker is Speaker.CHARACTER
    assert "Ana" in text
    assert len(village.told(SpeakingStarted)) == len(village.told(SpeechFinished)) == 1
    assert len(village.told(Ready)) == 1


def test_typed_words_go_in_once_and_an_answer_comes_out(village: Village) -> None:
    hear_a_line(village, 0.0, -2.0)
    village.guard.say("My name is Bartholomew.")
    village.until(lambda: len(village.told(TurnCompleted)) == 2)
    lines = village.lines(village.guard)
    assert lines.count((Speaker.PLAYER, "My name is Bartholomew.")) == 1
    assert lines[-1][0] is Speaker.CHARACTER
    assert "Bartholomew" in lines[-1][1]


def test_words_said_before_the_character_is_there_arrive_once(village: Village) -> None:
    village.guard.say("Is anybody here?")
    village.stand(0.0, -2.0)
    village.until(lambda: len(village.told(TurnCompleted)) >= 2)
    assert village.lines(village.guard).count((Speaker.PLAYER, "Is anybody here?")) == 1


def test_coming_back_continues_the_same_conversation(village: Village) -> None:
    hear_a_line(village, 0.0, -2.0)
    village.guard.say("I am looking for a blue lantern.")
    village.until(lambda: len(village.told(TurnCompleted)) == 2)
    leave(village)
    hear_a_line(village, 0.0, -2.0)
    village.guard.say("What did I say before?")
    village.until(lambda: "blue lantern" in village.lines(village.guard)[-1][1])
    assert village.told(FreshConversation) == []


def test_a_conversation_that_the_service_forgot_begins_anew_and_says_so(village: Village) -> None:
    village.convai.continuity.save("player", village.guard.id, "0f4c9a52-0000-4000-8000-00000000dead")
    hear_a_line(village, 0.0, -2.0)
    assert len(village.told(FreshConversation)) == 1
    assert len(village.told(Ready)) == 1


@pytest.mark.parametrize("account", ["simulator", "another-account"])
def test_a_conversation_that_is_not_theirs_to_continue_begins_anew_and_says_so(base: ShowBase, account: str) -> None:
    memory, continuity = Memory(), MemoryContinuity()
    character = GUARD if account != "simulator" else SMITH  # another account's, or another character's
    continuity.save("player", GUARD, memory.begin(account, character).id)
    village = open_village(base, Simulator(memory=memory), continuity)
    village.stand(0.0, -2.0)
    village.until(lambda: village.told(Ready))
    assert len(village.told(FreshConversation)) == 1
    assert village.told(Failed) == []
    village.convai.destroy()


def test_a_conversation_is_not_called_fresh_before_there_is_one(base: ShowBase) -> None:
    continuity = MemoryContinuity()
    continuity.save("player", GUARD, "0f4c9a52-0000-4000-8000-00000000dead")
    village = open_village(base, Simulator(max_rooms=0), continuity)
    village.stand(0.0, -2.0)
    village.until(lambda: village.told(Failed))
    assert isinstance(village.told(Failed)[0].error, RateLimited)
    assert village.told(FreshConversation) == []
    assert continuity.load("player", GUARD) == "0f4c9a52-0000-4000-8000-00000000dead"
    village.convai.destroy()


def test_rings_and_states_are_told_in_order(village: Village) -> None:
    hear_a_line(village, 0.0, -2.0)
    leave(village)
    assert [crossed.ring for crossed in village.told(RingCrossed)] == [Ring.TALK, Ring.LINGER, Ring.FAR]
    assert [moved.state for moved in village.told(StateChanged)] == [
        SessionState.CONNECTING,
        SessionState.JOINING,
        SessionState.CONVERSING,
        SessionState.LINGERING,
        SessionState.CLOSED,
    ]
    assert all(moved.reason for moved in village.told(StateChanged))


def test_the_voice_is_where_the_head_is(village: Village) -> None:
    hear_a_line(village, 2.5, 0.0)  # facing north: the guard is to the left
    left, right = village.mix().level()
    assert left > right + 40.0


def test_silence_after_leaving_and_no_gap_inside_a_sentence(village: Village) -> None:
    hear_a_line(village, 2.0, 0.0)
    leave(village)
    mix = village.mix()
    sentences = mix.sounding(pause=0.12)  # the simulator pauses 0.22 s between two sentences
    assert len(sentences) == 3  # “Hello, Ana.” “I am …” “What brings you here?”
    for start, end in sentences:
        assert mix.between(start, end).gaps(at_least=0.06) == []
    assert mix.between(sentences[-1][1] + 0.05, mix.duration).level() == (-120.0, -120.0)
