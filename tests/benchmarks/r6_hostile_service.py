"""R6: eight characters who are called through every broken service there is, and the frames of the game meanwhile.

The same game with nobody near, in alternating rounds, is what its frames are compared with.
"""

import asyncio
import itertools
import logging
import statistics
from collections.abc import Mapping
from time import monotonic, perf_counter, sleep

from direct.showbase.ShowBase import ShowBase
from panda3d.core import NodePath, load_prc_file_data

from convai_panda import (
    Character,
    CloudTransport,
    ConnectError,
    Convai,
    Event,
    Failed,
    JoinError,
    MemoryContinuity,
    Ring,
    Room,
    SilentVoice,
)
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from tests.hostile_service import CASES, KEY, PATIENCE, Hostile, hostile

from .busy_game import burn, units_in_ms
from .figure import Figure, percentile

_CAST = 8
_ROUNDS = 8  # of each kind
_SECONDS = 6.0
_TURN = 3.0  # s after which the player comes back, so that refused ones try again
_FRAME = 1 / 60  # s
_WORK = 4  # ms of Python a frame: a game has something to do
_RATIO = 1.25  # two quiet rounds differ by as much
_SECRET = "nobody-may-see"


class _Worst:
    """A transport that is every broken one in turn."""

    radius = 30.0

    def __init__(self, service: Hostile) -> None:
        no_tls = f"https://127.0.0.1:{service.port}"
        wrong_tls = f"https://127.0.0.1:{service.tls_port}"
        nowhere = f"http://127.0.0.1:{service.closed_port}"
        urls = {"no-tls": no_tls, "wrong-tls": wrong_tls, "nobody": nowhere, "no-dns": "https://no-such-host.invalid"}
        self._all = {name: service.transport(name) for name in CASES}
        self._all |= {name: CloudTransport(url=url, api_key=KEY, timeout=PATIENCE) for name, url in urls.items()}
        self.names = set(self._all)
        self._turns = itertools.cycle(self._all)
        self.calls = 0
        self.wrong: set[str] = set()
        self.met: set[str] = set()

    async def prepare(self) -> None:
        pass

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        name = next(self._turns)
        self.calls += 1
        try:
            return await self._all[name].connect(request)
        except ConnectError as error:
            case = CASES.get(name)
            if (case and (type(error) is not case.kind or case.words not in str(error))) or _SECRET in f"{error!r}":
                self.wrong.add(name)
            self.met.add(name)
            raise

    async def join(self, response: ConnectResponse) -> Room:
        raise JoinError("No service of these has a room.")

    async def aclose(self) -> None:
        await asyncio.gather(*(each.aclose() for each in self._all.values()))

    def choose(self, distances: Mapping[str, float], now: float, pace: float) -> Mapping[str, Ring]:
        return {key: Ring.TALK for key, distance in distances.items() if distance < self.radius}


def measure() -> list[Figure]:
    """Quiet and hostile rounds of one game, alternating."""
    logging.disable(logging.WARNING)
    load_prc_file_data("", "window-type none\naudio-library-name null\nnotify-level-device fatal")
    base, work = ShowBase(), round(_WORK * units_in_ms())
    player = base.render.attach_new_node("player")
    player.set_y(-500)
    shown: list[str] = []
    with hostile() as service:
        worst = _Worst(service)
        convai = Convai(
            base,
            transport=worst,
            voice=SilentVoice(),
            listener=player,
            proximity=worst,
            continuity=MemoryContinuity(),
        )
        for number in range(_CAST):
            convai.add_character(f"00000000-0000-4000-8000-{number:012d}", base.render.attach_new_node(f"npc-{number}"))

        def note(character: Character, event: Event) -> None:
            shown.append(str(event))

        base.accept(Failed.name, note)
        rounds: dict[bool, list[float]] = {False: [], True: []}  # ms, each the p99 of one
        while worst.met < worst.names:  # every client is made once
            _play(base, player, work, is_near=True)
        for is_near in (False, True) * _ROUNDS:
            rounds[is_near].append(percentile(_play(base, player, work, is_near=is_near), 0.99))
        convai.destroy()
    base.destroy()
    quiet, busy = (statistics.median(rounds[each]) for each in (False, True))
    slips = sum(_SECRET in text for text in shown)
    return [
        Figure(
            "R6",
            f"{len(worst.met)} broken services, {worst.calls} calls: wrong errors, words with a secret",
            f"{len(worst.wrong)}, {slips}",
            f"{len(shown)} times the game was told",
            "",
            "0",
            not worst.wrong and not slips,
        ),
        Figure(
            "R6",
            f"  frame meanwhile, p99 (its work, of 60 a second), median of {_ROUNDS} rounds",
            f"{busy:.2f} ms",
            f"nobody near: {quiet:.2f} ms",
            f"{busy / quiet:.2f}",
            f"<= {_RATIO}",
            busy / quiet <= _RATIO,
        ),
    ]


def _play(base: ShowBase, player: NodePath, work: int, *, is_near: bool) -> list[float]:
    """Milliseconds of each frame of one round."""
    times: list[float] = []
    began = due = monotonic()
    while (now := monotonic()) < began + _SECONDS:
        stays_away = not is_near or (now - began) % _TURN < 2 * _FRAME
        player.set_y(-500 if stays_away else -1)
        frame = perf_counter()
        base.task_mgr.step()
        burn(work)
        times.append((perf_counter() - frame) * 1000)
        due = max(due + _FRAME, now)
        sleep(max(0.0, due - monotonic()))
    player.set_y(-500)
    return times
