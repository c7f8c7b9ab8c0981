"""P3: what eight voices in real rooms, all the way into the audio engine, take of a busy game's frames.

A game spends a fixed amount of Python a frame. Its rate is measured without rooms, with a bare receiver of the
same eight rooms in a process of its own beside it, and with our rooms in both forms; runs alternate. Beside each rate
is the share of the time in which the game's thread had a processor: the same loss, whatever else changes the speed of
this machine from run to run.
"""

import asyncio
import json
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace

from .busy_game import Outcome, Run, play, units_in_ms
from .figure import Figure
from .p6_visits import _connect
from .processes import SENDERS, serving
from .senders import character_id

_ROUNDS = 5
_SECONDS = 5.0
_BUSY = 25.0  # ms of Python a frame
_CALM = 12.0  # ms, of a game that runs at 60 frames a second
_RATE = 60.0
_VOICES = 8


def measure() -> list[Figure]:
    """Alternating runs; medians."""
    units = units_in_ms()
    with serving(SENDERS) as service:
        busy = Run(service.connect_url, work=round(_BUSY * units), seconds=_SECONDS, is_stamped=True)
        calm = replace(busy, work=round(_CALM * units), rate=_RATE)
        runs = {
            "none": replace(busy, form="none", voices=0),
            "bare": replace(busy, form="none", voices=0),
            "process": busy,
            "thread": replace(busy, form="thread"),
            "one": replace(busy, voices=1),
            "calm none": replace(calm, form="none", voices=0),
            "calm process": calm,
        }
        outcomes: dict[str, list[Outcome]] = defaultdict(list)
        for _ in range(_ROUNDS):
            for name, run in runs.items():
                with _received(service.connect_url) if name == "bare" else nullcontext():
                    outcomes[name].append(play(run))
    fps, share = (
        {name: statistics.median(getattr(each, what) for each in runs) for name, runs in outcomes.items()}
        for what in ("fps", "running")
    )
    delivered = min(each.delivered for name in ("process", "one", "calm process") for each in outcomes[name])
    in_thread = min(each.delivered for each in outcomes["thread"])
    what = f"{_BUSY:.0f} ms of Python a frame"
    return [
        _row(f"{what}, {_VOICES} voices", fps["process"], "bare receiver in another process", fps["bare"], 0.95),
        _share(share["process"], share["bare"]),
        _row("  the same beside no rooms", fps["process"], "no rooms", fps["none"], None),
        _row("  thread form", fps["thread"], "bare receiver in another process", fps["bare"], None),
        _row(f"{what}, 1 voice", fps["one"], "no rooms", fps["none"], 0.98),
        _share(share["one"], share["none"]),
        _row(
            f"{_CALM:.0f} ms, {_RATE:.0f} fps, {_VOICES} voices",
            fps["calm process"],
            "no rooms",
            fps["calm none"],
            0.99,
        ),
        Figure(
            "P3",
            "frames of sound delivered, the least of all runs",
            f"{delivered:.2%}",
            f"thread form: {in_thread:.2%}",
            "",
            ">= 99.90%",
            delivered >= 0.999,
        ),
    ]


def _row(what: str, ours: float, beside: str, other: float, target: float | None) -> Figure:
    return Figure(
        "P3",
        what,
        f"{ours:.1f} fps",
        f"{beside}: {other:.1f} fps",
        f"{ours / other:.3f}",
        f">= {target:.2f}" if target is not None else "",
        ours / other >= target if target is not None else None,
    )


def _share(ours: float, other: float) -> Figure:
    what = "  share of the time in which the game's thread runs"
    return Figure("P3", what, f"{ours:.3f}", f"{other:.3f}", f"{ours / other:.3f}", "")


@contextmanager
def _received(url: str) -> Iterator[None]:
    """Eight rooms received elsewhere, and thrown away."""
    command = [sys.executable, "-m", "tests.benchmarks.p3_frames", url]
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


async def _receive(url: str) -> None:
    """Without its debug log, as ours: the figure is to be what the game pays, not what the machine does."""
    from convai_panda.transport.livekit import _load_livekit

    rtc = _load_livekit()
    tracks: asyncio.Queue[object] = asyncio.Queue()
    rooms = []
    for number in range(_VOICES):
        room = rtc.Room()
        rooms.append(room)
        room.on("track_subscribed", lambda track, *_: tracks.put_nowait(track))
        response = await asyncio.to_thread(_connect, url, character_id(number))
        await room.connect(response["room_url"], response["token"])
    streams = [rtc.AudioStream(await tracks.get(), sample_rate=48_000, num_channels=1, frame_size_ms=20) for _ in rooms]
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
    asyncio.run(_receive(sys.argv[1]))
