"""Whether the microphone hears the loudspeaker: with echoes of every kind, and with headphones."""

import numpy as np
import pytest
from numpy.typing import NDArray

from convai_panda.audio.echo_watch import EchoWatch
from convai_panda.simulator.voice import Voice, speak

RATE = 48_000
PIECE = 480
TEXT = "The mill upon the hill will be rolling as long as the wind is willing. Some say that it dreams of the sea."
WORDS = "My name is Bartholomew and I am looking for a blue lantern, have you seen one anywhere?"

Samples = NDArray[np.float64]


def speech(text: str, voice: str, seconds: float) -> Samples:
    said = np.frombuffer(speak(text, Voice.of(voice)).pcm, "<i2").astype(np.float64)
    return np.resize(np.concatenate([said, np.zeros(RATE // 2)]), round(seconds * RATE))


def room(far: Samples, *, gain: float, delay: float, ringing: float) -> Samples:
    """What a microphone hears of a loudspeaker: directly, and from walls for ``ringing`` seconds."""
    count = max(1, round(ringing * RATE))
    walls = np.random.default_rng(2).normal(0.0, 1.0, count) * 10 ** (-3 * np.arange(count) / count)
    walls[0], walls[1:200] = 2.0, 0.3 * walls[1:200]
    size = len(far) + count
    sound = np.fft.irfft(np.fft.rfft(far, size) * np.fft.rfft(walls, size), size)[: len(far)]
    late = np.concatenate([np.zeros(round(delay * RATE)), sound])[: len(far)]
    return gain * late / np.sqrt((walls**2).sum())


def hiss(length: int, level: float) -> Samples:
    return np.random.default_rng(0).normal(0.0, level, length)


def watched(near: Samples, far: Samples) -> list[bool]:
    """Whether it took the loudspeaker to be heard, every 10 ms."""
    watch, seen = EchoWatch(), list[bool]()
    for at in range(0, len(near) - PIECE + 1, PIECE):
        watch.hear(np.round(near[at : at + PIECE]), far[at : at + PIECE])
        seen.append(watch.is_echoing)
    return seen


@pytest.mark.parametrize("voice", ["a", "b"])
@pytest.mark.parametrize(
    ("gain", "delay", "ringing", "noise"),
    [
        (0.5, 0.06, 0.0, 0.0),
        (0.5, 0.02, 0.1, 30.0),
        (0.1, 0.3, 0.25, 30.0),
        (0.03, 0.15, 0.1, 10.0),
        (1.0, 0.0, 0.2, 150.0),
    ],
)
def test_an_echo_is_never_overlooked(voice: str, gain: float, delay: float, ringing: float, noise: float) -> None:
    far = speech(TEXT, voice, 9.0)
    echo = room(far, gain=gain, delay=delay, ringing=ringing)
    words = np.concatenate([np.zeros(4 * RATE), speech(WORDS, "player", 5.0)])
    assert all(watched(echo + hiss(len(far), noise), far))
    assert all(watched(words + echo + hiss(len(far), noise), far)[:400])


@pytest.mark.parametrize("voice", ["a", "b", "c"])
@pytest.mark.parametrize("noise", [0.0, 30.0, 100.0])
def test_headphones_are_known_within_two_seconds_and_stay_known_whoever_speaks(voice: str, noise: float) -> None:
    far = speech(TEXT, voice, 9.0)
    words = np.concatenate([np.zeros(3 * RATE), speech(WORDS, "player", 6.0)])
    seen = watched(words + hiss(len(far), noise), far)
    assert seen[:100] == [True] * 100
    assert not any(seen[250:])


def test_headphones_that_come_off_are_noticed_in_a_third_of_a_second() -> None:
    far = speech(TEXT, "a", 8.0)
    echo = room(far, gain=0.5, delay=0.06, ringing=0.1)
    echo[: 4 * RATE] = 0.0
    seen = watched(echo + hiss(len(far), 30.0), far)
    assert not seen[399]
    assert seen.index(True, 400) <= 433
    assert all(seen[433:])


def test_a_silent_loudspeaker_and_a_loud_player_prove_nothing() -> None:
    words = speech(WORDS, "player", 5.0)
    assert all(watched(words, np.zeros(len(words))))
    assert all(watched(words, speech(TEXT, "a", 5.0))[:150])
