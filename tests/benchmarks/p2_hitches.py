"""P2: eight voices through a minute with 29 hitches, gaps and delay in OpenAL's real mix; beside it the per-frame pull.

Each voice is a tone of its own, so that one voice's gap is seen under the other seven. Ours sound in the left
ear and the pulled ones in the right, of the same frames in the same minute.
"""

import random
import threading
from collections import deque
from time import monotonic, sleep

import numpy as np
from numpy.typing import NDArray
from panda3d.core import AudioManager, AudioSound, LPoint3, LVector3, UserDataAudio

from convai_panda import AudioFrame, PandaVoice

from .ears import Ears
from .figure import Figure

_VOICES = 8
_SECONDS = 60.0
_HITCHES = 29
_FRAME = 960  # samples: 20 ms
_PRIME = 0.060  # s that the pull waits for, as ours does
_WINDOW = 960  # samples: tones of whole multiples of 50 Hz do not see each other in it
_HOP = 240
_TARGET = 90.0  # ms
_TONES = [600 + 750 * number for number in range(_VOICES)]  # Hz


class _Pull:
    """One stream that takes what has arrived once per rendered frame."""

    def __init__(self, manager: AudioManager) -> None:
        self.inbox: deque[bytes] = deque()
        self._stream = UserDataAudio(48_000, 1, True)
        self._sound: AudioSound = manager.get_sound(self._stream, True)
        self._sound.set_3d_attributes(1, 0, 0, 0, 0, 0)
        self._sound.play()
        self._has_begun = False

    def frame(self) -> None:
        self._has_begun = self._has_begun or len(self.inbox) * 0.020 >= _PRIME
        while self._has_begun and self.inbox:
            self._stream.append(self.inbox.popleft())  # type: ignore[call-overload]

    def stop(self) -> None:
        self._sound.stop()


def measure() -> list[Figure]:
    """One minute of both."""
    with Ears() as ears:
        arrived, late = _minute(ears.manager)
    assert ears.mix is not None
    offset = ears.heard_at(0.0)
    ours = [_gaps_and_end(ears.mix.samples[:, 0], tone) for tone in _TONES]
    pulled = [_gaps_and_end(ears.mix.samples[:, 1], tone) for tone in _TONES]
    gaps, pulled_gaps = (sum(count for count, _ in side) for side in (ours, pulled))
    # The last frame ends so much after it has come; its own 20 ms are no delay.
    delay, pulled_delay = (max((end + offset - arrived - 0.020) * 1000 for _, end in side) for side in (ours, pulled))
    what = f"{_VOICES} voices, {_SECONDS:.0f} s, {_HITCHES} hitches, arrivals up to {late * 1000:.0f} ms late"
    return [
        Figure("P2", f"{what}: gaps", f"{gaps}", f"per-frame pull: {pulled_gaps}", "", "0", gaps == 0),
        Figure(
            "P2",
            "delay added after that minute, the slowest voice",
            f"{delay:.0f} ms",
            f"per-frame pull: {pulled_delay:.0f} ms",
            f"{delay / pulled_delay:.2f}",
            f"<= {_TARGET:.0f} ms",
            delay <= _TARGET,
        ),
    ]


def _minute(manager: AudioManager) -> tuple[float, float]:
    """Frames arrive on a thread, the game hitches on this one; when the last came, and by how much one was late."""
    manager.audio_3d_set_listener_attributes(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1)
    voice = PandaVoice()
    voice.listen(LPoint3(0), LVector3(0, 1, 0), LVector3(0, 0, 1))
    sinks = [voice.open() for _ in _TONES]
    pulls = [_Pull(manager) for _ in _TONES]
    for sink in sinks:
        sink.update(LPoint3(-1, 0, 0), 1.0)
    waves = [_tone(hertz) for hertz in _TONES]
    last = [0.0]
    late: list[float] = []  # s, of each arrival

    def arrive() -> None:
        began = monotonic()
        for number in range(round(_SECONDS / 0.020)):
            sleep(max(0.0, began + number * 0.020 - monotonic()))
            late.append(monotonic() - began - number * 0.020)
            at = number * _FRAME % 48_000
            for sink, pull, wave in zip(sinks, pulls, waves, strict=True):
                pcm = wave[at * 2 : (at + _FRAME) * 2]
                sink.write("track", AudioFrame(pcm))
                pull.inbox.append(pcm)
        last[0] = monotonic()

    thread = threading.Thread(target=arrive, name="arrivals")
    thread.start()
    chance = random.Random(2)
    hitches = sorted(chance.uniform(1.0, _SECONDS - 1.0) for _ in range(_HITCHES))
    began = monotonic()
    while thread.is_alive() or monotonic() < last[0] + 0.6:
        for pull in pulls:
            pull.frame()
        manager.update()
        if hitches and monotonic() - began > hitches[0]:
            hitches.pop(0)
            sleep(chance.uniform(0.100, 0.250))
        sleep(1 / 60)
    thread.join()
    voice.close()
    for pull in pulls:
        pull.stop()
    return last[0], max(late)


def _tone(hertz: int) -> bytes:
    """One second; whole periods, so that seconds join."""
    return (2_000 * np.sin(2 * np.pi * hertz * np.arange(48_000) / 48_000)).astype("<i2").tobytes()


def _gaps_and_end(ear: NDArray[np.float64], hertz: int) -> tuple[int, float]:
    """Dips of one tone between its first and its last moment, and that last moment in seconds."""
    windows = np.lib.stride_tricks.sliding_window_view(ear, _WINDOW)[::_HOP]
    level = np.abs(windows @ np.exp(-2j * np.pi * hertz * np.arange(_WINDOW) / 48_000))
    is_there = level > 0.5 * np.median(level[level > 0.1 * level.max()])
    there = np.flatnonzero(is_there)
    inside = is_there[there[0] : there[-1] + 1].astype(int)
    # A window is half filled when the tone ends in its middle.
    return int((np.diff(inside) == -1).sum()), float(there[-1] * _HOP + _WINDOW / 2) / 48_000
