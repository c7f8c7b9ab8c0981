"""The player speaks: from the key to the transcript and the answer, on the in-process simulator."""

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    AudioFrame,
    Convai,
    MemoryContinuity,
    MicrophoneLost,
    MicrophoneOpened,
    MicrophoneUnavailable,
    Nearest,
    PlayerSpeakingStarted,
    ServerResponded,
    Simulator,
    Speaker,
    SpeakingStarted,
    SpeechFinished,
    TalkMode,
    TurnCompleted,
    WavMicrophone,
)
from convai_panda.audio.microphone import Microphone

from .conftest import Village

HEARING = ("My name is Bartholomew.", "What did I say before?")


class Talk(Village):
    """The player stands before the guard, who has greeted."""

    def __init__(self, base: ShowBase, microphone: Microphone, mode: TalkMode = TalkMode.PUSH_TO_TALK) -> None:
        player = base.render.attach_new_node("player")
        player.set_pos(0.0, -60.0, 1.7)
        convai = Convai(
            base,
            transport=Simulator(hearing=HEARING),
            listener=player,
            proximity=Nearest(linger=0.5),
            continuity=MemoryContinuity(),
            microphone=microphone,
            talk_mode=mode,
        )
        super().__init__(base, convai)
        self.listen()

    def walk_up(self) -> None:
        self.stand(0.0, -2.0)
        self.until(lambda: self.told(SpeechFinished))

    def acknowledged(self, *types: str) -> list[str]:
        return [each.event_type for each in self.told(ServerResponded) if each.event_type in types]


@pytest.fixture
def talk(base: ShowBase) -> Iterator[Talk]:
    talk = Talk(base, WavMicrophone())
    yield talk
    talk.convai.destroy()
    base.ignore_all()


def microphone(talk: Talk) -> WavMicrophone:
    held = talk.convai.microphone
    assert isinstance(held, WavMicrophone)
    return held


def speak(talk: Talk, wav: Path) -> None:
    """Press the key, speak, let it go."""
    talk.convai.start_talking()
    microphone(talk).speak(wav)
    talk.until(lambda: not microphone(talk).is_speaking)
    talk.convai.stop_talking()


def test_spoken_words_are_transcribed_and_answered(talk: Talk, wav: Path) -> None:
    talk.walk_up()
    speak(talk, wav)
    talk.until(lambda: len(talk.told(TurnCompleted)) == 2)
    assert talk.lines(talk.guard).count((Speaker.PLAYER, HEARING[0])) == 1
    assert "Bartholomew" in talk.lines(talk.guard)[-1][1]
    speak(talk, wav)
    talk.until(lambda: len(talk.told(TurnCompleted)) == 3)
    assert HEARING[0] in talk.lines(talk.guard)[-1][1]


def test_each_release_stops_the_turn_once_and_closes_the_ears(talk: Talk, wav: Path) -> None:
    talk.walk_up()
    speak(talk, wav)
    kinds = ("stt-toggle", "force-user-stopped-speaking")
    talk.until(lambda: len(talk.acknowledged(*kinds)) == 3)
    assert talk.acknowledged(*kinds) == ["stt-toggle", "force-user-stopped-speaking", "stt-toggle"]
    toggles = [each.extras for each in talk.told(ServerResponded) if each.event_type == "stt-toggle"]
    assert toggles == [{"muted": False}, {"muted": True}]


def test_a_turn_that_the_service_has_ended_is_not_stopped_again(talk: Talk, wav: Path) -> None:
    talk.walk_up()
    talk.convai.start_talking()
    microphone(talk).speak(wav)
    talk.until(lambda: len(talk.told(TurnCompleted)) == 2)  # the player was silent for long enough
    talk.convai.stop_talking()
    talk.until(lambda: len(talk.acknowledged("stt-toggle")) == 2)
    assert talk.acknowledged("force-user-stopped-speaking") == []


def test_nothing_is_heard_without_the_key_or_while_muted(talk: Talk, wav: Path) -> None:
    talk.walk_up()
    microphone(talk).speak(wav)
    talk.until(lambda: not microphone(talk).is_speaking)
    talk.convai.is_muted = True
    speak(talk, wav)
    talk.convai.is_muted = False
    talk.guard.say("Did you hear me?")
    talk.until(lambda: len(talk.told(TurnCompleted)) == 2)
    assert talk.acknowledged("stt-toggle") == []
    assert not any(text in HEARING for _, text in talk.lines(talk.guard))


def test_the_device_is_open_only_while_there_is_a_conversation(talk: Talk) -> None:
    assert talk.told(MicrophoneOpened) == []
    talk.walk_up()
    assert [each.device for each in talk.told(MicrophoneOpened)] == ["WAV file"]
    assert "convai-microphone" in tasks(talk)
    talk.stand(0.0, -7.0)
    talk.until(lambda: "convai-microphone" not in tasks(talk))


def test_pressing_the_key_cuts_the_character_short(talk: Talk) -> None:
    talk.walk_up()
    talk.guard.say("Tell me all about the weather on the hill, and about the mill.")
    talk.until(lambda: talk.guard.is_audible)
    talk.convai.start_talking()
    talk.until(lambda: not talk.guard.is_speaking)
    talk.until(lambda: talk.acknowledged("interrupt-bot"))


def test_the_level_is_shown_while_the_microphone_is_open(talk: Talk, wav: Path) -> None:
    floor = talk.convai.microphone_level
    talk.walk_up()
    microphone(talk).speak(wav)
    talk.until(lambda: talk.convai.microphone_level.rms > -40.0)
    assert talk.convai.microphone_level.peak >= talk.convai.microphone_level.rms
    talk.stand(0.0, -60.0)
    talk.until(lambda: talk.convai.microphone_level == floor)


def test_an_open_microphone_needs_no_key_and_speaking_up_cuts_in(base: ShowBase, wav: Path) -> None:
    talk = Talk(base, WavMicrophone(), TalkMode.OPEN_MICROPHONE)
    talk.walk_up()
    talk.guard.say("Tell me all about the weather on the hill, and about the mill.")
    talk.until(lambda: talk.guard.is_audible)
    microphone(talk).speak(wav)
    talk.until(lambda: talk.told(PlayerSpeakingStarted))
    talk.until(lambda: (Speaker.PLAYER, HEARING[0]) in talk.lines(talk.guard))
    talk.until(lambda: "Bartholomew" in talk.lines(talk.guard)[-1][1])
    talk.convai.destroy()
    base.ignore_all()


class BrokenMicrophone:
    """Cannot be opened; ``is_transient`` says whether it may come back."""

    name = "broken"

    def __init__(self, *, is_transient: bool) -> None:
        self.is_transient = is_transient
        self.tries = 0

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        self.tries += 1
        raise MicrophoneUnavailable("There is no microphone. Plug one in.", is_transient=self.is_transient)
        yield AudioFrame(b"")


class UnpluggedMicrophone(WavMicrophone):
    """Goes away after a while, once; what is opened then has another name."""

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        if self.name == "default":
            async for frame in super().frames():
                yield frame
        for _ in range(20):
            yield AudioFrame(bytes(960))
        self.name = "default"
        raise MicrophoneUnavailable("The headset was unplugged.")


def test_without_a_microphone_the_talk_goes_on_in_writing(base: ShowBase, caplog: pytest.LogCaptureFixture) -> None:
    broken = BrokenMicrophone(is_transient=False)
    talk = Talk(base, broken)
    talk.walk_up()
    assert [each.reason for each in talk.told(MicrophoneLost)] == ["There is no microphone. Plug one in."]
    talk.guard.say("My name is Ana.")
    talk.until(lambda: len(talk.told(TurnCompleted)) == 2)
    assert broken.tries == 1
    assert [record.message for record in caplog.records if "microphone" in record.message] == [
        "There is no microphone. Plug one in. The talk goes on in writing."
    ]
    talk.convai.destroy()
    base.ignore_all()


def test_when_the_headset_is_unplugged_the_default_takes_over(base: ShowBase, wav: Path) -> None:
    talk = Talk(base, UnpluggedMicrophone())
    talk.walk_up()
    talk.until(lambda: len(talk.told(MicrophoneOpened)) == 2)
    assert [each.reason for each in talk.told(MicrophoneLost)] == ["The headset was unplugged."]
    assert talk.told(MicrophoneOpened)[-1].device == "default"
    speak(talk, wav)
    talk.until(lambda: (Speaker.PLAYER, HEARING[0]) in talk.lines(talk.guard))
    assert talk.told(SpeakingStarted)
    talk.convai.destroy()
    base.ignore_all()


def tasks(talk: Talk) -> set[str]:
    """The names of what runs on the asyncio thread."""
    import asyncio

    return {task.get_name() for task in asyncio.all_tasks(talk.convai._io._loop)}
