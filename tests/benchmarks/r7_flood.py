"""R7: a room that says a hundred thousand hostile messages a second, and the frames of the game meanwhile.

Broken ones, texts of a megabyte and of all that is read, audio-data that lies, shapes that are no numbers, sound at
rates that are none. The same room without a word, in alternating rounds, is what its frames are compared with.
"""

import asyncio
import logging
import statistics
from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from time import monotonic, perf_counter, sleep

from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from convai_panda import AudioFrame, Convai, MemoryContinuity, Room, SilentVoice, Simulator
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.transport.arrivals import Arrivals
from convai_panda.transport.base import AudioArrived, MessageArrived, RoomItem
from tests.babel import mutate

from .busy_game import burn, units_in_ms
from .figure import Figure, percentile
from .processes import size

_RATE = 100_000  # messages a second
_ROUNDS = 5  # of each kind
_SECONDS = 4.0
_TICK = 0.01  # s
_FRAME = 1 / 60  # s
_WORK = 4  # ms of Python a frame: a game has something to do
_RATIO = 1.25
_GROWTH = 60.0  # MB
_CHARACTER = "00000000-0000-4000-8000-000000000001"
_READY = MessageArrived(b'{"label":"rtvi-ai","type":"bot-ready","data":{}}')
_ENDINGS = (b"session-ending", b"usage-limit-reached", b'"error"')
_LIES = (
    b'{"type":"audio-data","data":{"audio":"AAAA","sample_rate":1000000000,"channels":1}}',
    b'{"type":"audio-data","data":{"audio":"' + b"A" * 400_000 + b'","sample_rate":8000}}',
    b'{"type":"chunked-neurosync-blendshapes","data":{"blendshapes":[[NaN,Infinity,1e999]]}}',
    *(b'{"type":"bot-llm-text","data":{"text":"' + b"A" * size + b'"}}' for size in (1_000_000, 260_000)),
    b'{"type":"audio-data","data":{"audio":"' + b"A" * 260_000 + b'","sample_rate":8000}}',
)


def _repertoire() -> list[RoomItem]:
    chance = Random(7)
    items: list[RoomItem] = []
    while len(items) < 20_000:
        payload = chance.choice(_LIES) if chance.random() < 0.004 else mutate(chance)
        if not any(ending in payload for ending in _ENDINGS):
            items.append(MessageArrived(payload))
        if chance.random() < 0.01:
            items.append(AudioArrived("voice", AudioFrame(bytes(3), chance.choice((0, 7, -1, 10**9)))))
    return items


class _Flood:
    """A transport of one room, which is silent until it is told to speak."""

    def __init__(self) -> None:
        self._service = Simulator()
        self._items = _repertoire()
        self.is_speaking = False
        self.said = 0

    async def prepare(self) -> None:
        pass

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        return await self._service.connect(request)

    async def join(self, response: ConnectResponse) -> Room:
        return _Room(self)

    async def aclose(self) -> None:
        pass

    async def speak(self, arrivals: Arrivals) -> None:
        """As many as are due, a hundred times a second."""
        arrivals.put(_READY)
        due = monotonic()
        while True:
            await asyncio.sleep(_TICK)
            count = int((monotonic() - due) * _RATE) if self.is_speaking else 0
            due = monotonic()
            for _ in range(count):
                arrivals.put(self._items[self.said % len(self._items)])
                self.said += 1


class _Room:
    def __init__(self, flood: _Flood) -> None:
        self._arrivals = Arrivals()
        self._task = asyncio.create_task(flood.speak(self._arrivals))

    def incoming(self) -> AsyncIterator[RoomItem]:
        return self._arrivals.items()

    async def send(self, payload: bytes) -> None:
        pass

    async def publish(self, frame: AudioFrame) -> None:
        pass

    async def aclose(self) -> None:
        self._task.cancel()
        self._arrivals.end()


def measure() -> list[Figure]:
    """Quiet and hostile rounds of one visit, alternating."""
    logging.disable(logging.WARNING)
    load_prc_file_data("", "window-type none\naudio-library-name null\nnotify-level-device fatal")
    base, flood, work = ShowBase(), _Flood(), round(_WORK * units_in_ms())
    player = base.render.attach_new_node("player")
    convai = Convai(base, transport=flood, voice=SilentVoice(), listener=player, continuity=MemoryContinuity())
    guard = convai.add_character(_CHARACTER, base.render.attach_new_node("guard"), greeting=None)
    while not guard.is_ready:
        _play(base, work, 0.1)
    visit = convai._entries[_CHARACTER].session._visit
    assert visit is not None
    skipped = visit._intake.skipped
    flood.is_speaking = True
    _play(base, work, _SECONDS)
    began, said = size().rss, flood.said
    rounds: dict[bool, list[float]] = {False: [], True: []}  # ms, each the p99 of one
    for flood.is_speaking in (False, True) * _ROUNDS:
        _play(base, work, 0.5)
        rounds[flood.is_speaking].append(percentile(_play(base, work, _SECONDS), 0.99))
    growth, said = size().rss - began, flood.said - said
    counts: Counter[str] = Counter({harm.name.lower(): count for harm, count in skipped.counts.items()})
    was_there = guard.is_ready
    convai.destroy()
    base.destroy()
    quiet, busy = (statistics.median(rounds[each]) for each in (False, True))
    rate = said / (_ROUNDS * (_SECONDS + 0.5))
    return [
        Figure(
            "R7",
            "hostile messages a second; the room is still there",
            f"{rate:.0f}, {'yes' if was_there else 'NO'}",
            ", ".join(f"{count} {harm}" for harm, count in counts.items()),
            "",
            f">= {_RATE:.0f}",
            rate >= 0.9 * _RATE and was_there,
        ),
        Figure("R7", "  memory", f"{growth:+.1f} MB", "", "", f"<= {_GROWTH:.0f} MB", growth <= _GROWTH),
        Figure(
            "R7",
            f"  frame, p99 (its work, of 60 a second), median of {_ROUNDS} rounds",
            f"{busy:.2f} ms",
            f"not a word: {quiet:.2f} ms",
            f"{busy / quiet:.2f}",
            f"<= {_RATIO}",
            busy / quiet <= _RATIO,
        ),
    ]


def _play(base: ShowBase, work: int, seconds: float) -> list[float]:
    """Milliseconds of each frame."""
    times: list[float] = []
    began = due = monotonic()
    while monotonic() < began + seconds:
        frame = perf_counter()
        base.task_mgr.step()
        burn(work)
        times.append((perf_counter() - frame) * 1000)
        due = max(due + _FRAME, monotonic())
        sleep(max(0.0, due - monotonic()))
    return times
