"""A character stays in character while an answer is late, when the line is lost, and where nothing can be heard."""

from collections.abc import Iterator

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    ConfigurationError,
    Convai,
    Event,
    Failed,
    FallbackLines,
    MemoryContinuity,
    Nearest,
    NoResponse,
    PandaVoice,
    PlayerSpeakingStarted,
    PlayerSpeakingStopped,
    Ready,
    RoomLost,
    SessionState,
    Simulator,
    Speaker,
    SpeakingStarted,
    StateChanged,
    Transcript,
    TurnCompleted,
    Undelivered,
)
from convai_panda.errors import RoomLossReason
from convai_panda.improvising import Improviser

from .conftest import GUARD, Village

LINES = FallbackLines(hesitation=("Hm.", "Let me think."), patience=2.0, lost="Where was I?", unheard="(whispers)")
ASKED = Transcript(Speaker.PLAYER, "Who are you?")


def waits(improviser: Improviser, *times: float, is_speaking: bool = False) -> list[str]:
    return [line.text for now in times for line in improviser.wait(now, is_speaking=is_speaking)]


def test_it_hesitates_once_a_question_and_takes_its_lines_in_turn() -> None:
    improviser = Improviser(LINES)
    said = []
    for start in (10.0, 20.0, 30.0):
        assert improviser.notice(ASKED) == []
        said += waits(improviser, start, start + 1.9, start + 2.1, start + 4.0)
    assert said == ["Hm.", "Let me think.", "Hm."]


@pytest.mark.parametrize(
    "event",
    [
        Transcript(Speaker.CHARACTER, "I", is_final=False),
        SpeakingStarted(),
        TurnCompleted(),
        Undelivered("Who are you?", "nobody there"),
        NoResponse("abstain"),
        StateChanged(SessionState.CLOSED, SessionState.CONVERSING, "left"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_whatever_ends_the_wait_ends_it(event: Event) -> None:
    improviser = Improviser(LINES)
    improviser.notice(ASKED)
    assert waits(improviser, 0.0) == []
    assert improviser.notice(event) == []
    assert waits(improviser, 5.0, 9.0) == []


def test_typed_words_are_one_question_whenever_they_are_sent() -> None:
    improviser = Improviser(LINES)
    improviser.ask("Who are you?")
    assert waits(improviser, 0.0, 2.5) == ["Hm."]
    improviser.notice(ASKED)
    assert waits(improviser, 3.0, 9.0) == []
    improviser.notice(ASKED)  # spoken, this time
    assert waits(improviser, 10.0, 13.0) == ["Let me think."]


def test_the_end_of_an_interrupted_turn_is_no_answer_and_a_voice_that_is_heard_is_one() -> None:
    improviser = Improviser(LINES)
    improviser.ask("Who are you?")
    improviser.notice(Transcript(Speaker.CHARACTER, "Once upon", is_cut=True))
    improviser.notice(TurnCompleted(was_interrupted=True))
    assert waits(improviser, 0.0, 5.0, 9.0, is_speaking=True) == []
    assert waits(improviser, 10.0, 11.5) == ["Hm."]


def test_the_wait_begins_when_the_player_has_spoken() -> None:
    improviser = Improviser(LINES)
    improviser.notice(PlayerSpeakingStarted())
    improviser.notice(ASKED)
    assert waits(improviser, 0.0, 5.0) == []
    improviser.notice(PlayerSpeakingStopped())
    assert waits(improviser, 6.0, 6.9, 7.1) == ["Hm."]


def test_it_is_lost_once_until_it_is_there_again_and_only_in_conversation() -> None:
    improviser = Improviser(LINES)
    lost = StateChanged(SessionState.LOST, SessionState.CONVERSING, "gone")
    assert [line.text for line in improviser.notice(lost)] == ["Where was I?"]
    assert improviser.notice(lost) == []
    improviser.notice(Ready())
    assert improviser.notice(StateChanged(SessionState.LOST, SessionState.JOINING, "gone")) == []
    (line,) = improviser.notice(lost)
    assert line == Transcript(Speaker.CHARACTER, "Where was I?", is_local=True)


def test_without_sound_it_says_so_once_a_room() -> None:
    improviser = Improviser(LINES)
    said = [improviser.notice(SpeakingStarted(), can_be_heard=False) for _ in range(2)]
    assert [[line.text for line in lines] for lines in said] == [["(whispers)"], []]
    improviser.notice(Ready())
    assert [line.text for line in improviser.go_unheard()] == ["(whispers)"]


def test_without_lines_nothing_is_said() -> None:
    improviser = Improviser(None)
    improviser.notice(ASKED)
    assert waits(improviser, 0.0, 99.0) == []
    assert improviser.notice(StateChanged(SessionState.LOST, SessionState.CONVERSING, "gone")) == []
    assert improviser.go_unheard() == []


@pytest.mark.parametrize("fields", [{"hesitation": " "}, {"lost": ()}, {"unheard": ("a", 1)}, {"patience": 0.0}])
def test_what_is_no_line_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(fields))):
        FallbackLines(**fields)  # type: ignore[arg-type]


class Deaf(PandaVoice):
    """As on a machine without a sound device."""

    has_device = False  # type: ignore[assignment]


@pytest.fixture
def slow(base: ShowBase) -> Iterator[Village]:
    """A village whose people think for two seconds, on a machine without sound."""
    player = base.render.attach_new_node("player")
    player.set_pos(0.0, -60.0, 1.7)
    convai = Convai(
        base,
        transport=Simulator(latency=2.0),
        voice=Deaf(),
        listener=player,
        proximity=Nearest(linger=0.2),
        continuity=MemoryContinuity(),
        fallback_lines=FallbackLines(hesitation="Hm.", patience=0.4, lost="Where was I?", unheard="(whispers)"),
    )
    village = Village(base, convai)
    village.listen()
    yield village
    convai.destroy()
    base.ignore_all()


def test_subtitles_show_them_and_a_saved_game_does_not_keep_them(slow: Village) -> None:
    village, transport = slow, slow.convai.transport
    assert isinstance(transport, Simulator)
    village.stand(0.0, -2.0)
    village.guard.say("Who are you?")
    local = lambda: [said.text for said in village.told(Transcript, village.guard) if said.is_local]  # noqa: E731
    village.until(lambda: local() == ["Hm."])
    village.until(lambda: local() == ["Hm.", "(whispers)"])
    village.convai.run_soon(lambda: transport.drop_rooms(RoomLossReason.SERVER_SHUTDOWN))
    village.until(lambda: local() == ["Hm.", "(whispers)", "Where was I?"])
    village.until(lambda: village.told(Failed))
    assert isinstance(village.told(Failed)[0].error, RoomLost)
    assert not any(line["text"] in local() for line in village.convai.save()["characters"][GUARD]["transcript"])
    village.until(lambda: len(village.told(Ready)) == 2)
