"""A paused game is silent, and afterwards nothing old is heard."""

from collections.abc import Callable
from time import monotonic

import pytest

from convai_panda import SpeechFinished, TurnCompleted

from .conftest import Village


@pytest.mark.parametrize(
    ("stop", "go"),
    [
        (lambda village: village.convai.pause(), lambda village: village.convai.resume()),
        (lambda village: village.base.disable_all_audio(), lambda village: village.base.enable_all_audio()),
    ],
    ids=["paused", "audio disabled"],
)
def test_a_pause_is_silent_and_nothing_piles_up(
    village: Village, stop: Callable[[Village], None], go: Callable[[Village], None]
) -> None:
    village.stand(2.0, 0.0)
    village.until(lambda: village.guard.loudness > 0.0)
    began = monotonic()
    village.until(lambda: monotonic() - began > 0.4)
    stop(village)
    village.until(lambda: not village.guard.is_audible)
    paused = monotonic()
    village.until(lambda: village.told(TurnCompleted))
    village.until(lambda: monotonic() - paused > 4.0)  # the last of the line has come and gone
    assert village.guard.loudness == 0.0
    go(village)
    resumed = monotonic()
    village.until(lambda: monotonic() - resumed > 0.5)
    assert village.guard.loudness == 0.0
    village.guard.say("Go on.")
    finished = len(village.told(SpeechFinished))
    village.until(lambda: len(village.told(SpeechFinished)) > finished)
    before, after = village.mix().sounding(pause=0.5)
    assert before[1] - before[0] < 0.7
    assert after[0] - before[1] > 4.0


def test_a_muted_character_keeps_its_words(village: Village) -> None:
    village.convai.volume = 0.0
    village.stand(2.0, 0.0)
    village.until(lambda: village.lines(village.guard))
    village.until(lambda: village.guard.is_audible)
    assert village.mix().level() == (-120.0, -120.0)
