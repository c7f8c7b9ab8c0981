"""The unchanged client, in a scene, with a real pipecat bot: typed, spoken, interrupted, left and come back to."""

import re
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    BargeIn,
    Convai,
    Failed,
    FreshConversation,
    MemoryContinuity,
    MicrophoneLost,
    Nearest,
    PlayerSpeakingStarted,
    PlayerSpeakingStopped,
    Ready,
    ServerResponded,
    SessionState,
    Speaker,
    SpeechFinished,
    TalkMode,
    Transcript,
    WavMicrophone,
)
from tests.conftest import Village, write_wav
from tests.pipecat.conftest import Pipecat

pytestmark = pytest.mark.livekit


@pytest.fixture
def village(request: pytest.FixtureRequest, base: ShowBase, pipecat: Pipecat) -> Iterator[Village]:
    """The village, tied to the bot as a game would be; a parameter is how the player talks."""
    player = base.render.attach_new_node("player")
    player.set_pos(0.0, -60.0, 1.7)
    convai = Convai(
        base,
        transport=pipecat.transport(),
        listener=player,
        proximity=Nearest(linger=0.5),
        continuity=MemoryContinuity(),
        player_name="Ana",
        microphone=WavMicrophone(),
        talk_mode=getattr(request, "param", TalkMode.PUSH_TO_TALK),
    )
    village = Village(base, convai)
    village.listen()
    yield village
    convai.destroy()
    base.ignore_all()


LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"


def speak_at_length(village: Village) -> None:
    """Have the guard half a second into a long line."""
    village.stand(0.0, -2.0)
    hear(village, 1)
    village.guard.say(LONG)
    village.until(lambda: village.guard.loudness > 0.0)
    loud = 0

    def has_spoken() -> bool:
        nonlocal loud
        loud += village.guard.loudness > 0.02
        return loud >= 90  # frames of a sixtieth of a second

    village.until(has_spoken)


def cuts(village: Village) -> list[Transcript]:
    return [said for said in village.told(Transcript) if said.is_cut]


def samples(path: Path) -> tuple[np.ndarray[Any, np.dtype[np.float64]], int]:
    """A WAV file from its first sound to its last."""
    with wave.open(str(path)) as file:
        rate, pcm = file.getframerate(), file.readframes(file.getnframes())
    level = np.frombuffer(pcm, "<i2") / 32768.0
    loud = np.flatnonzero(np.abs(level) > 0.02)
    return level[loud[0] : loud[-1]], rate


def duration(path: Path) -> float:
    level, rate = samples(path)
    return len(level) / rate


def pitch(path: Path) -> float:
    """Hz, by the strongest likeness of the voice to itself a little later."""
    level, rate = samples(path)
    spectrum = np.abs(np.fft.rfft(level, 2 * len(level))) ** 2
    likeness = np.fft.irfft(spectrum)[: rate // 60]
    return float(rate / (rate // 400 + np.argmax(likeness[rate // 400 :])))


def hear(village: Village, lines: int) -> None:
    village.until(lambda: len(village.told(SpeechFinished)) >= lines, within=40.0)


def test_walk_up_talk_leave_and_come_back(village: Village) -> None:
    village.stand(-2.0, 0.0)
    hear(village, 1)
    assert "That was message 1." in village.lines(village.guard)[0][1]
    village.guard.say("I look for a lantern")
    hear(village, 2)
    assert village.lines(village.guard)[-2:] == [
        (Speaker.PLAYER, "I look for a lantern"),
        (Speaker.CHARACTER, "You said: I look for a lantern. That was message 2."),
    ]
    village.stand(0.0, -60.0)
    village.until(lambda: village.guard.state is SessionState.CLOSED)
    village.stand(2.0, 0.0)
    hear(village, 3)
    assert "That was message 3." in village.lines(village.guard)[-1][1]
    assert len(village.told(Ready)) == 2
    assert village.told(FreshConversation) == village.told(Failed) == []


def test_a_character_cut_short_is_silent_and_its_words_end_at_the_last_one_heard(village: Village) -> None:
    speak_at_length(village)
    village.guard.interrupt()
    assert not village.guard.is_speaking
    village.until(lambda: "context-update" in [answer.event_type for answer in village.told(ServerResponded)])
    (cut,) = cuts(village)
    assert (LONG[:24] in cut.text, LONG[-24:] in cut.text) == (True, False)
    village.guard.say("Short one")
    hear(village, 2)
    assert village.lines(village.guard)[-1] == (Speaker.CHARACTER, "You said: Short one. That was message 3.")
    assert len(cuts(village)) == 1
    assert village.told(Failed) == []


def test_spoken_words_are_heard_as_they_were_and_are_answered_once(village: Village, wav: Path) -> None:
    microphone = village.convai.microphone
    assert isinstance(microphone, WavMicrophone)
    village.stand(0.0, -2.0)
    hear(village, 1)
    village.convai.start_talking()
    microphone.speak(wav)
    village.until(lambda: not microphone.is_speaking)
    village.convai.stop_talking()
    hear(village, 2)
    (heard,) = (text for who, text in village.lines(village.guard) if who is Speaker.PLAYER)
    assert village.lines(village.guard)[-1] == (Speaker.CHARACTER, f"You said: {heard}. That was message 2.")
    seconds, hertz = map(float, re.findall(r"[\d.]+", heard))
    assert (seconds, hertz) == (pytest.approx(duration(wav), abs=0.3), pytest.approx(pitch(wav), rel=0.1))
    assert len(village.told(PlayerSpeakingStarted)) == len(village.told(PlayerSpeakingStopped)) == 1
    assert village.told(MicrophoneLost) == village.told(Failed) == cuts(village) == []


@pytest.mark.parametrize("village", [TalkMode.OPEN_MICROPHONE], indirect=True)
def test_a_voice_that_cuts_in_is_found_by_silero_and_has_the_floor(village: Village, tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "long.wav", "My name is Bartholomew, my good man, and I am looking for a blue lantern")
    microphone = village.convai.microphone
    assert isinstance(microphone, WavMicrophone)
    village.guard.barge_in = BargeIn.IGNORE  # so that only the bot's own ears can end its turn
    speak_at_length(village)
    microphone.speak(wav)
    village.until(lambda: cuts(village))
    village.until(lambda: not village.guard.is_speaking)
    assert microphone.is_speaking  # cut short by the beginning of the player's words, not by their end
    village.until(lambda: "That was message 3." in village.lines(village.guard)[-1][1])
    (heard,) = (text for who, text in village.lines(village.guard)[-2:] if who is Speaker.PLAYER)
    assert village.lines(village.guard)[-1] == (Speaker.CHARACTER, f"You said: {heard}. That was message 3.")
    assert len(cuts(village)) == 1
    assert village.told(MicrophoneLost) == village.told(Failed) == []
