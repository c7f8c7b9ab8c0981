"""P9: how much of the characters' voices is left in the microphone's sound, and what becomes of the player's.

The reference goes through ``FarEnd`` as the voice thread feeds it, the microphone hears it 60 ms later at -6 dB, and
the cleaning is that of the rooms; beside it the microphone as it is. Then the same with headphones: there is no echo,
and the player's first words over a character must not be taken for one. Levels are measured on the samples.
"""

import numpy as np
from livekit import rtc
from numpy.typing import NDArray

from convai_panda import AudioFrame
from convai_panda.audio.far_end import FarEnd
from convai_panda.simulator.voice import Voice, speak
from convai_panda.transport.cleaning import VoiceCleaner

from .figure import Figure

_RATE = 48_000
_PIECE = 480  # samples: 10 ms
_RELEASED = 960  # samples that the voice thread hands over at a time
_DELAY = 2880  # samples: 60 ms
_GAIN = 10 ** (-6 / 20)
_LEARNT = 3  # s
_NEAR = 11  # s at which the player begins
_TEXT = "The mill upon the hill will be rolling as long as the wind is willing. Some say that it dreams of the sea."
_WORDS = "My name is Bartholomew and I am looking for a blue lantern, have you seen one anywhere?"
_VOICES = ("a", "b", "c")
_TARGET, _BAND = 40.0, 6.0  # dB
_HEADPHONES_NEAR = 4  # s at which the player begins, with headphones
_FIRST = 0.8  # s: the player's first words


def measure() -> list[Figure]:
    """Each voice once, with a new canceller; the worst of them counts."""
    outcomes = [_trial(name) for name in _VOICES]
    down = min(outcome[0] for outcome in outcomes)
    bare = min(outcome[1] for outcome in outcomes)
    change = max((outcome[2] for outcome in outcomes), key=abs)
    bare_change = max((outcome[3] for outcome in outcomes), key=abs)
    return [
        Figure(
            "P9",
            f"echo down from {_LEARNT} s on, worst of {len(_VOICES)} voices",
            f"{down:.1f} dB",
            f"no cancellation: {bare:.1f} dB",
            f"+{down - bare:.1f} dB",
            f">= {_TARGET:.0f} dB",
            down >= _TARGET,
        ),
        Figure(
            "P9",
            "player's voice in double talk, worst",
            f"{change:+.1f} dB",
            f"no cancellation: {bare_change:+.1f} dB",
            "",
            f"within {_BAND:.0f} dB",
            abs(change) <= _BAND,
        ),
        _headphones(),
    ]


def _headphones() -> Figure:
    """The player's first words over a character that the microphone does not hear."""
    ours, bare = zip(*(_first_words(name) for name in _VOICES), strict=True)
    change, bare_change = min(ours), min(bare)
    return Figure(
        "P9",
        f"player's first {_FIRST} s over a character, headphones, worst",
        f"{change:+.1f} dB",
        f"echo cancelled all the same: {bare_change:+.1f} dB",
        f"{change - bare_change:+.1f} dB",
        f">= -{_BAND / 2:.0f} dB",
        change >= -_BAND / 2,
    )


def _first_words(name: str) -> tuple[float, float]:
    words = _speech(_WORDS, "player")
    near = np.concatenate([np.zeros(_HEADPHONES_NEAR * _RATE), words])
    far = np.resize(_speech(_TEXT, name), len(near))
    first = slice(_HEADPHONES_NEAR * _RATE, round((_HEADPHONES_NEAR + _FIRST) * _RATE))
    return tuple(_level(heard[first]) - _level(near[first]) for heard in (_cleaned(near, far), _cancelled(near, far)))


def _cancelled(microphone: NDArray[np.float64], far: NDArray[np.float64]) -> NDArray[np.float64]:
    """By LiveKit's processing alone."""
    module = rtc.AudioProcessingModule(echo_cancellation=True, noise_suppression=True, high_pass_filter=True)
    heard = []
    for at in range(0, len(microphone) - _PIECE + 1, _PIECE):
        module.process_reverse_stream(_frame(far[at : at + _PIECE]))
        piece = _frame(microphone[at : at + _PIECE])
        module.process_stream(piece)
        heard.append(bytes(piece.data))
    return np.frombuffer(b"".join(heard), "<i2").astype(np.float64)


def _frame(samples: NDArray[np.float64]) -> rtc.AudioFrame:
    return rtc.AudioFrame(bytearray(_pcm(samples)), _RATE, 1, len(samples))


def _trial(name: str) -> tuple[float, float, float, float]:
    words = _speech(_WORDS, "player")
    far = np.resize(_speech(_TEXT, name), _NEAR * _RATE + len(words))
    echo = np.concatenate([np.zeros(_DELAY), far[:-_DELAY] * _GAIN])
    near = np.concatenate([np.zeros(_NEAR * _RATE), words])
    microphone = near + echo
    heard = _cleaned(microphone, far)
    alone = slice(_LEARNT * _RATE, _NEAR * _RATE)
    together = slice(_NEAR * _RATE, len(heard))
    was = _level(echo[alone])
    return (
        was - _level(heard[alone]),
        was - _level(microphone[alone]),
        _level(heard[together]) - _level(near[together]),
        _level(microphone[together]) - _level(near[together]),
    )


def _cleaned(microphone: NDArray[np.float64], far: NDArray[np.float64]) -> NDArray[np.float64]:
    cleaner, far_end = VoiceCleaner(rtc), FarEnd()
    far_end.is_wanted = True
    far_end.read(_PIECE, -_PIECE / _RATE)
    cleaned = []
    for at in range(0, len(microphone) - _PIECE + 1, _PIECE):
        if at % _RELEASED == 0:
            far_end.add(_pcm(far[at : at + _RELEASED]), _RATE, at=at / _RATE, gain=1.0)
        reference = far_end.read(_PIECE, at / _RATE)
        cleaned.append(cleaner.clean(AudioFrame(_pcm(microphone[at : at + _PIECE])), reference).pcm)
    return np.frombuffer(b"".join(cleaned), "<i2").astype(np.float64)


def _speech(text: str, name: str) -> NDArray[np.float64]:
    return np.frombuffer(speak(text, Voice.of(name)).pcm, "<i2").astype(np.float64)


def _pcm(samples: NDArray[np.float64]) -> bytes:
    return samples.clip(-32_768, 32_767).astype("<i2").tobytes()


def _level(samples: NDArray[np.float64]) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples**2)) + 1e-3))
