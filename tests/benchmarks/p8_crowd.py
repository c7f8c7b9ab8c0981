"""P8: how many characters one core of the built-in simulator lets talk at once, each frame in time to be heard.

Every character is answered back at once when its turn is complete. A frame is late that comes after the moment at
which the voice before it has been heard, with the jitter buffer's prime to spare.
"""

import asyncio
import json
import math
import statistics
import time
import uuid
from dataclasses import dataclass

from convai_panda import Simulator
from convai_panda.audio.jitter import PRIME
from convai_panda.protocol.client import ClientReady, UserTextMessage
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.transport.base import AudioArrived, MessageArrived, Room
from convai_panda.visit import _about

from .figure import Figure

_CROWDS = (10, 25, 50, 75, 100)
_TARGET = 50
_SECONDS = 8.0
_ROUNDS = 3
_TEXT = "Tell me about the weather on the hill, about the mill, and about everything else that you know."


@dataclass(slots=True)
class _Heard:
    """One character's voice as it arrived, in seconds."""

    sound: float = 0.0
    late: int = 0
    _due: float = math.inf  # when the voice so far has been heard

    def begin_turn(self) -> None:
        self._due = math.inf

    def take(self, duration: float, now: float) -> None:
        if now > self._due:
            self.late += 1
        if now > self._due or self._due == math.inf:
            self._due = now + PRIME
        self._due += duration
        self.sound += duration


@dataclass(frozen=True, slots=True)
class _Outcome:
    late: int
    voices: float  # talking at a time, on average
    cpu: float  # share of one core, the listening included


def measure() -> list[Figure]:
    """Growing crowds in alternating rounds; a crowd is served where no round has a late frame."""
    outcomes: dict[int, list[_Outcome]] = {crowd: [] for crowd in _CROWDS}
    for _ in range(_ROUNDS):
        for crowd in _CROWDS:
            outcomes[crowd].append(asyncio.run(_listen(crowd)))
    served = max((crowd for crowd in _CROWDS if not any(each.late for each in outcomes[crowd])), default=0)
    rows = []
    for crowd in _CROWDS:
        late = sum(each.late for each in outcomes[crowd])
        voices, cpu = (statistics.median(values) for values in zip(*_figures(outcomes[crowd]), strict=True))
        rows.append(
            Figure(
                "P8",
                f"{crowd} characters, {voices:.0f} voices at a time, {_ROUNDS} x {_SECONDS:.0f} s: late frames",
                f"{late}",
                f"{cpu:.0%} of a core",
                f"{1000 * cpu / max(voices, 1):.1f} ms/s a voice",
                "",
            )
        )
    what = "characters talking at once, none of them late"
    return [*rows, Figure("P8", what, f"{served}", "", "", f">= {_TARGET}", served >= _TARGET)]


def _figures(outcomes: list[_Outcome]) -> list[tuple[float, float]]:
    return [(each.voices, each.cpu) for each in outcomes]


async def _listen(crowd: int) -> _Outcome:
    simulator = Simulator(latency=0.0)
    await simulator.prepare()
    rooms = []
    for _ in range(crowd):
        response = await simulator.connect(ConnectRequest.build(character_id=str(uuid.uuid4())))
        rooms.append(await simulator.join(response))
    heard = [_Heard() for _ in rooms]
    tasks = [asyncio.create_task(_talk(room, each)) for room, each in zip(rooms, heard, strict=True)]
    await asyncio.sleep(1.0)  # everybody has begun
    before, late, began, cpu = sum(each.sound for each in heard), _late(heard), time.monotonic(), time.thread_time()
    await asyncio.sleep(_SECONDS)
    elapsed = time.monotonic() - began
    outcome = _Outcome(
        late=_late(heard) - late,
        voices=(sum(each.sound for each in heard) - before) / elapsed,
        cpu=(time.thread_time() - cpu) / elapsed,
    )
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for room in rooms:
        await room.aclose()
    return outcome


def _late(heard: list[_Heard]) -> int:
    return sum(each.late for each in heard)


async def _talk(room: Room, heard: _Heard) -> None:
    await room.send(ClientReady(about=_about()).encode())
    async for item in room.incoming():
        match item:
            case AudioArrived(frame=frame):
                heard.take(frame.samples / frame.sample_rate, time.monotonic())
            case MessageArrived(payload=payload):
                match _kind(payload):
                    case "bot-started-speaking":
                        heard.begin_turn()
                    case "bot-ready" | "bot-turn-completed":
                        await room.send(UserTextMessage(text=_TEXT).encode())


def _kind(payload: bytes) -> str:
    message = json.loads(payload)
    inner = message.get("data") if message.get("type") == "server-message" else message
    return str((inner or {}).get("type"))


if __name__ == "__main__":
    from .figure import print_table

    print_table(measure())
