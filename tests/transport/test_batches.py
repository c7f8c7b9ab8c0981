"""What the rooms' process writes, seen at the other end of its pipe."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from time import monotonic

import pytest

from convai_panda import AudioFrame
from convai_panda.transport import batches
from convai_panda.transport.batches import BatchWriter
from convai_panda.transport.frames import Decoder, Message, Said, Sound

FORMS = pytest.mark.parametrize("on_loop", [True, False], ids=["loop", "threads"])
TICK = [Sound(room, f"voice-{room}", AudioFrame(bytes(1920))) for room in range(1, 9)]
WORDS = Message(1, 0, b"{}")


class Game:
    """The reader of the other end."""

    def __init__(self, source: int) -> None:
        self._source = source
        self._decoder = Decoder(preamble=b"ready")

    async def read(self) -> list[Said]:
        """One read."""
        data = await asyncio.to_thread(os.read, self._source, 1 << 16)
        return list(self._decoder.feed(data))


def run(use: Callable[[BatchWriter, Game], Awaitable[None]], *, on_loop: bool) -> None:
    async def write() -> None:
        source, sink = os.pipe()
        out = BatchWriter(b"ready", on_loop=on_loop)
        writing = asyncio.create_task(out.run(sink))
        game = Game(source)
        try:
            assert await game.read() == []
            await use(out, game)
        finally:
            os.close(source)
            out.put(WORDS)
            async with asyncio.timeout(10.0):
                await writing
            os.close(sink)

    asyncio.run(write())


async def say(out: BatchWriter, tick: list[Sound]) -> None:
    for sound in tick:
        out.put(sound)
        await asyncio.sleep(0)  # they come one after the other


def test_all_voices_of_a_tick_are_one_write() -> None:
    """Each write wakes the game, which pays for it with its interpreter's lock."""

    async def use(out: BatchWriter, game: Game) -> None:
        for _ in range(5):
            await say(out, TICK)
            assert await game.read() == TICK

    run(use, on_loop=True)


def test_voices_that_come_and_go_are_soon_one_write_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_TICK", 0.1)

    async def use(out: BatchWriter, game: Game) -> None:
        for tick in (TICK, TICK[2:], TICK[::-1], TICK[:1], TICK):
            for _ in range(2):
                await say(out, tick)
                read: list[Said] = []
                while len(read) < len(tick):
                    read += await game.read()
                assert read == tick
            began = monotonic()
            await say(out, tick)
            assert await game.read() == tick
            assert monotonic() - began < 0.1, "nobody else is waited for"

    run(use, on_loop=True)


def test_words_go_with_the_voices_and_without_them() -> None:
    async def use(out: BatchWriter, game: Game) -> None:
        out.put(WORDS)
        assert await game.read() == [WORDS]
        await say(out, TICK)
        assert await game.read() == TICK
        out.put(WORDS)
        await say(out, TICK)
        assert await game.read() == [WORDS, *TICK]

    run(use, on_loop=True)


@FORMS
def test_a_game_that_does_not_read_loses_old_sound_and_no_words(monkeypatch: pytest.MonkeyPatch, on_loop: bool) -> None:
    monkeypatch.setattr(batches, "_AGE_LIMIT", 0.0)
    monkeypatch.setattr(batches, "_BACKLOG", 200)

    async def use(out: BatchWriter, game: Game) -> None:
        for _ in range(200):
            await say(out, TICK)
            out.put(WORDS)
        read: list[Said] = []
        async with asyncio.timeout(10.0):
            while read.count(WORDS) < 200:
                read += await game.read()
        sounds = [said for said in read if said != WORDS]
        assert len(sounds) < 200 * len(TICK) / 2

    run(use, on_loop=on_loop)
