"""A voice cut off in OpenAL's real mix: soon, without a click, and without what still comes of it."""

from collections.abc import Iterator
from time import monotonic

import numpy as np
import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import LPoint3

from convai_panda import PandaVoice, SilentVoice
from convai_panda.audio.frame import AudioFrame
from convai_panda.audio.gate import Gate
from convai_panda.testing import step_until

from .test_pump import FRAME, Player, tone


@pytest.fixture
def player(base: ShowBase) -> Iterator[Player]:
    voice = PandaVoice()
    yield Player(base, voice)
    voice.close()


def begin(player: Player, seconds: float = 1.0) -> None:
    """Have a tone sounding."""
    player.sink.update(LPoint3(-1, 0, 0), 1.0)
    samples = tone(seconds)
    for at in range(0, len(samples), FRAME):
        player.sink.write("track", AudioFrame(samples[at : at + FRAME].tobytes()))
    began = monotonic()
    step_until(player.base, lambda: player.sink.is_sounding and monotonic() - began > 0.3)


def wait(player: Player, seconds: float) -> None:
    began = monotonic()
    step_until(player.base, lambda: monotonic() - began > seconds)


def test_an_interrupted_voice_fades_without_a_click(player: Player) -> None:
    begin(player)
    player.sink.interrupt()
    assert not player.sink.is_sounding
    wait(player, 0.2)
    mix = player.mix()
    ((start, end),) = mix.sounding(threshold=-80.0)
    assert end - start < 0.45
    steps = np.abs(np.diff(mix.samples[:, 0]))
    cut = round((end - 0.03) * 48_000)
    assert steps[cut:].max() <= steps[:cut].max()
    assert mix.between(end + 0.02, mix.duration).level() == (-120.0, -120.0)


def test_what_still_comes_of_the_old_turn_is_not_heard(player: Player) -> None:
    begin(player, 0.4)
    player.sink.interrupt()
    player.sink.write("track", AudioFrame(tone(0.5).tobytes()))
    wait(player, 0.2)
    player.sink.write("track", AudioFrame(tone(0.5).tobytes()))
    wait(player, 0.4)
    ((start, end),) = player.mix().sounding(threshold=-80.0)
    assert end - start < 0.45


def test_the_next_turn_is_heard_whole(player: Player) -> None:
    begin(player)
    player.sink.interrupt()
    player.sink.begin_turn()
    player.play(LPoint3(2, 0, 0), tone(0.3), lead=0.0)
    mix = player.mix()
    start, end = mix.sounding(pause=0.02)[-1]
    assert end - start == pytest.approx(0.3, abs=0.03)
    left, right = mix.between(start + 0.05, end).level()
    assert right > left + 40.0


def test_what_was_heard_of_a_turn_is_known(player: Player) -> None:
    player.play(LPoint3(-1, 0, 0), tone(0.5))
    heard = player.sink.begin_turn()
    assert heard.seconds == pytest.approx(0.5, abs=0.03)
    assert not heard.was_sounding
    begin(player)
    heard = player.sink.interrupt()
    assert 0.15 < heard.seconds < 0.45
    assert heard.was_sounding


def test_sound_that_slips_past_a_closing_gate_is_stale() -> None:
    gate = Gate()
    mark = gate.mark()
    gate.close()
    assert mark is not None
    assert mark < gate.epoch
    assert gate.mark() is None
    gate.open()
    assert gate.mark() == gate.epoch


def test_a_silent_voice_is_interrupted_as_well() -> None:
    now = 0.0
    sink = SilentVoice(lambda: now).open()
    sink.write("track", AudioFrame(tone(1.0).tobytes()))
    now = 0.25
    heard = sink.interrupt()
    assert heard.was_sounding
    sink.write("track", AudioFrame(tone(1.0).tobytes()))
    assert not sink.is_sounding
    sink.begin_turn()
    sink.write("track", AudioFrame(tone(1.0).tobytes()))
    assert sink.is_sounding
