"""P6: 200 visits (join, hear, speak, leave) and what is left of them in the game's process; beside it the bare SDK.

The game walks up to a character and away again; its process is this one, its rooms' process is replaced as it
grows. The bare SDK does the same in a process of its own.
"""

import asyncio
import json
import subprocess
import sys
import urllib.request

import numpy as np
from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from convai_panda import AudioFrame, CloudTransport, Convai, MemoryContinuity, Nearest, Room, SessionState, SilentVoice
from convai_panda.protocol.connect import ConnectResponse
from convai_panda.testing import step_until
from convai_panda.transport.process import ProcessRooms

from .figure import Figure
from .processes import SENDERS, Service, Size, serving, size
from .senders import character_id

_VISITS = 200
_SETTLED = 10  # visits after which everything that is needed once is there
_SPOKEN = 10  # frames of the player's voice a visit
_HEARD = 3  # frames of the character's
_RSS_TARGET = 2.0  # MB
_TONE = (8_000 * np.sin(2 * np.pi * 300 * np.arange(960) / 48_000)).astype("<i2").tobytes()


class _Speaking(CloudTransport):
    """The player says something as soon as the room is open."""

    speaking: set[asyncio.Task[None]]

    async def join(self, response: ConnectResponse) -> Room:
        room = await super().join(response)
        task = asyncio.create_task(self._speak(room))
        self.speaking.add(task)
        task.add_done_callback(self.speaking.discard)
        return room

    async def _speak(self, room: Room) -> None:
        for _ in range(_SPOKEN):
            await room.publish(AudioFrame(_TONE))
            await asyncio.sleep(0.02)


def measure() -> list[Figure]:
    """Ours, then the bare SDK."""
    with serving(SENDERS) as service:
        ours, child, replaced = _visit_often(service)
        program = [sys.executable, "-m", "tests.benchmarks.p6_visits", service.connect_url]
        bare = [Size(**each) for each in json.loads(subprocess.check_output(program, text=True).splitlines()[-1])]
    # Noise of one size is no growth: the median of the last ten visits beside that of the ten after settling.
    growth, bare_growth = (_middle(sizes[-10:]) - _middle(sizes[_SETTLED : _SETTLED + 10]) for sizes in (ours, bare))
    first = ours[_SETTLED]
    threads, descriptors = (
        max(getattr(each, what) for each in ours[_SETTLED:]) - getattr(first, what)
        for what in ("threads", "descriptors")
    )
    most = max(each.threads for each in bare), max(each.descriptors for each in bare)
    return [
        Figure(
            "P6",
            f"the game's memory, visit {_SETTLED} to {_VISITS}",
            f"{growth:+.1f} MB",
            f"bare SDK in one process: {bare_growth:+.1f} MB",
            f"{growth / bare_growth:.2f}",
            f"+-{_RSS_TARGET:.0f} MB",
            abs(growth) <= _RSS_TARGET,
        ),
        Figure(
            "P6",
            f"most threads, descriptors (at visit {_SETTLED}: {first.threads}, {first.descriptors})",
            f"{threads:+d}, {descriptors:+d}",
            f"bare SDK: up to {most[0]}, {most[1]}",
            "",
            "flat (+-1)",
            threads <= 1 and descriptors <= 1,
        ),
        Figure("P6", "the rooms' process: replaced, largest", f"{replaced} times, {child:.0f} MB", "", "", ""),
    ]


def _middle(sizes: list[Size]) -> float:
    return sorted(each.rss for each in sizes)[len(sizes) // 2]


def _visit_often(service: Service) -> tuple[list[Size], float, int]:
    """The game's size after each visit, the largest of its rooms' process, and how often that was replaced."""
    load_prc_file_data("", "window-type none\naudio-library-name null\nnotify-level-device fatal")
    base = ShowBase()
    player = base.render.attach_new_node("player")
    rooms = ProcessRooms()
    transport = _Speaking(url=service.connect_url, api_key=service.api_key, rooms=rooms)
    transport.speaking = set()
    convai = Convai(
        base,
        transport=transport,
        voice=SilentVoice(),
        listener=player,
        proximity=Nearest(linger=0.0),
        continuity=MemoryContinuity(),
    )
    node = base.render.attach_new_node("guard")
    guard = convai.add_character(character_id(0), node, greeting=None)
    sizes, largest = [], 0.0
    for _ in range(_VISITS):
        player.set_pos(0, -2, 0)
        step_until(base, lambda: guard.loudness > 0.02 and not transport.speaking, within=30)
        if rooms.child is not None:
            largest = max(largest, rooms.child.health.rss_bytes / 1e6)
        player.set_pos(0, -60, 0)
        step_until(base, lambda: guard.state is SessionState.CLOSED, within=30)
        sizes.append(size())
    convai.destroy()
    base.destroy()
    return sizes, largest, rooms.started - 1


async def _bare(url: str) -> list[Size]:
    """The same visits with ``livekit.rtc`` alone."""
    from livekit import rtc

    sizes = []
    for _ in range(_VISITS):
        room, heard = rtc.Room(), asyncio.Queue[rtc.Track]()
        room.on("track_subscribed", lambda track, *_, heard=heard: heard.put_nowait(track))
        response = await asyncio.to_thread(_connect, url)
        await room.connect(response["room_url"], response["token"])
        stream = rtc.AudioStream(await heard.get(), sample_rate=48_000, num_channels=1)
        count = 0
        async for _event in stream:
            count += 1
            if count == _HEARD:
                break
        source = rtc.AudioSource(48_000, 1)
        microphone = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        await room.local_participant.publish_track(microphone, rtc.TrackPublishOptions())
        for _ in range(_SPOKEN):
            await source.capture_frame(rtc.AudioFrame(_TONE, 48_000, 1, 960))
            await asyncio.sleep(0.02)
        await stream.aclose()
        await room.disconnect()
        await source.aclose()
        sizes.append(size())
    return sizes


def _connect(url: str, character: str = character_id(0)) -> dict[str, str]:
    body = json.dumps({"character_id": character}).encode()
    request = urllib.request.Request(f"{url}/connect", body, {"Content-Type": "application/json"})
    answer: dict[str, str] = json.loads(urllib.request.urlopen(request).read())
    return answer


if __name__ == "__main__":
    from dataclasses import asdict

    print(json.dumps([asdict(each) for each in asyncio.run(_bare(sys.argv[1]))]))
