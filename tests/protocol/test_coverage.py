"""The coverage table is up to date, and what it says about a real LiveKit room is what passes there."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from convai_panda import Character, CloudTransport, Convai
from convai_panda.audio.frame import AudioFrame
from convai_panda.protocol.client import (
    CLIENT_MESSAGES,
    ClientMessage,
    ClientReady,
    ContextUpdate,
    KillPipeline,
    parse_client_message,
)
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.protocol.server import SERVER_MESSAGES, parse_server_message
from convai_panda.simulator import Behaviour, Dialect, Faults
from convai_panda.simulator.characters import VILLAGERS
from convai_panda.simulator.http import LiveKitAccess, SimulatorService
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.simulator.voice import Voice, say
from convai_panda.transport.base import MessageArrived, Room

from ..livekit_server import livekit_server  # noqa: F401 - a fixture
from . import coverage
from .examples import decoded, example, names

INES = next(villager.id for villager in VILLAGERS if villager.has_narrative)
KEY = "good"
_FRAME = 2 * 960  # bytes of 20 ms


def test_the_table_is_up_to_date() -> None:
    assert coverage.README.read_text(encoding="utf-8") == coverage.written(), "run python -m tests.protocol.coverage"


def test_every_message_has_a_row_and_an_example() -> None:
    assert set(coverage.CALLS) == set(CLIENT_MESSAGES) == set(names("client"))
    assert set(SERVER_MESSAGES) == set(names("server"))
    assert [kind for kind in SERVER_MESSAGES if not coverage.events(kind)] == []


def test_what_the_table_says_of_calls_is_so() -> None:
    """The calls are there, and the client makes exactly the messages of which the table says how they are said."""
    owners = {"character": Character, "convai": Convai}
    for call in re.findall(r"`(\w+)\.(\w+)\(\)`", " ".join(coverage.CALLS.values())):
        assert hasattr(owners[call[0]], call[1]), call
    root = coverage.README.parent.parent
    sources = [path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in ("protocol", "simulator")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    made = {kind for kind, each in CLIENT_MESSAGES.items() if re.search(rf"\b{each.__name__}\((?!\):)", code)}
    assert made == {kind for kind, said_by in coverage.CALLS.items() if said_by}


class Visit:
    """One room, entered as a game enters it, and what passes through it."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._changed = asyncio.Event()
        self.sent: set[str] = set()
        self.came: list[str] = []
        self.answers: list[tuple[str, str]] = []
        self.is_over = False

    async def listen(self) -> None:
        try:
            async for item in self._room.incoming():
                if isinstance(item, MessageArrived):
                    message = parse_server_message(item.payload)
                    self.came.append(message.type)
                    if message.type == "server-response":
                        wire = json.loads(item.payload)
                        self.answers.append((wire["event_type"], wire["status"]))
                self._changed.set()
        finally:
            self.is_over = True
            self._changed.set()

    async def until(self, condition: Callable[[], object], limit: float = 20.0) -> None:
        try:
            async with asyncio.timeout(limit):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"Not within {limit:g} s; came: {self.came[-40:]}") from None

    async def until_came(self, *kinds: str, times: int = 1) -> None:
        await self.until(lambda: self.is_over or all(self.came.count(kind) >= times for kind in kinds))

    async def get_ready(self) -> None:
        while "bot-ready" not in self.came:
            await self.send(ClientReady().encode())
            self._changed.clear()
            await asyncio.wait([asyncio.ensure_future(self._changed.wait())], timeout=0.5)

    async def send(self, payload: bytes) -> None:
        self.sent.add(json.loads(payload)["type"])
        await self._room.send(payload)

    async def ask(self, message: ClientMessage | str) -> None:
        """Send a message, or the example of that name, and wait until the service has answered it."""
        payload = example("client", message) if isinstance(message, str) else message.encode()
        kind, before = json.loads(payload)["type"], len(self.answers)
        await self.send(payload)
        await self.until(lambda: self.is_over or kind in [event for event, _ in self.answers[before:]])

    async def speak(self, text: str) -> None:
        """A voice and silence after it, at the pace of a microphone: what comes faster than that is thrown away."""
        sentence = say(text, Voice.of("player"))
        pcm = sentence.read(0, sentence.samples) + bytes(2 * 48_000)
        due = asyncio.get_running_loop().time()
        for at in range(0, len(pcm), _FRAME):
            await self._room.publish(AudioFrame(pcm[at : at + _FRAME].ljust(_FRAME, b"\0")))
            due += 0.02
            await asyncio.sleep(due - asyncio.get_running_loop().time())


@asynccontextmanager
async def visit(service: SimulatorService, **fields: Any) -> AsyncIterator[Visit]:
    transport = CloudTransport(api_key=KEY, url=service.url)
    request = ConnectRequest.build(**{"character_id": INES, "end_user_id": "ana", **fields})
    room = await transport.join(await transport.connect(request))
    one = Visit(room)
    listening = asyncio.create_task(one.listen())
    try:
        await one.get_ready()
        yield one
    finally:
        await room.aclose()
        await asyncio.gather(listening, return_exceptions=True)
        await transport.aclose()


async def converse(service: SimulatorService) -> Visit:
    """A talk in which everything is said that a game can say, at the end of which it is ended."""
    fields = {"blendshape_provider": "ovr", "emotion_config": {"provider": "llm"}, "debug": True}
    async with visit(service, **fields, action_config={"actions": ["wave"]}) as one:
        await one.ask("user_text_message")
        await one.until_came("bot-turn-completed", "metrics", "usage-update")
        await one.speak("Who goes there?")
        await one.until_came("user-transcription", "vad-stt-stopped", "bot-transcription")
        last = ("force-user-stopped-speaking", "kill-pipeline", "client-ready", "user_text_message", "tts-toggle")
        for name in [*(name for name in names("client") if name not in last), "force-user-stopped-speaking"]:
            await one.ask(name)
        await one.ask("tts-toggle")
        turns = one.came.count("turn-trace")
        await one.ask("user_text_message")
        await one.until_came("turn-trace", times=turns + 1)  # which comes last of a turn that nothing has cut short
        await one.ask(ContextUpdate(text="It is raining."))  # the character may answer, and chooses not to
        await one.until_came("llm-no-response")
        await one.ask(KillPipeline())
        await one.until(lambda: one.is_over)
    return one


async def watch_a_face(service: SimulatorService, *, is_ahead: bool) -> Visit:
    """Frames in chunks that come ahead and are taken back; or one by one, with the sound beside them as data."""
    config = {"format": "arkit", "enable_chunking": is_ahead, "deliver_chunks_ahead": is_ahead}
    routing = {"output": {"audio_routing": "audio_only" if is_ahead else "data_only"}}
    fields: dict[str, Any] = {"blendshape_provider": "neurosync", "blendshape_config": config, "audio_config": routing}
    async with visit(service, **fields) as one:
        await one.ask("user_text_message")
        if is_ahead:
            await one.until_came("chunked-neurosync-blendshapes", "bot-started-speaking")
            await one.ask("interrupt-bot")
            await one.until_came("neurosync-blendshapes-cancel")
        else:
            await one.until_came("neurosync-blendshapes", "audio-data", "blendshape-turn-stats")
    return one


async def wait_for_the_end(service: SimulatorService) -> Visit:
    """Nothing is said until the service closes the room; or one turn is, which the plan does not allow."""
    async with visit(service) as one:
        await one.ask("user_text_message")
        await one.until(lambda: one.is_over)
    return one


@pytest.mark.livekit
def test_what_the_table_says_about_real_rooms_is_so(livekit_server: LiveKitServer) -> None:  # noqa: F811
    access = LiveKitAccess(url=livekit_server.url, key=livekit_server.key, secret=livekit_server.secret)

    async def scene() -> Sequence[Visit]:
        usual = SimulatorService(
            access, api_keys=(KEY,), behaviour=Behaviour(moderated_words=("dragon",), dialect=Dialect(bot_output="v1"))
        )
        idle = SimulatorService(access, api_keys=(KEY,), behaviour=Behaviour(idle_timeout=1.5, idle_warning=0.5))
        spent = SimulatorService(access, api_keys=(KEY,), faults=Faults(about="One turn.", quota=1))
        broken = SimulatorService(access, api_keys=(KEY,), faults=Faults(about="One turn.", breakdowns=1.0))
        async with usual, idle, spent, broken:
            talk = await converse(usual)
            others = await asyncio.gather(
                watch_a_face(usual, is_ahead=True),
                watch_a_face(usual, is_ahead=False),
                wait_for_the_end(idle),
                wait_for_the_end(spent),
                wait_for_the_end(broken),
            )
            return [talk, *others]

    visits = asyncio.run(scene())
    assert {kind for one in visits for kind in one.sent} == coverage.SEEN_CLIENT
    assert {kind for one in visits for kind in one.came} == coverage.SEEN_SERVER


def test_the_examples_are_what_the_service_would_take() -> None:
    for name in names("client"):
        message, _ = parse_client_message(example("client", name))
        assert message.type == decoded("client", name)["type"]
