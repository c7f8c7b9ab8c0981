"""What of the microphone is sent: keys, pre-roll, tail, mute."""

import numpy as np

from convai_panda import AudioFrame, TalkMode
from convai_panda.audio.talk_gate import TalkGate

_FRAME = 0.010  # s


class Mouth:
    """A microphone whose every frame is told apart: ``sent`` are the numbers of those that got through."""

    def __init__(self, mode: TalkMode = TalkMode.PUSH_TO_TALK) -> None:
        self.gate = TalkGate(mode, pre_roll=0.3, tail=0.3)
        self.count = 0
        self.sent: list[int] = []

    @property
    def now(self) -> float:
        return self.count * _FRAME

    def run(self, seconds: float, *, loud: bool = True) -> None:
        for _ in range(round(seconds / _FRAME)):
            self.count += 1
            samples = np.full(480, 1_000 + self.count if loud else 0, dtype="<i2")
            if not loud:
                samples[-1] = 1 + self.count % 50
            for frame in self.gate.take(AudioFrame(samples.tobytes())):
                value = int(np.frombuffer(frame.pcm, "<i2")[-1])
                self.sent.append(value - 1_000 if value > 999 else -1)


def test_nothing_is_sent_before_the_key_and_the_pre_roll_with_it() -> None:
    mouth = Mouth()
    mouth.run(1.0)
    assert mouth.sent == []
    assert mouth.gate.press()
    mouth.run(0.01)
    assert mouth.sent == list(range(71, 102))  # 0.3 s from before, and the frame itself


def test_silence_before_the_first_syllable_is_not_sent() -> None:
    mouth = Mouth()
    mouth.run(1.0, loud=False)
    mouth.run(0.1)
    mouth.gate.press()
    mouth.run(0.01)
    assert [number for number in mouth.sent if number > 0] == list(range(101, 112))
    assert len(mouth.sent) <= 11 + 4


def test_the_tail_after_the_release_is_sent_and_then_nothing() -> None:
    mouth = Mouth()
    mouth.run(1.0, loud=False)
    mouth.gate.press()
    mouth.run(0.5)
    mouth.gate.release(mouth.now)
    assert mouth.gate.closes_at is not None
    assert 0.3 <= mouth.gate.closes_at - mouth.now < 0.35
    mouth.run(0.3)
    mouth.gate.close()
    mouth.run(1.0)
    assert [number for number in mouth.sent if number > 0] == list(range(101, 181))


def test_a_key_pressed_again_within_the_tail_goes_on_with_the_same_turn() -> None:
    mouth = Mouth()
    assert mouth.gate.press()
    mouth.run(0.1)
    mouth.gate.release(mouth.now)
    assert not mouth.gate.press()
    assert mouth.gate.closes_at is None
    assert mouth.gate.is_open


def test_an_open_microphone_sends_all_but_what_is_muted() -> None:
    mouth = Mouth(TalkMode.OPEN_MICROPHONE)
    mouth.run(0.1)
    mouth.gate.is_muted = True
    mouth.run(0.1)
    mouth.gate.is_muted = False
    mouth.gate.close()
    mouth.run(0.1)
    assert mouth.sent[:10] == list(range(1, 11))
    assert mouth.sent[-10:] == list(range(21, 31))


def test_a_muted_key_opens_nothing() -> None:
    mouth = Mouth()
    mouth.gate.is_muted = True
    assert not mouth.gate.press()
    mouth.run(0.5)
    assert mouth.sent == []
