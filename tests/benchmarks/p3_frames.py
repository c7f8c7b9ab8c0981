"""P3: what eight voices in real rooms, all the way into the audio engine, take of a busy game's frames.

A game spends a fixed amount of Python a frame. Its rate is measured without rooms, with a bare receiver of the same
rooms in a process of its own beside it, and with our rooms in both forms: phases of one game that alternate, each
compared with its neighbour. Beside each rate is the share of the time in which the game's thread had a processor: the
same loss, whatever else changes the speed of this machine meanwhile. The service runs on the same two cores, which is
no affair of the game's: what that takes shows where a character hums in a room in which nobody listens.
"""

import asyncio
import json
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace

from .busy_game import Outcome, Run, units_in_ms
from .busy_visits import visiting
from .figure import Figure
from .p6_visits import _connect
from .processes import SENDERS, serving
from .senders import character_id

_ROUNDS = 10
_FEW_ROUNDS = 4  # of the thread form, and of the game that is not busy
_SECONDS = 4.0
_BUSY = 25.0  # ms of Python a frame
_CALM = 12.0  # ms, of a game that runs at 60 frames a second
_RATE = 60.0


def measure() -> list[Figure]:
    """Medians of what a phase had of the one beside it."""
    units = units_in_ms()
    with serving(SENDERS) as service:
        busy = Run(service.connect_url, work=round(_BUSY * units), seconds=_SECONDS, is_stamped=True)
        calm = replace(busy, work=round(_CALM * units), rate=_RATE)
        ours = _alternate(busy, ["bare 8", "8", "none 0", "1", "unheard 1", "bare 1"], _ROUNDS)
        thread = _alternate(replace(busy, form="thread"), ["bare 8", "8"], _FEW_ROUNDS)
        calm_ours = _alternate(calm, ["none 0", "8"], _FEW_ROUNDS)
    delivered = min(each.delivered for phases in (ours, calm_ours) for name in ("8", "1") for each in phases[name])
    in_thread = min(each.delivered for each in thread["8"])
    what = f"{_BUSY:.0f} ms of Python a frame"
    bare = "bare receiver in another process"
    return [
        *_rows(f"{what}, 8 voices", ours, "8", bare, "bare 8", 0.95),
        _row("  the same beside no rooms", ours, "8", "no rooms", "none 0"),
        _row("  thread form", thread, "8", bare, "bare 8"),
        *_rows(f"{what}, 1 voice", ours, "1", "no rooms", "none 0", 0.98),
        _row("  the same beside its character, heard by nobody", ours, "1", "that", "unheard 1"),
        _row(f"  the same beside a {bare}", ours, "1", "that of one room", "bare 1"),
        _row(f"{_CALM:.0f} ms, {_RATE:.0f} fps, 8 voices", calm_ours, "8", "no rooms", "none 0", 0.99),
        Figure(
            "P3",
            "frames of sound delivered, the least of all phases",
            f"{delivered:.2%}",
            f"thread form: {in_thread:.2%}",
            "",
            ">= 99.90%",
            delivered >= 0.999,
        ),
    ]


_Phases = Mapping[str, Sequence[Outcome]]


def _alternate(run: Run, phases: Sequence[str], rounds: int) -> _Phases:
    """Each phase once a round, there and back: so many voices, or none beside what is done elsewhere with as many."""
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    with visiting(run) as visit:
        for round_ in range(rounds):
            for phase in phases[:: 1 if round_ % 2 == 0 else -1]:
                kind, _, count = phase.rpartition(" ")
                with _elsewhere(run.url, kind, int(count)) if kind in ("bare", "unheard") else nullcontext():
                    outcomes[phase].append(visit(0 if kind else int(count)))
    return outcomes


def _rows(what: str, phases: _Phases, ours: str, beside: str, other: str, target: float) -> tuple[Figure, Figure]:
    share, others = (statistics.median(each.running for each in phases[name]) for name in (ours, other))
    ratio = statistics.median(
        mine.running / theirs.running for mine, theirs in zip(phases[ours], phases[other], strict=True)
    )
    return _row(what, phases, ours, beside, other, target), Figure(
        "P3", "  share of the time in which the game's thread runs", f"{share:.3f}", f"{others:.3f}", f"{ratio:.3f}", ""
    )


def _row(what: str, phases: _Phases, ours: str, beside: str, other: str, target: float | None = None) -> Figure:
    fps, others = (statistics.median(each.fps for each in phases[name]) for name in (ours, other))
    ratio = statistics.median(mine.fps / theirs.fps for mine, theirs in zip(phases[ours], phases[other], strict=True))
    return Figure(
        "P3",
        what,
        f"{fps:.1f} fps",
        f"{beside}: {others:.1f} fps",
        f"{ratio:.3f}",
        f">= {target:.2f}" if target is not None else "",
        ratio >= target if target is not None else None,
    )


@contextmanager
def _elsewhere(url: str, kind: str, rooms: int) -> Iterator[None]:
    """In a process of its own, so many rooms are received and thrown away (bare), or entered and not listened to."""
    command = [sys.executable, "-m", "tests.benchmarks.p3_frames", url, kind, str(rooms)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as receiver:
        assert receiver.stdin is not None
        assert receiver.stdout is not None
        try:
            if not receiver.stdout.readline():
                raise RuntimeError("The bare receiver ended.")
            yield
        finally:
            receiver.stdin.close()  # it leaves its rooms: those of the killed would hum on beside the next run
            try:
                receiver.wait(10.0)
            except subprocess.TimeoutExpired:
                receiver.kill()


async def _enter(url: str, count: int, *, is_heard: bool) -> None:
    """Without its debug log, as ours: the figure is to be what the game pays, not what the machine does."""
    from convai_panda.transport.livekit import _load_livekit

    rtc = _load_livekit()
    tracks: asyncio.Queue[object] = asyncio.Queue()
    rooms = []
    for number in range(count):
        room = rtc.Room()
        rooms.append(room)
        room.on("track_subscribed", lambda track, *_: tracks.put_nowait(track))
        response = await asyncio.to_thread(_connect, url, character_id(number))
        await room.connect(response["room_url"], response["token"], rtc.RoomOptions(auto_subscribe=is_heard))
    heard = [await tracks.get() for _ in rooms] if is_heard else []
    streams = [rtc.AudioStream(track, sample_rate=48_000, num_channels=1, frame_size_ms=20) for track in heard]
    print(json.dumps({"rooms": len(rooms)}), flush=True)
    draining = [asyncio.create_task(_drain(stream)) for stream in streams]
    await asyncio.to_thread(sys.stdin.read)
    for task in draining:
        task.cancel()
    await asyncio.gather(*(room.disconnect() for room in rooms))


async def _drain(stream: object) -> None:
    async for _ in stream:  # type: ignore[attr-defined]
        pass


if __name__ == "__main__":
    asyncio.run(_enter(sys.argv[1], int(sys.argv[3]), is_heard=sys.argv[2] == "bare"))
