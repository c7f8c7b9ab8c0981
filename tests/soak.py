"""Half an hour in a village where everything goes wrong that can, on a clock that waits for nobody.

The game's frames and its asyncio thread share one time, which is moved on frame by frame as soon as the thread has
nothing left to do. Who walks where, what is said and what goes wrong comes from one seed.
"""

import asyncio
import gc
from collections import Counter
from collections.abc import Callable
from random import Random
from unittest.mock import patch

from direct.showbase.ShowBase import ShowBase

from convai_panda import Convai, MemoryContinuity, Nearest, SilentVoice, Simulator
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.simulator.memory import Memory
from convai_panda.transport.base import Room
from tests.benchmarks.processes import Size, size
from tests.game_time import GameTime
from tests.wandering import FRAME, Soaked, Wanderer, bugs_noted, count

_CAST = 12
_MIXTURES = (None, "subway", "hotel-wifi", "overload", "hostile")


class _Mixed:
    """A service that is a different kind of bad each time."""

    def __init__(self, outcome: Soaked, clock: Callable[[], float], seed: int) -> None:
        memory = Memory()
        self.outcome = outcome
        self.sent: Counter[str] = Counter()
        self.is_calm = False
        self._chance = Random(f"{seed}/service")
        self._kinds = [Simulator(faults=each, seed=seed, clock=clock, memory=memory) for each in _MIXTURES]
        self._of_token: dict[str, Simulator] = {}

    async def prepare(self) -> None:
        await self._kinds[0].prepare()

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        service = self._kinds[0] if self.is_calm else self._chance.choice(self._kinds)
        response = await service.connect(request)
        self._of_token[response.token.get_secret_value()] = service
        return response

    async def join(self, response: ConnectResponse) -> Room:
        room = await self._of_token.pop(response.token.get_secret_value()).join(response)
        return count(room, self.outcome, self.sent)

    async def aclose(self) -> None:
        pass


def soak(base: ShowBase, seconds: float, seed: int) -> Soaked:
    """Play that long, then see whether all is as it was."""
    outcome, clock = Soaked(), GameTime()
    service = _Mixed(outcome, clock, seed)
    player = base.render.attach_new_node("player")
    with bugs_noted(outcome), patch.object(asyncio, "new_event_loop", clock.new_loop):
        convai = Convai(
            base,
            transport=service,
            voice=SilentVoice(clock),
            listener=player,
            proximity=Nearest(),
            continuity=MemoryContinuity(),
            clock=clock,
            connect_options={"debug": True},
        )

        def frame() -> None:
            """One frame, once the asyncio thread has done what there was to do."""
            clock.now += FRAME
            clock.is_idle.clear()
            convai.run_soon(lambda: None)
            assert clock.is_idle.wait(20.0), "The asyncio thread does not come to rest."
            base.task_mgr.step()

        wanderer = Wanderer(base, convai, service, outcome, cast=_CAST, seed=seed, now=clock, frame=frame)
        try:
            began = clock.now
            wanderer.wander(seconds / 3)
            settled, objects = _measure()
            wanderer.wander(seconds - (clock.now - began))
            outcome.seconds = clock.now - began
            wanderer.go_away()
            wanderer.see_everybody()
            wanderer.go_away()
            wanderer.account()
            ended, more = _measure()
            outcome.compare(settled, ended)
            outcome.objects = more / objects - 1.0
            convai.run_soon(lambda: setattr(outcome, "tasks", len(asyncio.all_tasks())))
            frame()
        finally:
            clock.free()
            convai.destroy()
            wanderer.leave()
            player.remove_node()
    return outcome


def _measure() -> tuple[Size, int]:
    gc.collect()
    return size(), len(gc.get_objects())
