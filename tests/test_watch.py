"""Looking at a visit while it lasts, and letting everybody else on the asyncio thread do the same."""

import asyncio
from contextlib import suppress

import pytest

from convai_panda import AudioFrame
from convai_panda.protocol.client import UserTextMessage
from convai_panda.protocol.server import BotLlmText
from convai_panda.watch import Watch

LOUD = AudioFrame(b"\0\x40" * 960)


@pytest.mark.timeout(5)  # what is tested for would go on for ever
def test_words_at_the_moment_of_an_answers_first_sound_stop_nobody() -> None:
    async def play() -> int:
        watch = Watch(lambda event: None, lambda: None, is_timed=True, refused=lambda update: None)
        running = asyncio.create_task(watch.run())
        await asyncio.sleep(0)
        watch.sent(UserTextMessage(text="How are you?"), 0.0)
        watch.receive(BotLlmText(text="Well. "), None, 1.0, is_talking=True)
        watch.hear(LOUD, 1.1)
        watch.sent(UserTextMessage(text="And your wife?"), 1.1)
        turns = 0
        while turns < 10:
            await asyncio.sleep(0)
            turns += 1
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return turns

    assert asyncio.run(play()) == 10
