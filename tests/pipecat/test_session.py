"""A session without a scene, with the real bot: told early, heard, cut short, left and come back to."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from convai_panda import (
    ActionsRequested,
    Event,
    MemoryContinuity,
    Ready,
    SessionState,
    SilentVoice,
    Speaker,
    SpeakingStarted,
    SpeakingStopped,
    StateChanged,
    ThinkingStarted,
    Transcript,
)
from convai_panda.protocol.client import UserTextMessage
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.session import Session, Wish
from tests.conftest import GUARD
from tests.pipecat.conftest import Pipecat
from tests.pipecat.record import LONG

pytestmark = pytest.mark.livekit


class Diary:
    """What a session tells, and waiting for it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Event()

    def tell(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def answers(self) -> list[str]:
        lines = [said for said in self.events if isinstance(said, Transcript) and said.speaker is Speaker.CHARACTER]
        return [said.text for said in lines if said.is_final and not said.is_cut]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20.0):
            while not condition():
                self._news.clear()
                await self._news.wait()


def test_a_visit_and_another_one(pipecat: Pipecat, caplog: pytest.LogCaptureFixture) -> None:
    asyncio.run(_visits(pipecat))
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


async def _visits(pipecat: Pipecat) -> None:
    diary, voice, transport = Diary(), SilentVoice().open(), pipecat.transport()
    session = Session(
        character_id=GUARD,
        request=_request,
        transport=transport,
        continuity=MemoryContinuity(),
        player="Ana",
        greeting=None,
        tell=diary.tell,
        voice=lambda: voice,
    )
    session.want(Wish.TALK)
    session.send(UserTextMessage(text="Hello there"))  # before anybody is there to hear it
    await diary.until(lambda: diary.of(SpeakingStopped))
    assert diary.answers() == ["You said: Hello there. That was message 1."]
    firsts = [Ready, Transcript, ThinkingStarted, SpeakingStarted, ActionsRequested, SpeakingStopped]
    moments = [diary.events.index(diary.of(kind)[0]) for kind in firsts]
    assert moments == sorted(moments)

    session.send(UserTextMessage(text=LONG))
    await diary.until(lambda: len(diary.of(SpeakingStarted)) == 2)
    session.interrupt(voice.interrupt())
    await diary.until(lambda: len(diary.of(SpeakingStopped)) == 2)
    assert [said.text for said in diary.of(Transcript) if isinstance(said, Transcript) and said.is_cut] != []
    await session.aclose()

    session.want(Wish.TALK)
    session.send(UserTextMessage(text="Here I am again"))
    await diary.until(lambda: len(diary.of(SpeakingStopped)) == 3)
    assert diary.answers()[-1] == "You said: Here I am again. That was message 3."
    await session.aclose()
    await transport.aclose()
    assert len(diary.of(Ready)) == 2
    states = [event.state for event in diary.of(StateChanged) if isinstance(event, StateChanged)]
    assert SessionState.LOST not in states


def _request(session_id: str | None) -> ConnectRequest:
    return ConnectRequest.build(
        character_id=GUARD,
        character_session_id=session_id,
        action_config={"actions": ["Wave"]},
        emotion_config={"provider": "nrclex"},
        debug=True,
    )
