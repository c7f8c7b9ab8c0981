"""What arrives, read so that nobody else starves. On the asyncio thread."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

_T = TypeVar("_T")

_BATCH = 64  # items
_BATCH_TIME = 0.064  # s: a thousand a second is a flood
_REST = 0.001  # s in which other rooms, and the game's own thread, have their turn
_BURST = 128  # batches: what comes as fast after these is refused anyway, and had better not be read at all
_LONG_REST = 0.016  # s: four thousand a second, and a game of 60 frames is held up once in each


async def fairly(items: AsyncIterator[_T]) -> AsyncIterator[_T]:
    """The same items in the same order, with a rest now and then where they come faster than anybody speaks."""
    loop = asyncio.get_running_loop()
    began, count, fast = loop.time(), 0, 0
    async for item in items:
        yield item
        count += 1
        if count == _BATCH:
            fast = fast + 1 if loop.time() - began < _BATCH_TIME else 0
            if fast:
                await asyncio.sleep(_REST if fast <= _BURST else _LONG_REST)
            began, count = loop.time(), 0
