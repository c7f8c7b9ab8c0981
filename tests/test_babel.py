"""Thousands of mutated messages, through all that a message goes through in a game."""

from direct.showbase.ShowBase import ShowBase

from convai_panda.clean_text import LONGEST
from tests.babel import babble


def test_a_game_takes_no_harm_from_characters_that_talk_rubbish(base: ShowBase) -> None:
    outcome = babble(base, 20_000, seed=7)
    assert outcome.messages >= 20_000
    assert outcome.broken == []
    assert outcome.unsafe == set()
    assert outcome.misshapen == 0
    assert 10_000 < outcome.longest_text <= LONGEST
    assert outcome.growth < 30.0  # MB
    assert {"Transcript", "EmotionChanged", "ActionStarted", "TurnCompleted", "MetricsReceived"} <= set(outcome.events)
