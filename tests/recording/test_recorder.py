"""Everything that goes through is written down, nothing secret is, and the visit never suffers."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from convai_panda import (
    AudioFrame,
    AuthenticationError,
    ConfigurationError,
    RateLimited,
    Recorder,
    Replay,
    RoomLossReason,
    RoomLost,
    Simulator,
)
from convai_panda.protocol.client import UserTextMessage
from convai_panda.recording.entries import Left, Lost, Note, Refused, Said, Sound, TrackOver
from convai_panda.recording.reading import frames_of, read_recording
from convai_panda.recording.writer import Writer
from convai_panda.transport.base import (
    AudioArrived,
    CleansVoice,
    HandsOverAudio,
    MessageArrived,
    RoomItem,
    TrackEnded,
)

from .stage import GUARD, KEY, SESSION, TOKEN, AbleRoom, Scripted, entries, request, visit

NOISE = [AudioFrame(os.urandom(1920)) for _ in range(40)]
ODD = [AudioFrame(b"\x01\x02\x03"), AudioFrame(b""), AudioFrame(os.urandom(320), 16_000)]
ITEMS: list[RoomItem] = [
    MessageArrived(b'{"type":"bot-ready"}'),
    *(AudioArrived("a", frame) for frame in NOISE[:20]),
    MessageArrived(b"\xff\x00 nonsense"),
    *(AudioArrived("b", frame) for frame in ODD),
    *(AudioArrived("a", frame) for frame in NOISE[20:]),
    TrackEnded("a"),
]


async def run(recorder: Recorder, *, hands_over: bool = False) -> list[RoomItem]:
    """Read a scripted room out, close everything, and give what came in the order of its arrival."""
    heard: list[RoomItem] = []
    room = await recorder.join(await recorder.connect(request()))
    if hands_over:
        assert isinstance(room, HandsOverAudio)
        room.hand_audio_to(heard.append, lambda: None)
    try:
        async for item in room.incoming():
            heard.append(item)
            if len(heard) == len(ITEMS):
                break
    finally:
        await room.aclose()
        await recorder.aclose()
    return heard


def replayed(path: Path) -> list[RoomItem]:
    async def play() -> list[RoomItem]:
        transport, heard = Replay(path), list[RoomItem]()
        room = await transport.join(await transport.connect(request()))
        async for item in room.incoming():
            heard.append(item)
            if len(heard) == len(ITEMS):
                break
        await room.aclose()
        return heard

    return asyncio.run(play())


@pytest.mark.parametrize("has_flac", [True, False], ids=["FLAC", "deflate"])
def test_what_came_in_comes_back_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_flac: bool
) -> None:
    monkeypatch.setattr("convai_panda.recording.sound.has_flac", lambda: has_flac)
    recorder = Recorder(Scripted(ITEMS), tmp_path / "visit.convai")
    assert asyncio.run(run(recorder)) == ITEMS
    assert replayed(recorder.path) == ITEMS
    assert read_recording(recorder.path).notes == ()


def test_a_room_keeps_what_it_can_do_and_gets_nothing_that_it_cannot(tmp_path: Path) -> None:
    async def capabilities(room: type) -> tuple[bool, bool]:
        recorder = Recorder(Scripted(room=room), tmp_path / "visit.convai")
        joined = await recorder.join(await recorder.connect(request()))
        await joined.aclose()
        await recorder.aclose()
        return isinstance(joined, CleansVoice), isinstance(joined, HandsOverAudio)

    assert asyncio.run(capabilities(AbleRoom)) == (True, True)
    assert asyncio.run(capabilities(Scripted([])._room)) == (False, False)


def test_sound_that_is_handed_over_is_recorded_too(tmp_path: Path) -> None:
    recorder = Recorder(Scripted(ITEMS, room=AbleRoom), tmp_path / "visit.convai")
    heard = asyncio.run(run(recorder, hands_over=True))
    blocks = [entry for entry in entries(recorder.path) if isinstance(entry, Sound)]
    recorded = [(block.track, frame) for block in blocks for _, frame in frames_of(block)]
    arrived = [(item.track, item.frame) for item in heard if isinstance(item, AudioArrived)]
    assert sorted(recorded, key=str) == sorted(arrived, key=str)


def test_the_players_voice_and_messages_are_recorded_and_reach_the_room(tmp_path: Path) -> None:
    async def speak(*, keeps_words: bool) -> tuple[list[AudioFrame], list[Sound]]:
        scripted = Scripted()
        recorder = Recorder(scripted, tmp_path / "visit.convai", keeps_words=keeps_words)
        room = await recorder.join(await recorder.connect(request()))
        for frame in NOISE:
            await room.publish(frame)
        await room.aclose()
        await recorder.aclose()
        blocks = [entry for entry in entries(recorder.path) if isinstance(entry, Sound)]
        return scripted.rooms[0].published, blocks

    published, blocks = asyncio.run(speak(keeps_words=True))
    assert published == NOISE
    assert [frame for block in blocks for _, frame in frames_of(block)] == NOISE
    published, blocks = asyncio.run(speak(keeps_words=False))
    assert published == NOISE
    assert sum(block.seconds for block in blocks) == pytest.approx(0.8)
    assert all(block.body == b"" for block in blocks)


def test_losses_and_refusals_are_recorded_and_raised_again(tmp_path: Path) -> None:
    loss = RoomLost(RoomLossReason.SERVER_SHUTDOWN, "gone")
    recorder = Recorder(Scripted(ITEMS[:1], loss=loss), tmp_path / "lost.convai")
    with pytest.raises(RoomLost, match="gone"):
        asyncio.run(run(recorder))
    kinds = [type(entry) for entry in entries(recorder.path)]
    assert Lost in kinds
    assert Left in kinds
    assert TrackOver not in kinds
    with pytest.raises(RoomLost) as again:
        asyncio.run(visit(Replay(recorder.path)))
    assert again.value.reason is RoomLossReason.SERVER_SHUTDOWN
    error = RateLimited("slow down", status=429, detail="busy", retry_after=7.5, request_trace_id="t")
    recorder = Recorder(Scripted(error=error), tmp_path / "refused.convai")
    with pytest.raises(RateLimited):
        asyncio.run(run(recorder))
    asyncio.run(recorder.aclose())
    with pytest.raises(RateLimited, match="slow down") as refused:
        asyncio.run(Replay(recorder.path).connect(request()))
    assert (refused.value.retry_after, refused.value.status, refused.value.detail) == (7.5, 429, "busy")


def test_no_secret_is_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVAI_API_KEY", "key-in-the-environment-42")
    said = json.dumps({"type": "error", "data": {"error": f"{KEY} {SESSION} key-in-the-environment-42"}}).encode()
    items = [MessageArrived(said), MessageArrived(b'{"type":"x","data":{"participant_token":"%s"}}' % TOKEN.encode())]
    recorder = Recorder(Scripted(items, loss=RoomLost(RoomLossReason.UNKNOWN, TOKEN), secrets=[KEY]), tmp_path / "a")
    with pytest.raises(RoomLost):
        asyncio.run(run(recorder))
    detail = f"Invalid API key {KEY}"
    refused = Recorder(Scripted(error=AuthenticationError(detail, detail=detail), secrets=[KEY]), tmp_path / "b")
    with pytest.raises(AuthenticationError):
        asyncio.run(run(refused))
    asyncio.run(refused.aclose())
    assert any(isinstance(entry, Refused) for entry in entries(refused.path))
    secrets = (KEY, SESSION, TOKEN, TOKEN.split(".")[0], "key-in-the-environment-42")
    for path in (recorder.path, refused.path):
        assert [secret for secret in secrets if secret.encode() in path.read_bytes()] == []
    assert not any(secret in repr(recorder) for secret in secrets)


def test_a_recorded_visit_is_the_same_visit(tmp_path: Path) -> None:
    said = UserTextMessage(text="Hello.")

    async def both() -> tuple[list[RoomItem], Path]:
        recorder = Recorder(Simulator(characters=[GUARD], latency=0.01), tmp_path / "visit.convai")
        heard = await visit(recorder, said)
        await recorder.aclose()
        return heard, recorder.path

    heard, path = asyncio.run(both())
    # Session ids aside, which the recording has none of.
    own = [item for item in heard if not (isinstance(item, MessageArrived) and b"session_id" in item.payload)]
    again = asyncio.run(visit(Replay(path), said))
    assert [item for item in again if item in own] == own
    assert len(again) == len(heard)


def test_what_nobody_should_send_costs_the_recording_nothing_else(tmp_path: Path) -> None:
    flood = [AudioArrived("a", AudioFrame(os.urandom(300_000))) for _ in range(20)]
    items: list[RoomItem] = [MessageArrived(bytes(5_000_000)), *flood, MessageArrived(b"{}")]

    async def record() -> Path:
        recorder = Recorder(Scripted(items), tmp_path / "visit.convai")
        room = await recorder.join(await recorder.connect(request()))
        async for item in room.incoming():
            if item is items[-1]:
                break
        await room.aclose()
        await recorder.aclose()
        return recorder.path

    recording = read_recording(asyncio.run(record()))
    assert recording.notes == ()
    said = [entry.body for entry in recording.entries if isinstance(entry, Said)]
    assert said == [b"(5000000 bytes: too long to be recorded)", b"{}"]
    blocks = [entry for entry in recording.entries if isinstance(entry, Sound)]
    assert [frame for block in blocks for _, frame in frames_of(block)] == [arrived.frame for arrived in flood]
    assert max(len(block.body) for block in blocks) < 2_000_000


def test_an_earlier_recording_is_kept(tmp_path: Path) -> None:
    paths = [Recorder(Scripted(), tmp_path / "visit.convai").path.name for _ in range(3)]
    assert paths == ["visit.convai", "visit-2.convai", "visit-3.convai"]


def test_a_path_that_cannot_be_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path / "file" / "visit.convai", tmp_path / "a\0b"):
        with pytest.raises(ConfigurationError, match="name a file"):
            Recorder(Scripted(), path)


@pytest.mark.skipif(
    not Path("/dev/full").exists() and os.environ.get("CI") != "true", reason="needs a disk that is full"
)
def test_a_full_disk_ends_the_recording_and_not_the_visit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder(Scripted(ITEMS), tmp_path / "visit.convai")
    recorder.path.unlink()
    recorder.path.symlink_to("/dev/full")
    assert asyncio.run(run(recorder)) == ITEMS
    assert recorder.failure is not None
    assert "No space left" in recorder.failure
    assert caplog.text.count("the visit goes on") == 1


def test_a_file_that_is_taken_away_does_not_end_the_visit(tmp_path: Path) -> None:
    recorder = Recorder(Scripted(ITEMS), tmp_path / "visit.convai")
    recorder.path.unlink()
    assert asyncio.run(run(recorder)) == ITEMS
    assert recorder.failure is not None
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_hangs_keeps_nobody_waiting_and_fills_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = threading.Event()
    save = Writer._save

    def hang(writer: Writer, batch: object) -> None:
        disk.wait()
        save(writer, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(Writer, "_save", hang)
    second = AudioFrame(bytes(96_000))

    async def speak() -> tuple[float, int, Recorder]:
        recorder = Recorder(Scripted(), tmp_path / "visit.convai")
        room = await recorder.join(await recorder.connect(request()))
        longest = 0.0
        for _ in range(500):  # 48 MB
            began = time.monotonic()
            await room.publish(second)
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - began)
        waiting = recorder._writer._waiting_bytes
        disk.set()
        await room.send(b"{}")
        await room.aclose()
        await recorder.aclose()
        return longest, waiting, recorder

    longest, waiting, recorder = asyncio.run(speak())
    assert longest < 0.25
    assert waiting < 40_000_000
    assert recorder.failure is None
    (note,) = [entry for entry in entries(recorder.path) if isinstance(entry, Note)]
    recorded = sum(len(entry.sizes) for entry in entries(recorder.path) if isinstance(entry, Sound))
    assert f"{500 - recorded} frames" in note.text
    assert 100 < recorded < 500


KILLED = """
import asyncio, sys
from convai_panda import Recorder
from tests.recording.stage import Scripted, request
from convai_panda.transport.base import MessageArrived

async def main():
    recorder = Recorder(Scripted([MessageArrived(b'{"n":%d}' % n) for n in range(2000)]), sys.argv[1])
    room = await recorder.join(await recorder.connect(request()))
    async for item in room.incoming():
        await asyncio.sleep(0.001)
        if recorder.path.stat().st_size > 3000:
            print("written", flush=True)
asyncio.run(main())
"""


def test_a_killed_game_leaves_what_it_had_written(tmp_path: Path) -> None:
    path = tmp_path / "visit.convai"
    game = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    assert game.stdout is not None
    assert game.stdout.readline() == "written\n"
    game.send_signal(signal.SIGKILL)
    game.communicate()
    recording = read_recording(path)
    said = [entry for entry in recording.entries if isinstance(entry, Said)]
    assert [json.loads(entry.body)["n"] for entry in said] == list(range(len(said)))
    assert len(said) > 20
    assert any("not closed" in note for note in recording.notes)
