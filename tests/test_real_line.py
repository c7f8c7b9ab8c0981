"""The whole line once more through real parts: `convai-panda sim`, a real livekit-server, HTTP, OpenAL's mix.

The service runs in a process of its own and is reached by nothing but its URL and key.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    AuthenticationError,
    CloudTransport,
    Convai,
    Failed,
    FreshConversation,
    MemoryContinuity,
    MicrophoneLost,
    Nearest,
    Ready,
    ServerResponded,
    SessionState,
    Speaker,
    SpeechFinished,
    TurnCompleted,
    WavMicrophone,
)
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.testing import Mix

from .conftest import Village
from .faces.models import morph_model
from .livekit_server import livekit_server  # noqa: F401 - a fixture

SPOKEN = "My name is Bartholomew."
SINGER = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0003"

pytestmark = pytest.mark.livekit


@dataclass(frozen=True)
class Service:
    connect_url: str
    api_key: str


@pytest.fixture(scope="module")
def service(livekit_server: LiveKitServer) -> Iterator[Service]:  # noqa: F811
    """A `convai-panda sim` with the server's rooms."""
    command = [sys.executable, "-m", "convai_panda", "sim", "--port", "0", "--json"]
    command += ["--hear", SPOKEN]
    command += ["--livekit-url", livekit_server.url, "--livekit-key", livekit_server.key]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={"LIVEKIT_API_SECRET": livekit_server.secret, "PATH": "", "HOME": "/nonexistent"},
    )
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        yield Service(ready["connect_url"], ready["api_key"])
    finally:
        process.terminate()
        assert process.wait(20) == 0
        process.stdout.close()


@pytest.fixture
def real_village(base: ShowBase, service: Service) -> Iterator[Village]:
    """The village, tied to the service as a game would be."""
    player = base.render.attach_new_node("player")
    player.set_pos(0.0, -60.0, 1.7)
    convai = Convai(
        base,
        transport=CloudTransport(url=service.connect_url, api_key=service.api_key),
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


def _side(mix: Mix, stretch: tuple[float, float]) -> str:
    left, right = mix.between(*stretch).level()
    return "L" if left > right + 20.0 else "R" if right > left + 20.0 else "?"


def test_walk_up_talk_leave_and_come_back(real_village: Village) -> None:
    village = real_village
    village.stand(-2.0, 0.0)  # facing north, the guard is to the right
    hear(village, 1)
    assert village.lines(village.guard)[0][0] is Speaker.CHARACTER
    village.guard.say("I am looking for a blue lantern.")
    hear(village, 2)
    assert (Speaker.PLAYER, "I am looking for a blue lantern.") in village.lines(village.guard)
    village.stand(0.0, -60.0)
    village.until(lambda: village.guard.state is SessionState.CLOSED)
    village.stand(2.0, 0.0)
    hear(village, 3)
    village.guard.say("What did I say before?")
    hear(village, 4)
    assert "blue lantern" in village.lines(village.guard)[-1][1]
    assert village.told(FreshConversation) == village.told(Failed) == []
    assert len(village.told(Ready)) == 2
    assert len(village.told(TurnCompleted)) == 4

    mix = village.mix()
    stretches = mix.sounding(pause=0.4)
    sides = "".join(_side(mix, stretch) for stretch in stretches)
    assert re.fullmatch("R+L+", sides), "first to the right of the player, after the return to the left"
    assert max(mix.between(stretches[-1][1] + 0.1, mix.duration).level()) < -80.0  # a codec fades out, it does not stop


def test_spoken_words_cross_the_room_and_are_answered(real_village: Village, wav: Path) -> None:
    village = real_village
    microphone = village.convai.microphone
    assert isinstance(microphone, WavMicrophone)
    village.stand(0.0, -2.0)
    hear(village, 1)
    village.convai.start_talking()
    microphone.speak(wav)
    village.until(lambda: not microphone.is_speaking)
    village.convai.stop_talking()
    hear(village, 2)
    assert village.lines(village.guard).count((Speaker.PLAYER, SPOKEN)) == 1
    assert "Bartholomew" in village.lines(village.guard)[-1][1]
    acknowledged = [each.event_type for each in village.told(ServerResponded)]
    assert acknowledged.count("force-user-stopped-speaking") <= 1
    assert acknowledged.count("stt-toggle") == 2
    assert village.told(MicrophoneLost) == village.told(Failed) == []


def test_mouth_shapes_that_cross_the_room_move_the_sliders_of_a_model(real_village: Village) -> None:
    village = real_village
    head = morph_model("jawOpen", "mouthPressLeft")
    head.reparent_to(village.base.render)
    head.set_pos(0.0, 40.0, 0.0)
    singer = village.convai.add_character(SINGER, head, head="Head", name="Singer")
    (geometry,) = head.find_all_matches("**/+GeomNode")
    table = geometry.node().get_geom(0).get_vertex_data().get_slider_table()
    jaw, press = (table.get_slider(number) for number in range(2))
    silent, spoken = [0.0], [(0.0, 0.0)]

    def has_spoken() -> bool:
        shown = (jaw.get_slider(), press.get_slider())
        if singer.is_speaking:
            spoken.append(shown)
        else:
            silent.append(max(shown))
        return bool(village.told(SpeechFinished, singer))

    village.stand(0.0, 38.0)
    village.until(has_spoken, within=40.0)
    village.until(lambda: jaw.get_slider() == press.get_slider() == 0.0)
    widest, tightest = (max(values) for values in zip(*spoken, strict=True))
    assert widest > 0.3
    assert tightest > 0.3  # the voice's loudness alone would press no lips
    assert max(silent) == 0.0


def test_a_wrong_key_says_what_to_do_and_is_not_tried_again(base: ShowBase, service: Service) -> None:
    player = base.render.attach_new_node("player")
    transport = CloudTransport(url=service.connect_url, api_key="wrong-key-0000")
    convai = Convai(base, transport=transport, listener=player, continuity=MemoryContinuity())
    village = Village(base, convai)
    village.listen()
    village.stand(0.0, 2.0)
    village.until(lambda: village.guard.state is SessionState.CLOSED)
    (failed,) = village.told(Failed)
    assert isinstance(failed.error, AuthenticationError)
    assert "CONVAI_API_KEY" in str(failed.error)
    assert "wrong-key-0000" not in repr(failed)
    assert not failed.will_retry
    convai.destroy()
    base.ignore_all()
