"""P4: from a step into the talk ring to the first audible sample, through real rooms, beside the bare LiveKit SDK.

The service is `convai-panda sim` in a process of its own with a real livekit-server. The step is marked in the
captured mix by a click of another sound, so that the time between the two is read from the samples.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import monotonic

import numpy as np
from direct.showbase.ShowBase import ShowBase
from panda3d.core import AudioManager, AudioSound, UserDataAudio, load_prc_file_data

from convai_panda import CloudTransport, Convai, MemoryContinuity, Nearest, SessionState, SpeechFinished
from convai_panda.testing import Mix, capture_mix, step_until

from .figure import Figure

_ROUNDS = 7
_FRAME = 1 / 60  # s
_PRIME = 0.060  # s: what the jitter buffer holds back
_THRESHOLD = 0.004  # of full scale: audible
_CLICK = 96  # samples: 2 ms at 48 kHz


@dataclass(frozen=True, slots=True)
class _Service:
    connect_url: str
    api_key: str


@contextmanager
def _service() -> Iterator[_Service]:
    command = [sys.executable, "-m", "convai_panda", "sim", "--port", "0", "--json", "--latency", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        try:
            yield _Service(ready["connect_url"], ready["api_key"])
        finally:
            process.terminate()


def measure() -> list[Figure]:
    """Alternating rounds of bare, cold and warm; medians."""
    folder = tempfile.TemporaryDirectory(prefix="convai-panda-p4-")
    with folder as name, _service() as service:
        wav = capture_mix(Path(name) / "mix.wav")
        scene = _Scene(service)
        bare = []
        for _ in range(_ROUNDS):
            bare.append(_Bare.measure(service))
            scene.visit(is_warm=False)
            scene.visit(is_warm=True)
        scene.close()
        cold, warm = scene.delays(Mix.read(wav))
    bare_total = statistics.median(bare)
    allowed = bare_total * 1.1 + _FRAME + _PRIME
    cold_median, warm_median = statistics.median(cold), statistics.median(warm)
    what = "POST, join, trigger, first sample with livekit.rtc alone"
    return [
        _row("cold", cold_median, what, bare_total, allowed),
        _row("after the approach ring", warm_median, what, bare_total, None),
    ]


def _row(name: str, ours: float, what: str, bare: float, allowed: float | None) -> Figure:
    return Figure(
        "P4",
        f"step into the talk ring to first sound, {name}, median of {_ROUNDS}",
        f"{ours * 1000:.0f} ms",
        f"{what}: {bare * 1000:.0f} ms",
        f"{ours / bare:.2f}",
        f"<= {allowed * 1000:.0f} ms" if allowed is not None else "",
        ours <= allowed if allowed is not None else None,
    )


class _Scene:
    """A game with one character, entered again and again; every visit is a conversation of its own."""

    def __init__(self, service: _Service) -> None:
        load_prc_file_data("", "window-type none\naudio-library-name p3openal_audio\nnotify-level-device fatal")
        self._base = ShowBase()
        self._player = self._base.render.attach_new_node("player")
        self._away()
        self._convai = Convai(
            self._base,
            transport=CloudTransport(url=service.connect_url, api_key=service.api_key),
            listener=self._player,
            proximity=Nearest(linger=0.1),
            continuity=MemoryContinuity(),
        )
        node = self._base.render.attach_new_node("guard")
        self._guard = self._convai.add_character(str(uuid.uuid4()), node, greeting="Greet the player.")
        self._finished = 0
        self._base.accept(SpeechFinished.name, self._count)
        self._kinds: list[bool] = []
        self._manager = AudioManager.create_AudioManager()
        self._click: AudioSound | None = None

    def visit(self, *, is_warm: bool) -> None:
        """One visit, from far away to far away."""
        if is_warm:
            self._player.set_pos(0, -7, 0)
            step_until(self._base, lambda: self._guard.is_ready, within=30)
        self._kinds.append(is_warm)
        heard = self._finished
        self._mark()
        self._player.set_pos(0, -1.5, 0)
        step_until(self._base, lambda: self._finished > heard, within=30)
        self._away()
        step_until(self._base, lambda: self._guard.state is SessionState.CLOSED, within=30)

    def close(self) -> None:
        self._convai.destroy()
        if self._click is not None:
            self._click.stop()
        self._manager.shutdown()
        self._base.destroy()

    def _mark(self) -> None:
        """Put a click into the mix now."""
        if self._click is not None:
            self._click.stop()
        stream = UserDataAudio(48_000, 1, True)
        stream.append(np.full(_CLICK, 32_767, dtype="<i2").tobytes() + bytes(4_800))
        self._click = self._manager.get_sound(stream, False)
        self._click.play()
        self._manager.update()

    def delays(self, mix: Mix) -> tuple[list[float], list[float]]:
        """Seconds from each click to the first sound after it: cold ones, warm ones."""
        loud = np.abs(mix.samples).max(axis=1)
        clicks = np.flatnonzero(loud > 0.5)
        starts = [int(clicks[0]), *(int(b) for a, b in pairwise(clicks) if b - a > 4_800)]
        assert len(starts) == len(self._kinds), f"{len(starts)} clicks for {len(self._kinds)} visits"
        delays: tuple[list[float], list[float]] = ([], [])
        for start, is_warm in zip(starts, self._kinds, strict=True):
            after = loud[start + 2 * _CLICK :]
            delays[is_warm].append((int(np.argmax(after > _THRESHOLD)) + 2 * _CLICK) / mix.sample_rate)
        return delays

    def _away(self) -> None:
        self._player.set_pos(0, -60, 0)

    def _count(self, *_: object) -> None:
        self._finished += 1


class _Bare:
    """The same visit by hand: urllib, livekit.rtc, and nothing of ours. One loop on one thread for all rounds."""

    _loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def measure(cls, service: _Service) -> float:
        if cls._loop is None:
            cls._loop = asyncio.new_event_loop()
            threading.Thread(target=cls._loop.run_forever, daemon=True).start()
            asyncio.run_coroutine_threadsafe(cls._visit(service), cls._loop).result(60)  # imports, first join
        return asyncio.run_coroutine_threadsafe(cls._visit(service), cls._loop).result(60)

    @classmethod
    async def _visit(cls, service: _Service) -> float:
        from livekit import rtc

        began = monotonic()
        body = json.dumps({"character_id": str(uuid.uuid4()), "transport": "livekit"}).encode()
        request = urllib.request.Request(
            service.connect_url + "/connect",
            data=body,
            headers={"Content-Type": "application/json", "X-API-Key": service.api_key},
        )
        answer = json.loads(await asyncio.to_thread(lambda: urllib.request.urlopen(request).read()))
        room, ready, streams = rtc.Room(), asyncio.Event(), asyncio.Queue[rtc.RemoteAudioTrack]()

        def on_data(packet: rtc.DataPacket) -> None:
            if json.loads(packet.data).get("type") == "bot-ready":
                ready.set()

        def on_track(track: rtc.Track, *_: object) -> None:
            streams.put_nowait(track)

        room.on("data_received", on_data)
        room.on("track_subscribed", on_track)
        await room.connect(answer["room_url"], answer["token"])

        async def say(kind: str, data: dict[str, object]) -> None:
            message = {"label": "rtvi-ai", "type": kind, "id": str(uuid.uuid4()), "data": data}
            await room.local_participant.publish_data(json.dumps(message), reliable=True)

        while not ready.is_set():
            await say("client-ready", {"version": "1.2.0", "about": {"library": "bare"}})
            try:
                async with asyncio.timeout(0.5):
                    await ready.wait()
            except TimeoutError:
                continue
        await say("trigger-message", {"trigger_message": "Greet the player."})
        stream = rtc.AudioStream(await streams.get(), sample_rate=48_000, num_channels=1)
        async for event in stream:
            if np.abs(np.frombuffer(event.frame.data, dtype="<i2")).max() > _THRESHOLD * 32_768:
                break
        taken = monotonic() - began
        await stream.aclose()
        await room.disconnect()
        return taken
