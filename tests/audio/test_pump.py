"""A tone through the voice thread into OpenAL's real mix, and what is left of it there."""

import threading
from collections.abc import Iterator
from time import monotonic
from typing import Any

import numpy as np
import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import LPoint3, LVector3

from convai_panda import AudioFrame, PandaVoice
from convai_panda.audio.far_end import FarEnd
from convai_panda.audio.panda_sink import PandaSink
from convai_panda.audio.placement import VoicePlacement
from convai_panda.testing import Mix, step_until

from ..conftest import MIX

FRAME = 960  # samples: 20 ms
LEAD = 0.1  # s that the feeder is ahead, so that a busy machine does not make the hole itself
PAUSE = 0.4  # s between two tones, so that they are told apart whatever the machine does
NORTH, UP = LVector3(0, 1, 0), LVector3(0, 0, 1)


def tone(seconds: float, amplitude: int = 16_000) -> np.ndarray:
    wave = amplitude * np.sin(2 * np.pi * 440 * np.arange(round(seconds * 48_000)) / 48_000)
    return wave.astype("<i2")


def tones(mix: Mix) -> list[tuple[float, float]]:
    """Left and right of each tone in dBFS, by its usual peak: a stall of the machine does not change that."""
    heard = []
    for start, end in mix.sounding(pause=PAUSE / 2):
        part = mix.between(start, end).samples
        whole = len(part) // 480 * 480
        peaks = np.median(np.abs(part[:whole]).reshape(-1, 480, 2).max(axis=1), axis=0)
        heard.append(tuple(20 * np.log10(np.maximum(peaks, 1e-6))))
    return heard


class Player:
    """Feeds a tone in real time while the game steps its frames."""

    def __init__(self, base: ShowBase, voice: PandaVoice) -> None:
        self.base = base
        self.voice = voice
        self.sink = voice.open()
        voice.listen(LPoint3(0), NORTH, UP)

    def play(self, position: LPoint3, samples: np.ndarray, volume: float = 1.0, lead: float = LEAD) -> None:
        self.sink.update(position, volume)
        began, sent = monotonic(), 0

        def feed() -> bool:
            nonlocal sent
            while sent * 0.020 <= monotonic() - began + lead and sent * FRAME < len(samples):
                self.sink.write("track", AudioFrame(samples[sent * FRAME : (sent + 1) * FRAME].tobytes()))
                sent += 1
            return sent * FRAME >= len(samples) and not self.sink.is_sounding

        step_until(self.base, feed, within=30.0)
        silent_since = monotonic()
        step_until(self.base, lambda: monotonic() - silent_since > PAUSE)

    def mix(self) -> Mix:
        self.voice.close()
        self.base.destroy()
        return Mix.read(MIX)


@pytest.fixture
def player(base: ShowBase) -> Iterator[Player]:
    voice = PandaVoice(min_distance=1.5, max_distance=20.0)
    yield Player(base, voice)
    voice.close()


def test_level_falls_as_one_over_distance_to_half_a_decibel(player: Player) -> None:
    for distance in (1.5, 3.0, 6.0, 12.0):
        player.play(LPoint3(-distance, 0, 0), tone(0.4))
    levels = [left for left, _ in tones(player.mix())]
    assert len(levels) == 4
    assert np.allclose(np.diff(levels), -6.02, atol=0.5)


def test_left_is_left_and_right_is_right(player: Player) -> None:
    player.play(LPoint3(-2, 0, 0), tone(0.3))
    player.play(LPoint3(2, 0, 0), tone(0.3))
    (left, right), (then_left, then_right) = tones(player.mix())
    assert left - right > 40.0
    assert then_right - then_left > 40.0


def test_beyond_the_maximum_distance_there_is_true_silence(player: Player) -> None:
    player.play(LPoint3(0, 20.1, 0), tone(0.5))
    assert player.mix().level() == (-120.0, -120.0)


def test_volume_scales_the_voice(player: Player) -> None:
    player.play(LPoint3(-2, 0, 0), tone(0.3))
    player.play(LPoint3(-2, 0, 0), tone(0.3), volume=0.5)
    (first, _), (second, _) = tones(player.mix())
    assert first - second == pytest.approx(6.02, abs=0.5)


def test_a_tone_has_no_hole(player: Player) -> None:
    player.play(LPoint3(-2, 0, 0), tone(2.0))
    mix = player.mix()
    (stretch,) = mix.sounding(pause=0.4)
    assert mix.between(*stretch).gaps(at_least=0.015) == []
    assert stretch[1] - stretch[0] == pytest.approx(2.0, abs=0.03)


def test_a_flush_silences_and_the_next_words_are_heard(player: Player) -> None:
    player.sink.update(LPoint3(-2, 0, 0), 1.0)
    for at in range(0, 48_000, FRAME):
        player.sink.write("track", AudioFrame(tone(1.0)[at : at + FRAME].tobytes()))
    step_until(player.base, lambda: player.sink.is_sounding)
    player.sink.flush()
    step_until(player.base, lambda: not player.sink.is_sounding)
    player.play(LPoint3(2, 0, 0), tone(0.3), lead=0.0)
    mix = player.mix()
    in_left = np.flatnonzero(np.abs(mix.samples[:, 0]) > 0.001) / 48_000  # s: what was flushed, if any was heard yet
    flushed, cut = (in_left[0], in_left[-1]) if in_left.size else (0.0, 0.0)
    assert cut - flushed < 0.5
    _, end = mix.sounding()[-1]
    left, right = mix.between(cut, end).level()
    assert right > left + 40.0


def test_a_closed_sink_leaves_no_sound(player: Player) -> None:
    player.sink.update(LPoint3(-2, 0, 0), 1.0)
    for at in range(0, 48_000, FRAME):
        player.sink.write("track", AudioFrame(tone(1.0)[at : at + FRAME].tobytes()))
    step_until(player.base, lambda: player.sink.is_sounding)
    player.sink.close()
    step_until(player.base, lambda: not player.sink.is_sounding)
    quiet_from = monotonic()
    step_until(player.base, lambda: monotonic() - quiet_from > 0.3)
    mix = player.mix()
    assert mix.between(mix.duration - 0.2, mix.duration).level() == (-120.0, -120.0)


def test_impossible_distances_are_refused() -> None:
    with pytest.raises(ValueError, match="min_distance"):
        PandaVoice(min_distance=5.0, max_distance=5.0)


class Rounds(PandaVoice):
    """Notes on which thread each round was."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[str] = []

    def _round(self, *what: Any) -> None:
        self.threads.append(threading.current_thread().name)
        super()._round(*what)


def test_sound_that_is_settled_needs_no_round_of_the_voice_thread(base: ShowBase) -> None:
    voice = Rounds()
    sinks = [voice.open() for _ in range(3)]
    for sink in sinks:
        sink.update(LPoint3(0, 2, 0), 1.0)
    began, sent = monotonic(), 0
    here = threading.current_thread().name

    def feed() -> bool:
        nonlocal sent
        if sent * 0.020 <= monotonic() - began:
            for sink in sinks:
                sink.write("track", AudioFrame(tone(0.02).tobytes()))
            for sink in sinks:
                sink.settle()
            sent += 1
        return sent == 50

    step_until(base, feed)
    elsewhere = len(voice.threads) - voice.threads.count(here)
    assert sent - 5 <= voice.threads.count(here) <= sent, "one round for all voices, each time"
    assert elsewhere <= sent / 2
    step_until(base, lambda: not any(sink.is_sounding for sink in sinks))  # nothing is settled any more
    assert all(stats.underruns == 0 for sink in sinks for stats in sink.stats.values())
    voice.close()


def test_what_is_settled_after_the_end_does_no_harm(base: ShowBase) -> None:
    voice = PandaVoice()
    sink = voice.open()
    voice.close()
    sink.write("track", AudioFrame(tone(0.02).tobytes()))
    sink.settle()
    assert not sink.is_sounding


def test_a_closed_sink_takes_no_sound_any_more() -> None:
    """Nobody would move it, and it would pile up for as long as the room goes on."""
    rounds: list[None] = []
    sink = PandaSink(
        None,
        VoicePlacement(),
        far_end=FarEnd(),
        on_sound=lambda: rounds.append(None),
        on_cut=lambda: None,
        on_close=lambda closed: closed.discard(monotonic()),
    )
    sink.write("track", AudioFrame(bytes(1920)))
    sink.settle()
    assert len(rounds) == 1
    sink.close()
    sink.write("track", AudioFrame(bytes(1920)))
    sink.settle()
    assert len(rounds) == 1
