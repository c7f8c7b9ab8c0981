"""The player speaks: what the service tells of it, in its order, and that it answers."""

import numpy as np
import pytest

from convai_panda import AudioFrame
from convai_panda.protocol.client import ForceUserStoppedSpeaking, SttToggle, UserTextMessage
from convai_panda.simulator import Behaviour

from .stage import Stage

_FRAME = 0.020  # s
_NOISE = (3_000 * np.random.default_rng(3).standard_normal(960)).astype("<i2").tobytes()
_QUIET = bytes(1_920)
HEARING = ("Where is the old mill?", "Thank you.")


class Speaker(Stage):
    """A player with a voice; time moves while it sounds."""

    def __init__(self, **fields: object) -> None:
        behaviour = Behaviour(advises=False, hearing=HEARING)
        super().__init__(behaviour=behaviour, **fields)  # type: ignore[arg-type]
        self.ready()

    def speak(self, seconds: float) -> None:
        self._sound(_NOISE, seconds)

    def be_quiet(self, seconds: float) -> None:
        self._sound(_QUIET, seconds)

    def _sound(self, pcm: bytes, seconds: float) -> None:
        began = self.now
        for number in range(round(seconds / _FRAME)):
            self.actor.hear(AudioFrame(pcm), self.now)
            self.run(began + (number + 1) * _FRAME - self.now)


def test_a_spoken_turn_comes_in_the_services_order() -> None:
    stage = Speaker()
    stage.speak(2.0)
    stage.be_quiet(1.5)
    stage.run(6.0)
    names = stage.names()
    assert names[:9] == [
        "user-started-speaking",
        "vad-stt-started",
        "bot-interrupted",
        "user-transcription",
        "user-llm-text",
        "user-stopped-speaking",
        "vad-stt-stopped",
        "final-user-transcription",
        "bot-llm-started",
    ]
    *interims, final, empty = stage.of("user-transcription")
    assert [len(each.data["text"].split()) for each in interims] == [1, 2, 3, 4, 5]
    assert not any(each.data["final"] for each in interims)
    assert (final.data["text"], final.data["final"]) == (HEARING[0], True)
    assert (empty.data["text"], empty.data["final"]) == ("", True)
    assert stage.one("vad-stt-stopped").data["audio_duration_ms"] == pytest.approx(2000, abs=50)
    assert [each.form for each in stage.of("final-user-transcription")] == ["B", "flat"]
    assert stage.names()[-1] == "bot-turn-completed"


def test_each_utterance_has_its_words_and_beyond_the_script_its_length() -> None:
    stage = Speaker()
    for _ in range(3):
        stage.speak(1.0)
        stage.run(8.0)  # a track may also simply stop
    finals = [each.data["text"] for each in stage.of("final-user-transcription") if each.form == "B"]
    assert finals == [*HEARING, "1.0 seconds of speech"]


def test_the_release_of_the_key_ends_the_turn_at_once() -> None:
    stage = Speaker()
    stage.speak(1.0)
    released = stage.now
    stage.send(ForceUserStoppedSpeaking(), "release-1")
    stage.run(0.3)
    assert stage.one("user-stopped-speaking").time - released < 0.05
    assert "reason" not in stage.one("vad-stt-stopped").data
    assert stage.of("bot-llm-started")


def test_a_second_empty_stop_loses_the_reply() -> None:
    stage = Speaker()
    stage.speak(1.0)
    stage.send(ForceUserStoppedSpeaking(), "release-1")
    stage.run(0.1)
    stage.send(ForceUserStoppedSpeaking(), "release-2")
    stage.run(4.0)
    assert stage.of("bot-started-speaking") == []


def test_closed_ears_hear_nothing() -> None:
    stage = Speaker()
    stage.send(SttToggle(muted=True))
    stage.speak(1.0)
    stage.run(2.0)
    assert stage.of("user-started-speaking") == []
    stage.send(SttToggle(muted=False))
    stage.speak(1.0)
    assert stage.of("user-started-speaking")


def test_a_click_and_the_noise_of_a_room_are_no_speech() -> None:
    stage = Speaker()
    stage.speak(0.1)
    stage.be_quiet(0.5)
    stage.speak(0.1)
    stage.be_quiet(1.0)
    assert stage.of("user-started-speaking") == []


def test_speaking_cuts_the_character_short() -> None:
    stage = Speaker()
    stage.send(UserTextMessage(text="Tell me a long story about the mill, the hill, and the miller's daughter."))
    stage.run(1.5)
    assert stage.actor.is_speaking
    stage.heard.clear()
    stage.speak(0.3)
    assert "bot-interrupted" in stage.names()
    assert stage.of("bot-turn-completed")[0].data["was_interrupted"]


def test_the_requests_vad_params_are_honoured() -> None:
    stage = Speaker(vad_params={"stop_secs": 2.0})
    stage.speak(1.0)
    stage.be_quiet(1.5)
    assert stage.of("user-stopped-speaking") == []
    stage.be_quiet(1.0)
    assert stage.of("user-stopped-speaking")
