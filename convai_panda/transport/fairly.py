"""What arrives, read so that nobody else starves. On the asyncio thread."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

_T = TypeVar("_T")

_BATCH = 64  # items
_BATCH_TIME = 0.064  # s: a thousand a second is a flood
_REST = 0.001  # s in which other rooms, and the game's own thread, have their turn


async def fairly(items: AsyncIterator[_T]) -> AsyncIterator[_T]:
    """The same items in the same order, with a rest now and then where they come faster than anybody speaks."""
    loop = asyncio.get_running_loop()
    began, count = loop.time(), 0
    async for item in items:
        yield item
        count += 1
        if count == _BATCH:
            if loop.time() - began < _BATCH_TIME:
                await asyncio.sleep(_REST)
            began, count = loop.time(), 0
