"""Cutting a character short in the scene: what is heard, what is told, and what the character is told."""

from convai_panda import BargeIn, ServerResponded, Speaker, SpeakingStarted, SpeechFinished, Transcript, TurnCompleted

from .conftest import Village


def begin_an_answer(village: Village) -> None:
    """Have the guard in the middle of a long line."""
    village.stand(2.0, 0.0)
    village.until(lambda: village.guard.loudness > 0.0)
    finished = len(village.told(SpeechFinished))
    village.until(lambda: len(village.told(SpeechFinished)) > finished)
    village.guard.say("Tell me about the weather on the hill, and about the mill.")
    village.until(lambda: village.guard.loudness > 0.0)
    loud = 0

    def has_spoken() -> bool:
        nonlocal loud
        loud += village.guard.loudness > 0.02
        return loud >= 45  # frames of a sixtieth of a second

    village.until(has_spoken)


def cuts(village: Village) -> list[Transcript]:
    return [said for said in village.told(Transcript) if said.is_cut]


def whole(village: Village) -> str:
    """The line as it was meant to be."""
    return [said.text for said in village.told(Transcript) if said.speaker is Speaker.CHARACTER and not said.is_cut][-1]


def test_an_interrupted_character_is_silent_and_its_words_end_at_the_last_one_heard(village: Village) -> None:
    begin_an_answer(village)
    village.guard.interrupt()
    assert not village.guard.is_speaking
    village.until(lambda: any(turn.was_interrupted for turn in village.told(TurnCompleted)))
    (cut,) = cuts(village)
    assert cut.speaker is Speaker.CHARACTER
    assert cut.is_final
    assert whole(village).startswith(cut.text)
    village.until(lambda: "context-update" in [answer.event_type for answer in village.told(ServerResponded)])
    assert 4 < len(cut.text) < 40  # three quarters of a second of speech


def test_the_services_own_interruption_cuts_the_words_as_well(village: Village) -> None:
    village.guard.barge_in = BargeIn.IGNORE
    begin_an_answer(village)
    village.guard.say("Stop, please.")
    village.until(lambda: cuts(village))
    assert not village.guard.is_speaking
    village.until(lambda: village.lines(village.guard)[-1][0] is Speaker.CHARACTER)
    assert len(cuts(village)) == 1


def test_typed_words_interrupt_and_the_answer_is_heard(village: Village) -> None:
    begin_an_answer(village)
    finished = len(village.told(SpeechFinished))
    village.guard.say("My name is Bartholomew.")
    assert not village.guard.is_speaking
    village.until(lambda: len(village.told(SpeechFinished)) > finished)
    assert "Bartholomew" in village.lines(village.guard)[-1][1]
    assert len(cuts(village)) == 1


def test_a_character_between_turns_has_nothing_to_cut(village: Village) -> None:
    village.stand(2.0, 0.0)
    village.until(lambda: village.told(SpeechFinished))
    village.guard.interrupt()
    village.guard.say("My name is Bartholomew.")
    village.until(lambda: len(village.told(SpeechFinished)) == 2)
    assert cuts(village) == []


def test_a_turn_that_follows_at_once_ends_the_one_before(village: Village) -> None:
    begin_an_answer(village)
    started, finished = len(village.told(SpeakingStarted)), len(village.told(SpeechFinished))
    village.until(lambda: not village.guard.is_audible)
    village.guard.barge_in = BargeIn.IGNORE  # what is over need not give way
    village.guard.say("My name is Bartholomew.")
    village.until(lambda: len(village.told(SpeakingStarted)) > started)
    assert len(village.told(SpeechFinished)) == finished + 1
    village.until(lambda: len(village.told(SpeechFinished)) == finished + 2)
    assert cuts(village) == []


def test_a_ducked_character_speaks_on_more_softly(village: Village) -> None:
    begin_an_answer(village)
    village.guard.barge_in = BargeIn.DUCK
    village.guard.say("I am listening.")
    assert village.guard.is_speaking
    assert cuts(village) == []
