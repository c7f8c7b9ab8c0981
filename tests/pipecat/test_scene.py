"""The unchanged client, in a scene, with a real pipecat bot: typed, spoken, interrupted, left and come back to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    Convai,
    Failed,
    FreshConversation,
    MemoryContinuity,
    MicrophoneLost,
    Nearest,
    Ready,
    SessionState,
    Speaker,
    SpeechFinished,
    Transcript,
    WavMicrophone,
)
from tests.conftest import Village
from tests.pipecat.conftest import Pipecat

pytestmark = [pytest.mark.livekit, pytest.mark.timeout(900)]  # s: the first one may have to install the service


@pytest.fixture
def village(base: ShowBase, pipecat: Pipecat) -> Iterator[Village]:
    """The village, tied to the bot as a game would be."""
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
    )
    village = Village(base, convai)
    village.listen()
    yield village
    convai.destroy()
    base.ignore_all()


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


def test_cut_short(village: Village) -> None:
    village.stand(0.0, -2.0)
    hear(village, 1)
    village.guard.say("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen")
    village.until(lambda: village.guard.loudness > 0.02)
    for _ in range(45):
        village.base.task_mgr.step()
    village.guard.interrupt()
    village.guard.say("Short one")
    hear(village, 2)
    for who, event in village.events:
        print(who, event)


def test_spoken(village: Village, wav: Path) -> None:
    microphone = village.convai.microphone
    assert isinstance(microphone, WavMicrophone)
    village.stand(0.0, -2.0)
    hear(village, 1)
    village.convai.start_talking()
    microphone.speak(wav)
    village.until(lambda: not microphone.is_speaking)
    village.convai.stop_talking()
    hear(village, 2)
    for who, event in village.events:
        print(who, event)
