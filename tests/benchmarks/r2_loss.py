"""R2: one packet in twenty lost on the way, and sound that comes up to 100 ms late.

The loss is that of a network of its own; it takes voice and data messages alike. Gaps are dips of a hummed tone: in
the mix that our whole path makes of it, and beside it in the PCM as the bare SDK hands it out.
"""

import asyncio
import json
import os
import subprocess
import sys

import numpy as np

from tests.lossy_network import missing, packets, running

from .busy_game import Run, play
from .figure import Figure
from .p2_hitches import _gaps_and_end
from .p6_visits import _connect
from .processes import SENDERS, serving
from .real_talk import Talk, asked, read
from .senders import TONES, character_id

_LOSS = 0.05
_LATE = 0.100  # s
_SECONDS = 20.0
_FADE_IN = 2.0  # s of the bare SDK's sound that are not looked at
_TURNS = 4
_LIMIT = 170.0  # s for one part
_INSIDE = (sys.executable, "-m", "tests.benchmarks.r2_loss")


def measure() -> list[Figure]:
    """A hum and a talk, each undisturbed, with packets lost, and late."""
    lost, late = f"{_LOSS:.0%} of all packets lost", f"up to {_LATE * 1000:.0f} ms late"
    if reason := missing():
        is_met = False if os.environ.get("CI", "").lower() in ("1", "true") else None
        return [Figure("R2", lost, "not run", reason, "", "", is_met)]
    calm, lossy, jittery = _hum(0.0, 0.0), _hum(_LOSS, 0.0), _hum(0.0, _LATE)
    told, told_lossy, told_late = _talk(0.0), _talk(_LOSS), _talk(0.0, "--faults", "jitter")
    return [
        _compared(lost, lossy, calm),
        _compared(late, jittery, calm),
        _whole(f"{lost}: {_TURNS} turns", told_lossy, told),
        _whole(f"{late}: {_TURNS} turns", told_late, told),
    ]


def _compared(what: str, hum: dict[str, int], calm: dict[str, int]) -> Figure:
    dropped = f", {hum['lost']} packets of {hum['packets']} lost" if hum["lost"] else ""
    return Figure(
        "R2",
        f"{what}: gaps in {_SECONDS:.0f} s of a voice",
        f"{hum['ours']}",
        f"bare SDK: {hum['bare']}; undisturbed: {calm['ours']} and {calm['bare']}{dropped}",
        "",
        "no more than the bare SDK",
        hum["ours"] <= hum["bare"],
    )


def _whole(what: str, talk: Talk, calm: Talk) -> Figure:
    same = sum(talk.lines.count(line) == 1 for line in calm.lines)
    once = [text for speaker, text in talk.lines if speaker == "player"] == asked(_TURNS)
    return Figure(
        "R2",
        f"{what}: lines that are whole, and there once",
        f"{same} of {len(calm.lines)}",
        f"voice broken off {talk.underruns} times, undisturbed: {calm.underruns}",
        "",
        "all",
        talk.lines == calm.lines and once,
    )


def _hum(loss: float, lateness: float) -> dict[str, int]:
    told: dict[str, int] = json.loads(_run([*_INSIDE, "hum", str(lateness)], loss).splitlines()[-1])
    return told


def _talk(loss: float, *arguments: str) -> Talk:
    return read(_run([sys.executable, "-m", "tests.benchmarks.real_talk", str(_TURNS), *arguments], loss))


def _run(program: list[str], loss: float) -> str:
    with running(program, loss=loss) as process:
        return process.communicate(timeout=_LIMIT)[0]


def _listen(lateness: str) -> dict[str, int]:
    """Gaps of one hummed tone: ours, and those of the bare SDK in another room at the same time."""
    with (
        serving((*SENDERS, lateness)) as service,
        subprocess.Popen([*_INSIDE, "bare", service.connect_url], stdout=subprocess.PIPE, text=True) as bare,
    ):
        ours = play(Run(service.connect_url, voices=1, rate=60.0, seconds=_SECONDS))
        heard, _ = bare.communicate(timeout=_LIMIT)
    sent, lost = packets()
    return {"ours": sum(ours.gaps), "bare": int(heard.splitlines()[-1]), "packets": sent, "lost": lost}


async def _bare(url: str) -> int:
    from convai_panda.transport.livekit import _load_livekit

    rtc = _load_livekit()
    tracks: asyncio.Queue[object] = asyncio.Queue()
    room = rtc.Room()
    room.on("track_subscribed", lambda track, *_: tracks.put_nowait(track))
    response = await asyncio.to_thread(_connect, url, character_id(0))
    await room.connect(response["room_url"], response["token"])
    stream = rtc.AudioStream(await tracks.get(), sample_rate=48_000, num_channels=1, frame_size_ms=20)
    heard = bytearray()
    async for event in stream:
        heard += bytes(event.frame.data)
        if len(heard) >= (_SECONDS + _FADE_IN) * 96_000:
            break
    await stream.aclose()
    await room.disconnect()
    samples = np.frombuffer(bytes(heard[round(_FADE_IN * 96_000) :]), "<i2").astype(np.float64) / 32_768
    return _gaps_and_end(samples, TONES[0])[0]


if __name__ == "__main__":
    match sys.argv[1]:
        case "hum":
            print(json.dumps(_listen(sys.argv[2])))
        case "bare":
            print(asyncio.run(_bare(sys.argv[2])))
