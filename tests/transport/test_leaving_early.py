"""A room of the rooms' process that is left before anything of it has begun."""

import asyncio

from convai_panda.transport.frames import Left, Said
from convai_panda.transport.livekit import LiveKitRooms
from convai_panda.transport.visit import Visit


def test_a_visit_that_is_left_in_the_moment_it_is_asked_for_says_that_it_is_over() -> None:
    async def run() -> None:
        said, over = list[Said](), list[int]()
        visit = Visit(3, LiveKitRooms(), "ws://127.0.0.1:1", "token", said.append, over.append)
        visit.leave()
        await visit.aclose()
        assert said == [Left(3)]
        assert over == [3]

    asyncio.run(run())
