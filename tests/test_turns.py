"""Which messages open a voice's gate again after an interruption, and how much of a text was heard."""

import pytest

from convai_panda.pace import Pace
from convai_panda.protocol.server import (
    BotInterrupted,
    BotLlmStarted,
    BotStartedSpeaking,
    BotStoppedSpeaking,
    BotTtsStarted,
    BotTurnCompleted,
    ServerMessage,
)
from convai_panda.turns import Cue, Turns

CUT_TURN = BotTurnCompleted(was_interrupted=True)


def cues(turns: Turns, *messages: ServerMessage) -> list[Cue | None]:
    return [turns.receive(message) for message in messages]


def test_a_turn_begins_once() -> None:
    messages = (BotLlmStarted(), BotTtsStarted(), BotStartedSpeaking(), BotStartedSpeaking(), BotStoppedSpeaking())
    assert cues(Turns(), *messages) == [Cue.BEGIN, None, None, None, None]


def test_a_turn_without_an_llm_begins_with_its_voice() -> None:
    turns = Turns()
    assert cues(turns, BotTtsStarted(), BotStartedSpeaking(), BotTurnCompleted()) == [Cue.BEGIN, None, None]
    assert cues(turns, BotStartedSpeaking()) == [Cue.BEGIN]


def test_what_the_old_turn_still_announces_opens_nothing() -> None:
    turns = Turns()
    cues(turns, BotLlmStarted())
    turns.interrupt()
    assert cues(turns, BotTtsStarted(), BotStartedSpeaking()) == [None, None]


@pytest.mark.parametrize("confirmation", [BotInterrupted(), CUT_TURN, BotStoppedSpeaking()], ids=lambda m: m.type)
def test_after_the_service_knows_any_announcement_is_a_new_turn(confirmation: ServerMessage) -> None:
    turns = Turns()
    cues(turns, BotLlmStarted(), BotStartedSpeaking())
    turns.interrupt()
    cues(turns, confirmation)
    assert cues(turns, BotTtsStarted()) == [Cue.BEGIN]


def test_an_answer_of_the_llm_is_always_a_new_turn() -> None:
    turns = Turns()
    cues(turns, BotLlmStarted())
    turns.interrupt()
    assert cues(turns, BotLlmStarted()) == [Cue.BEGIN]


def test_the_services_own_interruption_cuts_in_either_form() -> None:
    assert cues(Turns(), BotLlmStarted(), BotInterrupted()) == [Cue.BEGIN, Cue.CUT]
    assert cues(Turns(), BotLlmStarted(), CUT_TURN) == [Cue.BEGIN, Cue.CUT]


def test_the_late_end_of_a_cut_turn_does_not_cut_the_next() -> None:
    messages = (BotLlmStarted(), BotInterrupted(), BotLlmStarted(), CUT_TURN, CUT_TURN)
    assert cues(Turns(), *messages) == [Cue.BEGIN, Cue.CUT, Cue.BEGIN, None, Cue.CUT]


def test_a_cut_is_at_the_last_whole_word() -> None:
    text = "The mill stands upon the hill."
    pace = Pace(characters_per_second=10.0)
    assert pace.heard(text, 0.2) == ""
    assert pace.heard(text, 0.3) == "The"
    assert pace.heard(text, 1.4) == "The mill"
    assert pace.heard(text, 1.5) == "The mill stands"
    assert pace.heard(text, 9.0) == text


def test_a_character_has_a_pace_of_its_own() -> None:
    pace = Pace()
    pace.learn("x" * 40, 4.0)
    assert pace.characters_per_second == 10.0
    pace.learn("x" * 80, 4.0)
    assert pace.characters_per_second == 15.0
    pace.learn("x" * 900, 4.0)  # the voice was cut off or lost: no measure
    pace.learn("x", 0.1)
    assert pace.characters_per_second == 15.0
