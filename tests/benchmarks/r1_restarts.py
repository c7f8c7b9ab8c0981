"""R1: livekit-server killed in mid-sentence and brought back, again and again.

The player says something while it is away. Once it is back the character must hear that, once, and answer; the
time counts from the moment at which the server takes rooms again.
"""

import json
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from convai_panda import (
    Character,
    CloudTransport,
    Convai,
    Event,
    MemoryContinuity,
    SilentVoice,
    Speaker,
    SpeakingStarted,
    ThinkingStarted,
    Transcript,
)
from convai_panda.simulator.livekit_server import LiveKitServer

from .figure import Figure
from .processes import SIMULATOR, Service

_ROUNDS = 20
_AWAY = (0.5, 6.0)  # s
_TARGET = 5.0  # s
_LIMIT = 40.0  # s, after which the character counts as lost
_FRAME = 1 / 60  # s
_CHARACTER = "00000000-0000-4000-8000-000000000001"
_LONG = "Tell me about the weather on the hill, and about the mill."
_QUESTION = "Yes or no?"
_ANSWERED: list[type[Event]] = [ThinkingStarted, SpeakingStarted]


def measure() -> list[Figure]:
    """Twenty deaths of the server in one long game."""
    load_prc_file_data("", "window-type none\naudio-library-name null\nnotify-level-device fatal")
    chance = random.Random(1)
    with LiveKitServer() as server, _serving(server) as service:
        game = _Game(service)
        times = [game.survive(server, chance.uniform(*_AWAY)) for _ in range(_ROUNDS)]
        game.close()
    back = [seconds for seconds in times if seconds is not None]
    in_time = sum(seconds <= _TARGET for seconds in back)
    return [
        Figure(
            "R1",
            f"livekit-server killed in mid-sentence, back after {_AWAY[0]:.1f}-{_AWAY[1]:.0f} s: answer in "
            f"{_TARGET:.0f} s, to words said once",
            f"{in_time} of {_ROUNDS}",
            f"{len(back)} came back, after {statistics.median(back):.1f} s, at most {max(back):.1f} s",
            "",
            f"{_ROUNDS} of {_ROUNDS}",
            in_time == _ROUNDS,
        )
    ]


@contextmanager
def _serving(server: LiveKitServer) -> Iterator[Service]:
    command = [sys.executable, *SIMULATOR, "--livekit-url", server.url, "--livekit-key", server.key]
    environment = {**os.environ, "LIVEKIT_API_SECRET": server.secret}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            yield Service(ready["connect_url"], ready["api_key"])
        finally:
            process.terminate()


class _Game:
    def __init__(self, service: Service) -> None:
        self._base = ShowBase()
        player = self._base.render.attach_new_node("player")
        self._convai = Convai(
            self._base,
            transport=CloudTransport(url=service.connect_url, api_key=service.api_key),
            voice=SilentVoice(),
            listener=player,
            continuity=MemoryContinuity(),
        )
        node = self._base.render.attach_new_node("guard")
        node.set_pos(0, 2, 0)
        self._guard = self._convai.add_character(_CHARACTER, node, greeting=None)
        self._steps: list[type[Event]] = []
        self._lines: list[str] = []
        for kind in (ThinkingStarted, SpeakingStarted, Transcript):
            self._base.accept(kind.name, self._note)
        self._due = monotonic()
        if not self._until(lambda: self._guard.is_ready):
            raise RuntimeError("The character did not become ready.")

    def survive(self, server: LiveKitServer, away: float) -> float | None:
        """One death; seconds from the server's return to the answer, if it comes as it should."""
        self._guard.say(_LONG)
        if not self._until(lambda: self._guard.is_speaking):
            return None
        server.kill()
        self._lines.clear()
        self._steps.clear()
        until = monotonic() + away
        self._until(lambda: monotonic() > until - away / 2)
        self._guard.say(_QUESTION)
        self._until(lambda: monotonic() > until)
        server.revive()
        began = monotonic()
        if not self._until(lambda: self._steps == _ANSWERED):
            return None
        back = monotonic() - began
        is_whole = self._until(lambda: not self._guard.is_speaking)
        return back if is_whole and self._lines.count(_QUESTION) == 1 else None

    def close(self) -> None:
        self._convai.destroy()
        self._base.destroy()

    def _until(self, condition: Callable[[], object]) -> bool:
        began = monotonic()
        while not condition():
            if monotonic() - began > _LIMIT:
                return False
            self._base.task_mgr.step()
            self._due = max(self._due + _FRAME, monotonic())
            sleep(max(0.0, self._due - monotonic()))
        return True

    def _note(self, character: Character, event: Event) -> None:
        """The lines of the player, and the steps of the answer to the question among them."""
        if isinstance(event, Transcript) and event.speaker is Speaker.PLAYER and event.is_final:
            self._lines.append(event.text)
        if _QUESTION in self._lines and type(event) is (*_ANSWERED, None)[len(self._steps)]:
            self._steps.append(type(event))
