"""R9: the rooms' process killed and hung in mid-sentence, and the game killed, again and again.

The character is asked for a long sentence, its rooms' process is taken away while it speaks, and it must speak
again, in the same conversation, with what was said meanwhile delivered once. Frames are timed throughout, in two
games: one has a core to itself, so that a frame waits only where the game's own process makes it wait; the other
shares all cores with the service and with the new process, whose start takes 0.3 s of one. Between two deaths the
character talks undisturbed while somebody else, elsewhere, enters a room and leaves it: what a new visit takes of
these same cores, with LiveKit's server, the service and a client that runs already, is there with and without a death.
"""

import os
import random
import select
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, perf_counter, sleep

from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from convai_panda import (
    Character,
    CloudTransport,
    Convai,
    Event,
    Failed,
    MemoryContinuity,
    Nearest,
    SilentVoice,
    Speaker,
    SpeakingStarted,
    Transcript,
    TurnCompleted,
)
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.transport.process import ProcessRooms

from .figure import Figure, percentile
from .processes import SIMULATOR, Service, is_running, seconds_until_gone, serving

_KILLS = 25  # in each of two games
_STOPS = 5
_GAMES = 20
_LIMIT = 30.0  # s for a visit to come back, after which it counts as lost
_ORPHAN_LIMIT = 2.0  # s
_FRAME = 1 / 60  # s
_CHARACTER = "00000000-0000-4000-8000-000000000001"
_GUESTS_CHARACTER = "00000000-0000-4000-8000-000000000002"
_SHORT = "Yes or no?"
_LONG = "Tell me about the weather on the hill, and about the mill."

_ROOMS = """
import os
os.sched_setaffinity(0, {cores})
from convai_panda.transport import worker
worker.main()
"""

_GUEST = """
import asyncio
import sys
from convai_panda import CloudTransport
from convai_panda.protocol.client import ClientReady, UserTextMessage
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.transport.base import MessageArrived
from convai_panda.transport.livekit import LiveKitRooms

async def visit(transport):
    room = await transport.join(await transport.connect(ConnectRequest.build(character_id={character!r})))
    await room.send(ClientReady().encode())
    async for item in room.incoming():
        if isinstance(item, MessageArrived) and b"bot-ready" in item.payload:
            await room.send(UserTextMessage(text={text!r}).encode())
        if isinstance(item, MessageArrived) and b"bot-stopped-speaking" in item.payload:
            await room.aclose()

async def stay():
    transport = CloudTransport(rooms=LiveKitRooms())
    await transport.prepare()
    print(flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        await visit(transport)
        print(flush=True)
    await transport.aclose()

asyncio.run(stay())
"""

_GAME = """
import asyncio
from convai_panda import CloudTransport
from convai_panda.protocol.client import ClientReady
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.transport.process import ProcessRooms

async def play():
    rooms = ProcessRooms()
    transport = CloudTransport(rooms=rooms)
    room = await transport.join(await transport.connect(ConnectRequest.build(character_id={character!r})))
    await room.send(ClientReady().encode())
    async for item in room.incoming():
        print(rooms.child.pid, flush=True)

asyncio.run(play())
"""


class _Calls(CloudTransport):
    """Notes which conversation each call got."""

    conversations: list[str]

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        response = await super().connect(request)
        self.conversations.append(response.character_session_id)
        return response


@dataclass
class _Frames:
    """Milliseconds, in which nothing is drawn and nothing waited for."""

    times: list[float] = field(default_factory=list)

    def p99(self) -> float:
        return percentile(self.times, 0.99)


@dataclass
class _Outcome:
    """What became of one game: seconds until each visit was back (None: it was not), conversations, frames."""

    back: list[float | None]
    conversations: int
    calm: _Frames
    deadly: _Frames


class _Guest:
    """Somebody else of the service's: enters a room when asked, hears a sentence and leaves."""

    def __init__(self, service: Service) -> None:
        environment = {**os.environ, "CONVAI_URL": service.connect_url, "CONVAI_API_KEY": service.api_key}
        program = [sys.executable, "-c", _GUEST.format(character=_GUESTS_CHARACTER, text=_SHORT)]
        self._process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asked, self._told = self._process.stdin, self._process.stdout
        self._hear()

    def visit(self) -> None:
        """Begin to."""
        print(file=self._asked, flush=True)

    def has_left(self) -> bool:
        """Whether the visit is over; ask until it is."""
        is_told = bool(select.select([self._told], [], [], 0.0)[0])
        if is_told:
            self._hear()
        return is_told

    def close(self) -> None:
        self._process.communicate()

    def _hear(self) -> None:
        if not self._told.readline():
            raise RuntimeError("The guest ended.")


def measure() -> list[Figure]:
    """Deaths of the rooms' process in two long games, then twenty games that are killed themselves."""
    load_prc_file_data("", "window-type none\naudio-library-name null\nnotify-level-device fatal")
    alone, crowded = _survive(has_own_core=True), _survive(has_own_core=False)
    with serving(SIMULATOR) as service:
        orphans, slowest = _kill_games(service)
    back = [*alone.back, *crowded.back]
    times = [seconds for seconds in back if seconds is not None]
    is_same = alone.conversations == crowded.conversations == 1
    return [
        Figure(
            "R9",
            f"rooms' process killed {2 * _KILLS} times, stopped {2 * _STOPS} in mid-sentence: back, same id, said once",
            f"{len(times)} of {len(back)}, {'one conversation a game' if is_same else 'conversations lost'}",
            f"back after {statistics.median(times):.1f} s, at most {max(times):.1f} s",
            "",
            f"{len(back)} of {len(back)}",
            len(times) == len(back) and is_same,
        ),
        _frames("frame meanwhile, p99 (the frame's work, of 60 a second), the game has a core to itself", alone),
        _frames("  the same, cores shared with the service and the process that starts", crowded),
        Figure(
            "R9",
            f"{_GAMES} games killed with an open room: rooms' processes left after {_ORPHAN_LIMIT:.0f} s",
            f"{orphans}",
            f"the slowest was gone after {slowest:.2f} s",
            "",
            "0",
            orphans == 0,
        ),
    ]


def _frames(what: str, outcome: _Outcome) -> Figure:
    deadly, calm = outcome.deadly.p99(), outcome.calm.p99()
    ratio = deadly / calm
    beside = f"nobody dies, somebody else comes: {calm:.2f} ms"
    return Figure("R9", what, f"{deadly:.2f} ms", beside, f"{ratio:.2f}", "<= 1.25", ratio <= 1.25)


def _survive(*, has_own_core: bool) -> _Outcome:
    """One game in which the rooms' process dies again and again, and between two deaths does not."""
    cores = os.sched_getaffinity(0)
    own, others = ({min(cores)}, cores - {min(cores)}) if has_own_core else (cores, cores)
    if not others:
        raise RuntimeError("R9 needs two cores: one is the game's own.")
    try:
        os.sched_setaffinity(0, others)  # the service has it from here
        with serving(SIMULATOR) as service:
            guest = _Guest(service)
            os.sched_setaffinity(0, own)
            game = _Game(service, rooms_on=others)
            game.talk(_LONG)  # a first time, which is not looked at
            calm, deadly = _Frames(), _Frames()
            chance = random.Random(9)
            numbers = [signal.SIGKILL] * _KILLS + [signal.SIGSTOP] * _STOPS
            chance.shuffle(numbers)
            back = []
            for number in numbers:
                game.frames = calm
                game.talk_beside(guest)
                game.frames = deadly
                back.append(game.survive(number, chance))
            game.close()
            guest.close()
    finally:
        os.sched_setaffinity(0, cores)
    return _Outcome(back, len(set(game.transport.conversations)), calm, deadly)


class _Game:
    def __init__(self, service: Service, rooms_on: set[int]) -> None:
        self.frames = _Frames()
        self._base = ShowBase()
        player = self._base.render.attach_new_node("player")
        self._rooms = ProcessRooms(command=[sys.executable, "-P", "-c", _ROOMS.format(cores=rooms_on)])
        self.transport = _Calls(url=service.connect_url, api_key=service.api_key, rooms=self._rooms)
        self.transport.conversations = []
        self._convai = Convai(
            self._base,
            transport=self.transport,
            voice=SilentVoice(),
            listener=player,
            proximity=Nearest(),
            continuity=MemoryContinuity(),
        )
        node = self._base.render.attach_new_node("guard")
        node.set_pos(0, 2, 0)
        self._guard = self._convai.add_character(_CHARACTER, node, greeting=None)
        self._counts: dict[type[Event], int] = {}
        self._lines: list[str] = []
        for kind in (Failed, SpeakingStarted, TurnCompleted, Transcript):
            self._base.accept(kind.name, self._note)
        self._due = monotonic()
        if not self._until(lambda: self._guard.is_ready):
            raise RuntimeError("The character did not become ready.")

    def talk_beside(self, guest: _Guest) -> None:
        """As much as in a death that is survived, and nobody dies."""
        self.talk(_LONG)
        guest.visit()
        self.talk(_SHORT)
        if not self._until(guest.has_left):
            raise RuntimeError("The guest did not leave.")

    def talk(self, text: str) -> None:
        """Say it, and hear the answer to its end."""
        turns = self._counts.get(TurnCompleted, 0)
        self._guard.say(text)
        if not self._until(lambda: self._counts.get(TurnCompleted, 0) > turns):
            raise RuntimeError("The character did not answer.")

    def survive(self, number: signal.Signals, chance: random.Random) -> float | None:
        """One death in mid-sentence; seconds until the character speaks again, if it does so as it should."""
        self._guard.say(_LONG)
        if not self._until(lambda: self._guard.is_speaking):
            return None
        for _ in range(chance.randrange(30)):
            self._step()
        failed, child = self._counts.get(Failed, 0), self._rooms.child
        assert child is not None
        began = monotonic()
        os.kill(child.pid, number)
        if not self._until(lambda: self._counts.get(Failed, 0) > failed):
            return None
        self._lines.clear()
        spoken, turns = self._counts.get(SpeakingStarted, 0), self._counts.get(TurnCompleted, 0)
        self._guard.say(_SHORT)
        if not self._until(lambda: self._counts.get(SpeakingStarted, 0) > spoken and self._guard.is_speaking):
            return None
        back = monotonic() - began
        is_whole = self._until(lambda: self._counts.get(TurnCompleted, 0) > turns)
        was_once = self._lines.count(_SHORT) == 1 and self._counts[Failed] == failed + 1
        return back if is_whole and was_once and not is_running(child.pid) else None

    def close(self) -> None:
        self._convai.destroy()
        self._base.destroy()

    def _until(self, condition: Callable[[], object]) -> bool:
        began = monotonic()
        while not condition():
            if monotonic() - began > _LIMIT:
                return False
            self._step()
        return True

    def _step(self) -> None:
        began = perf_counter()
        self._base.task_mgr.step()
        self.frames.times.append((perf_counter() - began) * 1000)
        self._due = max(self._due + _FRAME, monotonic())
        sleep(max(0.0, self._due - monotonic()))

    def _note(self, character: Character, event: Event) -> None:
        self._counts[type(event)] = self._counts.get(type(event), 0) + 1
        if isinstance(event, Transcript) and event.speaker is Speaker.PLAYER and event.is_final:
            self._lines.append(event.text)


def _kill_games(service: Service) -> tuple[int, float]:
    """Games killed with a room open: how many rooms' processes outlived theirs for too long, and the longest time."""
    environment = {**os.environ, "CONVAI_URL": service.connect_url, "CONVAI_API_KEY": service.api_key}
    times = []
    for _ in range(_GAMES):
        program = [sys.executable, "-c", _GAME.format(character=_CHARACTER)]
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environment) as game:
            assert game.stdout is not None
            pid = int(game.stdout.readline())
            game.kill()
            times.append(seconds_until_gone(pid, _ORPHAN_LIMIT))
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)
                times[-1] = float("inf")
    return sum(seconds > _ORPHAN_LIMIT for seconds in times), max(times)
