"""P5: from ``interrupt`` to silence in OpenAL's real mix, and whether the end clicks; beside it a bare ``stop()``."""

import random
from time import monotonic, sleep
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from panda3d.core import AudioManager, LPoint3, LVector3, UserDataAudio

from convai_panda import AudioFrame, PandaVoice
from convai_panda.simulator.voice import Voice, say

from .ears import Ears
from .figure import Figure

_TIMES = 50
_TARGET = 40.0  # ms
_TEXT = "The mill upon the hill will be rolling as long as the wind is willing"  # no gap in it
_SPEECH = 1.6  # s of it
_FRAME = 1920  # bytes: 20 ms
_HEARD = 0.5  # s of voice before each cut, and up to so much more
_REST = 0.3  # s of silence between two trials
_BEFORE = _HEARD  # s of speech with which the steps of its end are compared


class _Cut(NamedTuple):
    delay: float  # ms
    step: float  # largest step between two samples after the call, as a share of the largest one before


def measure() -> list[Figure]:
    """Fifty cuts each at moments of chance."""
    sentence = say(_TEXT, Voice.of("a"))
    pcm = sentence.read(0, round(_SPEECH * 48_000))
    with Ears() as ears:
        our_calls = _interrupted(pcm)
        bare_calls = _stopped(ears.manager, pcm)
    assert ears.mix is not None
    offset, left = ears.heard_at(0.0), ears.mix.samples[:, 0]
    ours, bare = ([_cut(left, call - offset) for call in calls] for calls in (our_calls, bare_calls))
    slowest, click = max(cut.delay for cut in ours), max(cut.step for cut in ours)
    beside, bare_click = max(cut.delay for cut in bare), max(cut.step for cut in bare)
    return [
        Figure(
            "P5",
            f"interrupt to silence, max of {_TIMES}",
            f"{slowest:.0f} ms",
            f"sound.stop(): {beside:.0f} ms",
            f"{slowest / beside:.2f}",
            f"<= {_TARGET:.0f} ms",
            slowest <= _TARGET,
        ),
        Figure(
            "P5",
            "largest step in the fade, of the one in the speech before",
            f"{click:.2f}",
            f"sound.stop(): {bare_click:.2f}",
            f"{click / bare_click:.2f}",
            "<= 1.00",
            click <= 1.0,
        ),
    ]


def _cut(left: NDArray[np.float64], call: float) -> _Cut:
    at = round(call * 48_000)
    until = at + round((_REST - 0.05) * 48_000)
    last = at + int(np.flatnonzero(left[at:until]).max(initial=0))
    steps = np.abs(np.diff(left))
    before = steps[at - round(_BEFORE * 48_000) : at].max()
    return _Cut((last - at) / 48.0, float(steps[at : last + 2].max() / before))


def _interrupted(pcm: bytes) -> list[float]:
    voice = PandaVoice()
    sink = voice.open()
    voice.listen(LPoint3(0), LVector3(0, 1, 0), LVector3(0, 0, 1))
    sink.update(LPoint3(-1, 0, 0), 1.0)
    calls = []
    chance = random.Random(5)
    for _ in range(_TIMES):
        sink.begin_turn()
        for at in range(0, len(pcm), _FRAME):
            sink.write("track", AudioFrame(pcm[at : at + _FRAME]))
        sleep(_HEARD + chance.random() * _HEARD)
        calls.append(monotonic())
        sink.interrupt()
        sleep(_REST)
    voice.close()
    return calls


def _stopped(manager: AudioManager, pcm: bytes) -> list[float]:
    manager.audio_3d_set_listener_attributes(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1)
    calls = []
    chance = random.Random(5)
    for _ in range(_TIMES):
        stream = UserDataAudio(48_000, 1, True)
        sound = manager.get_sound(stream, True)
        sound.set_3d_attributes(-1, 0, 0, 0, 0, 0)
        sound.play()
        stream.append(pcm)  # type: ignore[call-overload]
        end = monotonic() + _HEARD + chance.random() * _HEARD
        while monotonic() < end:
            manager.update()
            sleep(0.010)
        calls.append(monotonic())
        sound.stop()
        manager.update()
        sleep(_REST)
    return calls
