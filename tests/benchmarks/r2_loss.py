"""R2: one packet in twenty lost on the way, and sound that comes up to 100 ms late.

The loss is iptables' on the loopback of a network namespace of its own, so that nothing else suffers; it takes
voice and data messages alike. Needs Linux and root. Gaps are dips of a hummed tone: in the mix that our whole path
makes of it, and beside it in the PCM as the bare SDK hands it out. Lateness is the simulator's own.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import monotonic, sleep

import numpy as np

from .busy_game import Run, play
from .figure import Figure
from .processes import SENDERS, SIMULATOR, serving
from .senders import TONES, character_id

_LOSS = 0.05
_SECONDS = 20.0
_TURNS = 6
_LIMIT = 60.0  # s for one answer
_ASKED = "Tell me about the weather on the hill, and about the mill."
_CHARACTER = "00000000-0000-4000-8000-000000000001"
_INSIDE = (sys.executable, "-m", "tests.benchmarks.r2_loss")


@dataclass(frozen=True, slots=True)
class _Talk:
    """What was heard of some turns of the same character."""

    lines: list[str]
    underruns: int


def measure() -> list[Figure]:
    """Without and with loss; without and with lateness."""
    what = f"{_LOSS:.0%} of all packets lost"
    if reason := _missing():
        is_met = False if os.environ.get("CI", "").lower() in ("1", "true") else None
        return [Figure("R2", what, "not run", reason, "", "", is_met)]
    calm, lossy = _within("hum", 0.0), _within("hum", _LOSS)
    told, told_lossy, told_late = (
        _Talk(**_within("talk", loss, *more)) for loss, more in ((0.0, ()), (_LOSS, ()), (0.0, ("--faults", "jitter")))
    )
    return [
        Figure(
            "R2",
            f"{what}: gaps in {_SECONDS:.0f} s of a voice",
            f"{lossy['ours']}",
            f"bare SDK: {lossy['bare']}; nothing lost: {calm['ours']} and {calm['bare']}",
            "",
            "no more than the bare SDK",
            lossy["ours"] <= max(lossy["bare"], calm["ours"]),
        ),
        _compared(f"{what}: words of {_TURNS} turns", told_lossy, told),
        _compared(f"up to 100 ms late: words of {_TURNS} turns", told_late, told),
    ]


def _compared(what: str, talk: _Talk, calm: _Talk) -> Figure:
    same = sum(one == other for one, other in zip(talk.lines, calm.lines, strict=False))
    return Figure(
        "R2",
        what,
        f"{same} of {len(calm.lines)} lines whole, voice broken off {talk.underruns} times",
        f"without: {len(calm.lines)} lines, {calm.underruns} times",
        "",
        "all",
        talk.lines == calm.lines,
    )


def _missing() -> str:
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs Linux and root"
    absent = [tool for tool in ("unshare", "ip", "iptables") if shutil.which(tool) is None]
    return f"needs {', '.join(absent)}" if absent else ""


def _within(part: str, loss: float, *more: str) -> dict[str, object]:
    """Run a part of this file in a namespace whose loopback loses packets."""
    rule = f"iptables -A INPUT -i lo -p udp -m statistic --mode random --probability {loss} -j DROP"
    prepare = "ip link set lo up" + (f" && {rule}" if loss else "")
    command = ["unshare", "--net", "sh", "-c", f'{prepare} && exec "$@"', "sh", *_INSIDE, part, *more]
    told: dict[str, object] = json.loads(subprocess.check_output(command, text=True, timeout=400.0).splitlines()[-1])
    return told


def _hum() -> dict[str, int]:
    """Gaps of one hummed tone: ours, and those of the bare SDK in the same room's next visit."""
    with serving(SENDERS) as service:
        ours = play(Run(service.connect_url, voices=1, rate=60.0, seconds=_SECONDS))
        bare = subprocess.check_output([*_INSIDE, "bare", service.connect_url], text=True, timeout=90.0)
    return {"ours": sum(ours.gaps), "bare": int(bare.splitlines()[-1])}


async def _bare(url: str) -> int:
    from convai_panda.transport.livekit import _load_livekit

    from .p2_hitches import _gaps_and_end
    from .p6_visits import _connect

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
        if len(heard) >= (_SECONDS + 2.0) * 96_000:
            break
    await stream.aclose()
    await room.disconnect()
    samples = np.frombuffer(bytes(heard[2 * 96_000 :]), "<i2").astype(np.float64) / 32_768  # it fades in
    return _gaps_and_end(samples, TONES[0])[0]


def _talk(arguments: Sequence[str]) -> _Talk:
    from direct.showbase.ShowBase import ShowBase
    from panda3d.core import load_prc_file_data

    from convai_panda import (
        Character,
        CloudTransport,
        Convai,
        MemoryContinuity,
        PandaVoice,
        Speaker,
        Transcript,
        TurnCompleted,
    )
    from convai_panda.audio.panda_sink import PandaSink

    from .ears import Ears

    load_prc_file_data("", "window-type none\naudio-library-name p3openal_audio\nnotify-level-device fatal")
    lines: list[str] = []
    turns: list[object] = []

    def note(character: Character, transcript: Transcript) -> None:
        if transcript.speaker is Speaker.CHARACTER and transcript.is_final:
            lines.append(transcript.text)

    with Ears(), serving((*SIMULATOR, *arguments)) as service:
        base = ShowBase()
        convai = Convai(
            base,
            transport=CloudTransport(url=service.connect_url, api_key=service.api_key),
            voice=PandaVoice(),
            listener=base.render.attach_new_node("player"),
            continuity=MemoryContinuity(),
        )
        node = base.render.attach_new_node("guard")
        node.set_pos(0, 2, 0)
        guard = convai.add_character(_CHARACTER, node, greeting=None)
        base.accept(Transcript.name, note)
        base.accept(TurnCompleted.name, lambda *event: turns.append(event))
        _until(base.task_mgr.step, lambda: guard.is_ready)
        for turn in range(_TURNS):
            guard.say(_ASKED)
            _until(base.task_mgr.step, lambda turn=turn: len(turns) > turn and not guard.is_speaking)  # type: ignore[misc]
        voice = guard._voice
        assert isinstance(voice, PandaSink)
        underruns = sum(stats.underruns for stats in voice.stats.values())
        convai.destroy()
        base.destroy()
    return _Talk(lines, underruns)


def _until(step: Callable[[], object], condition: Callable[[], object]) -> None:
    until = monotonic() + _LIMIT
    while not condition():
        if monotonic() > until:
            raise RuntimeError(f"Not within {_LIMIT:.0f} s.")
        step()
        sleep(1 / 60)


if __name__ == "__main__":
    match sys.argv[1]:
        case "hum":
            print(json.dumps(_hum()))
        case "bare":
            print(asyncio.run(_bare(sys.argv[2])))
        case "talk":
            print(json.dumps(asdict(_talk(sys.argv[2:]))))
