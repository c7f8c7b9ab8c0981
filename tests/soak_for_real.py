"""Minutes in a village where everything goes wrong that can, in real time: real HTTP, real rooms, real processes.

Each kind of bad service is ``convai-panda sim --faults …`` in a process of its own, all on one livekit-server; a
character belongs to one of them, until the player sees everybody once more at the one that is calm.
"""

import asyncio
import gc
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import numpy as np
from direct.showbase.ShowBase import ShowBase

from convai_panda import CloudTransport, Convai, MemoryContinuity, Nearest, PandaVoice
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.transport.base import Room
from convai_panda.transport.process import ProcessRooms
from tests.benchmarks.processes import SIMULATOR, Size, is_running, seconds_until_gone, size
from tests.wandering import FRAME, Habits, Soaked, Wanderer, bugs_noted, count

MIXTURES = ("subway", "hotel-wifi", "overload", "hostile", "cut")
_ROOT = Path(__file__).parents[1]
_LINGER = 2.0  # s
_HABITS = Habits(speed=(4.0, 9.0), stay=(1.0, 12.0), pause=(0.5, 5.0), patience=40.0)
_TO_END = 10.0  # s for the rooms' process to end, and for what has waited for it


@dataclass
class RealSoaked(Soaked):
    """What came of it, with what was there of processes."""

    rooms: list[int] = field(default_factory=list)  # every rooms' process that there was
    left: list[int] = field(default_factory=list)  # of these, still there at the end
    largest: Size = field(default_factory=lambda: Size(0.0, 0, 0))  # of the rooms' processes, with all rooms left
    threads_left: int = 0  # more than before there was a game
    descriptors_left: int = 0


class _Services:
    """Many services, in this game one transport."""

    def __init__(self, outcome: RealSoaked, calm: CloudTransport, bad: list[CloudTransport]) -> None:
        self.outcome = outcome
        self.sent: Counter[str] = Counter()
        self.is_calm = False
        self._calm = calm
        self._bad = bad

    async def prepare(self) -> None:
        await self._calm.prepare()

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        bad = self._bad[int(request.character_id[-2:]) % len(self._bad)]
        return await (self._calm if self.is_calm else bad).connect(request)

    async def join(self, response: ConnectResponse) -> Room:
        return count(await self._calm.join(response), self.outcome, self.sent)

    async def aclose(self) -> None:
        await asyncio.gather(*(each.aclose() for each in (self._calm, *self._bad)))


def soak_for_real(base: ShowBase, seconds: float, *, cast: int, mixtures: tuple[str, ...], seed: int) -> RealSoaked:
    """Wander that long among so many characters, then see whether all is as it was."""
    outcome = RealSoaked()
    np.ones((300, 300)) @ np.ones((300, 300))  # numpy's own threads end where a process forks, and come back at this
    before = _measure()
    player = base.render.attach_new_node("player")
    with ExitStack() as stack:
        server = stack.enter_context(LiveKitServer())
        rooms = ProcessRooms()
        calm, *bad = (
            stack.enter_context(_serving(server, rooms, *arguments))
            for arguments in ((), *(("--faults", name, "--seed", str(seed)) for name in mixtures))
        )
        service = _Services(outcome, calm, bad)
        stack.enter_context(bugs_noted(outcome))
        convai = Convai(
            base,
            transport=service,
            voice=PandaVoice(),
            listener=player,
            proximity=Nearest(linger=_LINGER),
            continuity=MemoryContinuity(),
            connect_options={"debug": True},
        )
        pace = _Pace(base, rooms, outcome)
        wanderer = Wanderer(
            base, convai, service, outcome, cast=cast, seed=seed, now=monotonic, frame=pace.frame, habits=_HABITS
        )
        try:
            began = monotonic()
            wanderer.wander(seconds / 3)
            wanderer.go_home()
            settled = _measure()
            wanderer.wander(seconds * 2 / 3)
            outcome.seconds = monotonic() - began
            wanderer.see_everybody()
            wanderer.await_the_rest()
            wanderer.go_home()
            wanderer.account()
            outcome.compare(settled, _measure())
            if rooms.child is not None:
                outcome.largest = size(rooms.child.pid)
            convai.run_soon(lambda: setattr(outcome, "tasks", _tasks()))
            wanderer.until(lambda: outcome.tasks, 5.0)
        finally:
            convai.destroy()
            wanderer.leave()
            player.remove_node()
    ended = monotonic()
    outcome.left = [pid for pid in outcome.rooms if is_running(pid) and seconds_until_gone(pid, _TO_END) >= _TO_END]
    after = _measure()
    while after.threads > before.threads and monotonic() < ended + _TO_END:  # asyncio's, which has waited for a process
        sleep(FRAME)
        after = _measure()
    outcome.threads_left, outcome.descriptors_left = (
        after.threads - before.threads,
        after.descriptors - before.descriptors,
    )
    return outcome


class _Pace:
    """One frame after the other, thirty a second; every rooms' process is noted."""

    def __init__(self, base: ShowBase, rooms: ProcessRooms, outcome: RealSoaked) -> None:
        self._base = base
        self._rooms = rooms
        self._outcome = outcome
        self._due = monotonic()

    def frame(self) -> None:
        self._base.task_mgr.step()
        if (child := self._rooms.child) is not None and child.pid not in self._outcome.rooms:
            self._outcome.rooms.append(child.pid)
        self._due = max(self._due + FRAME, monotonic())
        sleep(max(0.0, self._due - monotonic()))


@contextmanager
def _serving(server: LiveKitServer, rooms: ProcessRooms, *arguments: str) -> Iterator[CloudTransport]:
    command = [sys.executable, *SIMULATOR, "--livekit-url", server.url, "--livekit-key", server.key, *arguments]
    environment = {**os.environ, "LIVEKIT_API_SECRET": server.secret, "PYTHONPATH": str(_ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            yield CloudTransport(url=ready["connect_url"], api_key=ready["api_key"], rooms=rooms)
        finally:
            process.terminate()


def _tasks() -> int:
    return len(asyncio.all_tasks())


def _measure() -> Size:
    gc.collect()
    return size()
