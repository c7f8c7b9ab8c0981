"""From how far a voice is heard: the law itself, and in OpenAL's real mix also when the listener jumps."""

from collections.abc import Iterator
from time import monotonic

import numpy as np
import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import LPoint3

from convai_panda import PandaVoice, VoicePlacement
from convai_panda.audio.frame import AudioFrame
from convai_panda.testing import step_until

from .test_pump import NORTH, UP, Player, tone, tones


@pytest.fixture
def voice() -> Iterator[PandaVoice]:
    voice = PandaVoice()
    yield voice
    voice.close()


def player(base: ShowBase, voice: PandaVoice, placement: VoicePlacement) -> Player:
    player = Player(base, voice)
    player.sink = voice.open(placement)
    return player


def test_the_law() -> None:
    near = VoicePlacement(min_distance=2.0, max_distance=40.0)
    assert [near.gain(distance) for distance in (0.0, 2.0, 4.0, 8.0)] == [1.0, 1.0, 0.5, 0.25]
    steep = VoicePlacement(min_distance=2.0, max_distance=40.0, roll_off=2.0)
    assert steep.gain(4.0) == pytest.approx(1 / 3)
    assert VoicePlacement(min_distance=2.0, max_distance=40.0, roll_off=0.0).gain(30.0) == 1.0


def test_the_fade_to_silence_has_no_step() -> None:
    gains = np.array([VoicePlacement().gain(distance) for distance in np.arange(0.0, 25.0, 0.01)])
    assert gains[2000:].max() == 0.0
    assert np.abs(np.diff(gains)).max() < 0.01


@pytest.mark.parametrize("wrong", [{"min_distance": 0.0}, {"max_distance": 1.0}, {"roll_off": -1.0}])
def test_impossible_placements_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        VoicePlacement(**wrong)


def test_roll_off_is_heard(base: ShowBase, voice: PandaVoice) -> None:
    steep = player(base, voice, VoicePlacement(min_distance=1.0, max_distance=50.0, roll_off=3.0))
    steep.play(LPoint3(-1, 0, 0), tone(0.3))
    steep.play(LPoint3(-4, 0, 0), tone(0.3))
    (near, _), (far, _) = tones(steep.mix())
    assert near - far == pytest.approx(20.0, abs=0.5)


def test_a_narrator_is_in_both_ears_at_full_level(base: ShowBase, voice: PandaVoice) -> None:
    narrator = player(base, voice, VoicePlacement(spatial=False))
    narrator.play(LPoint3(500, 0, 0), tone(0.3, amplitude=16_000))
    mix = narrator.mix()
    ((start, end),) = mix.sounding()
    left, right = mix.between(start + 0.05, end - 0.05).level()
    assert left == right == pytest.approx(20 * np.log10(16_000 / 32_768 / np.sqrt(2)), abs=0.1)


def test_a_listener_who_jumps_away_hears_no_click_and_then_nothing(base: ShowBase, voice: PandaVoice) -> None:
    ours = player(base, voice, VoicePlacement())
    ours.sink.update(LPoint3(-1, 0, 0), 1.0)
    ours.sink.write("track", AudioFrame(tone(1.5).tobytes()))
    began = monotonic()
    step_until(base, lambda: monotonic() - began > 0.4)
    voice.listen(LPoint3(100, 0, 0), NORTH, UP)
    step_until(base, lambda: monotonic() - began > 0.7)
    mix = ours.mix()
    ((_, end),) = mix.sounding(threshold=-80.0)
    steps = np.abs(np.diff(mix.samples[:, 0]))
    cut = round((end - 0.03) * 48_000)
    assert steps[cut:].max() <= steps[:cut].max()
    assert mix.between(end + 0.02, mix.duration).level() == (-120.0, -120.0)
