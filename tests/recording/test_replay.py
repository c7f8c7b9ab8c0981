"""A recording as a transport: when things arrive, for whom, and what is told where there is nothing more."""

import asyncio
import json
import random
import zlib
from pathlib import Path

import pytest

from convai_panda import CharacterNotFound, ConfigurationError, ConnectError, JoinError, Recorder, Replay, Simulator
from convai_panda.protocol.client import UserTextMessage
from convai_panda.recording.entries import Said, Sound, to_record
from convai_panda.recording.file import _FRAME, _MARK, MAGIC, Record, pack, unpack
from convai_panda.recording.trace import as_values, trace
from convai_panda.recording.visits import message_type
from convai_panda.transport.base import MessageArrived, RoomItem

from .stage import GUARD, Scripted, entries, request, visit

HELLO = UserTextMessage(text="Hello there.")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A visit in which the player has said one thing."""

    async def record() -> Path:
        recorder = Recorder(
            Simulator(characters=[GUARD], latency=0.01), tmp_path_factory.mktemp("visits") / "one.convai"
        )
        await visit(recorder, HELLO)
        await recorder.aclose()
        return recorder.path

    return asyncio.run(record())


class Clock:
    """Time that runs as fast as it is looked at."""

    def __init__(self, step: float) -> None:
        self.now, self._step = 1000.0, step

    def __call__(self) -> float:
        self.now += self._step
        return self.now


def test_everything_arrives_when_it_did_on_any_clock(recorded: Path) -> None:
    clock = Clock(0.004)

    async def play() -> list[tuple[float, RoomItem]]:
        replay = Replay(recorded, clock=clock)
        room = await replay.join(await replay.connect(request()))
        began, heard = clock.now, []
        async for item in room.incoming():
            heard.append((clock.now - began, item))
            if isinstance(item, MessageArrived) and message_type(item.payload) == "bot-turn-completed":
                break
        await room.aclose()
        return heard

    heard = asyncio.run(play())
    (joined,) = [entry.at for entry in entries(recorded) if entry.kind == "joined"]
    due = [entry.at - joined for entry in entries(recorded) if isinstance(entry, Said) and entry.way == "in"]
    came = [at for at, item in heard if isinstance(item, MessageArrived)]
    assert came == pytest.approx(due[: len(came)], abs=0.05)


def test_with_a_player_who_is_late_the_answer_is_late_too(recorded: Path) -> None:
    async def kinds(*, waits: bool, speaks: bool) -> list[str]:
        replay = Replay(recorded, waits_for_player=waits)
        room = await replay.join(await replay.connect(request()))
        heard = []
        try:
            async with asyncio.timeout(5.0 if speaks or not waits else 0.6):
                async for item in room.incoming():
                    if isinstance(item, MessageArrived):
                        heard.append(message_type(item.payload))
                        if heard[-1] == "bot-ready" and speaks:
                            asyncio.get_running_loop().call_later(0.3, asyncio.ensure_future, room.send(HELLO.encode()))
                        if heard[-1] == "bot-llm-started":
                            break
        except TimeoutError:
            pass
        await room.aclose()
        return heard

    assert "bot-llm-started" in asyncio.run(kinds(waits=False, speaks=False))
    assert "bot-llm-started" not in asyncio.run(kinds(waits=True, speaks=False))
    assert "bot-llm-started" in asyncio.run(kinds(waits=True, speaks=True))


def test_who_is_not_in_it_and_what_comes_after_it_are_said(recorded: Path) -> None:
    async def ask() -> None:
        replay = Replay(recorded)
        assert replay.characters == (GUARD,)
        stranger = request().model_copy(update={"character_id": GUARD[:-1] + "9"})
        with pytest.raises(CharacterNotFound, match=GUARD):
            await replay.connect(stranger)
        response = await replay.connect(request())
        with pytest.raises(ConnectError, match="no further visit") as over:
            await replay.connect(request())
        assert not over.value.is_transient
        other = await Scripted().connect(request())
        with pytest.raises(JoinError, match="no such room"):
            await replay.join(other)
        room = await replay.join(response)
        await room.aclose()

    asyncio.run(ask())


def test_no_file_and_no_recording_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Replay(tmp_path / "nothing.convai")
    (tmp_path / "other").write_bytes(b"RIFF")
    with pytest.raises(ConfigurationError, match="other: This is no recording"):
        Replay(tmp_path / "other")


def test_cut_anywhere_it_plays_what_is_left(recorded: Path, tmp_path: Path) -> None:
    whole, path = recorded.read_bytes(), tmp_path / "cut.convai"
    for size in range(len(MAGIC), len(whole), len(whole) // 97):
        path.write_bytes(whole[:size])
        replay = Replay(path)
        assert any("not closed" in note for note in replay.notes)
        for visit_ in replay._visits:
            replay._items(visit_)


JUNK: list[object] = [
    None, -1, 10**400, 1e300, float("nan"), "", "x" * 300, [], [10**400], [-1], {}, True, "out", "none", [1 << 22] * 99
]  # fmt: skip


def test_whatever_the_heads_say_it_is_a_recording_or_none(recorded: Path, tmp_path: Path) -> None:
    """Checksums are no protection from who writes them."""
    records = [record for record in unpack(recorded.read_bytes()) if isinstance(record, Record)]
    path = tmp_path / "junk.convai"
    for seed in range(150):
        chance = random.Random(seed)
        spoilt = []
        for head, blob in records:
            head = dict(head)
            if chance.random() < 0.3:
                head[chance.choice(list(head))] = chance.choice(JUNK)
            spoilt.append((json.dumps(head).encode(), blob if chance.random() < 0.9 else chance.randbytes(50)))
        path.write_bytes(MAGIC + b"".join(frame(line + b"\n" + blob) for line, blob in spoilt))
        try:
            replay = Replay(path)
        except ConfigurationError:
            continue
        for visit_ in replay._visits:
            replay._items(visit_)
        assert list(trace(replay.recording))
        assert list(as_values(replay.recording))


def frame(body: bytes) -> bytes:
    return _FRAME.pack(_MARK, len(body), zlib.crc32(body)) + body


def test_sound_that_lies_is_left_out(tmp_path: Path) -> None:
    def block(codec: str, body: bytes, size: int = 1920) -> Sound:
        return Sound(9.0, 1, "in", "a", 48_000, (size,), (0,), -3.0, codec, body)

    async def record() -> Path:
        recorder = Recorder(Scripted([MessageArrived(b"{}")]), tmp_path / "lies.convai")
        room = await recorder.join(await recorder.connect(request()))
        await anext(aiter(room.incoming()))
        await room.aclose()
        await recorder.aclose()
        return recorder.path

    path = asyncio.run(record())
    bomb = zlib.compress(bytes(1 << 26))
    lies = [block("flac", b"fLaC nonsense"), block("deflate", b"nonsense"), block("deflate", bomb), block("flac", b"")]
    path.write_bytes(path.read_bytes() + b"".join(pack(to_record(lie)) for lie in lies))
    replay = Replay(path)
    (only,) = replay._visits
    assert [type(item.item) for item in replay._items(only)] == [MessageArrived]
    path.write_bytes(path.read_bytes() + pack(to_record(block("opus-2", b""))))
    with pytest.raises(ConfigurationError, match="update convai_panda"):
        Replay(path)
