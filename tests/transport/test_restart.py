"""LiveKit's server ends in mid-sentence and is brought back: nothing that the player says meanwhile is lost."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import (
    Character,
    CloudTransport,
    Convai,
    MemoryContinuity,
    SilentVoice,
    Speaker,
    StateChanged,
    Transcript,
)
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.testing import step_until
from tests.conftest import GUARD
from tests.transport.conftest import ROOT

pytestmark = pytest.mark.livekit


@dataclass
class Evening:
    base: ShowBase
    server: LiveKitServer
    guard: Character
    lines: list[tuple[Speaker, str]]


@pytest.fixture
def evening(base: ShowBase, livekit_server: LiveKitServer) -> Iterator[Evening]:
    """A guard in a room of a server of our own, and the player before him."""
    with LiveKitServer() as server:
        command = [sys.executable, "-m", "convai_panda", "sim", "--port", "0", "--json", "--latency", "0"]
        command += ["--livekit-url", server.url, "--livekit-key", server.key]
        environment = {**os.environ, "LIVEKIT_API_SECRET": server.secret, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            try:
                assert process.stdout is not None
                ready = json.loads(process.stdout.readline())
                convai = Convai(
                    base,
                    transport=CloudTransport(url=ready["connect_url"], api_key=ready["api_key"]),
                    voice=SilentVoice(),
                    listener=base.render.attach_new_node("player"),
                    continuity=MemoryContinuity(),
                )
                node = base.render.attach_new_node("guard")
                node.set_pos(0, 2, 0)
                evening = Evening(base, server, convai.add_character(GUARD, node, greeting=None), [])

                def note(character: Character, transcript: Transcript) -> None:
                    if transcript.is_final:
                        evening.lines.append((transcript.speaker, transcript.text))

                base.accept(Transcript.name, note)
                yield evening
                convai.destroy()
                base.ignore_all()
            finally:
                process.terminate()


def test_what_is_said_while_the_server_is_away_is_answered_once_it_is_back(evening: Evening) -> None:
    step_until(evening.base, lambda: evening.guard.is_ready, within=30.0)
    evening.guard.say("Tell me about the weather on the hill, and about the mill.")
    step_until(evening.base, lambda: evening.guard.is_speaking, within=15.0)
    evening.server.kill()
    evening.guard.say("My name is Ana.")
    evening.lines.clear()
    evening.server.revive()
    question = (Speaker.PLAYER, "My name is Ana.")

    def is_answered() -> bool:
        return question in evening.lines and any(
            speaker is Speaker.CHARACTER and "Ana" in text
            for speaker, text in evening.lines[evening.lines.index(question) :]
        )

    step_until(evening.base, is_answered, within=40.0)
    assert evening.lines.count(question) == 1


def test_another_room_is_looked_for_while_the_server_is_away(evening: Evening) -> None:
    step_until(evening.base, lambda: evening.guard.is_ready, within=30.0)
    reasons: list[str] = []
    evening.base.accept(StateChanged.name, lambda character, event: reasons.append(event.reason))
    evening.server.kill()
    step_until(evening.base, lambda: any("could not be reached" in reason for reason in reasons), within=30.0)
    evening.server.revive()
    step_until(evening.base, lambda: evening.guard.is_ready, within=30.0)
