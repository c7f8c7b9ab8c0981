"""What the rooms' process writes, seen at the other end of its pipe."""

import asyncio
import os

from convai_panda import AudioFrame
from convai_panda.transport.frames import PREAMBLE, Decoder, Sound
from convai_panda.transport.worker import _Worker

TICK = [Sound(room, f"voice-{room}", AudioFrame(bytes(1920))) for room in range(1, 9)]


def test_all_voices_of_a_tick_are_one_write() -> None:
    """Each write wakes the game, which pays for it with its interpreter's lock."""

    async def run() -> list[bytes]:
        source, game = os.pipe()
        there, sink = os.pipe()
        worker = asyncio.create_task((worker_ := _Worker(source, sink)).run())
        assert await asyncio.to_thread(os.read, there, 1 << 16) == PREAMBLE
        reads = []
        for _ in range(5):
            for sound in TICK:
                worker_.put(sound)
                await asyncio.sleep(0)  # they come one after the other
            reads.append(await asyncio.to_thread(os.read, there, 1 << 16))
        os.close(game)  # the game is gone, and so the process ends
        await worker
        for end in (source, there, sink):
            os.close(end)
        return reads

    for read in asyncio.run(run()):
        assert list(Decoder().feed(read)) == TICK
