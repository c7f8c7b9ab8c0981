"""What goes wrong on purpose: each kind does what its sentence says, and does it again with the same seed."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from convai_panda import (
    AccessDenied,
    AudioFrame,
    AuthenticationError,
    CharacterNotFound,
    CloudTransport,
    ConfigurationError,
    ConnectError,
    ConvaiError,
    InvalidRequest,
    RateLimited,
    RoomLossReason,
    RoomLost,
    ServiceUnavailable,
    SharedSessionConflict,
)
from convai_panda.protocol.client import ClientReady, UserTextMessage
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.simulator import FAULTS, Behaviour, Faults, Simulator
from convai_panda.simulator.actor import Ending
from convai_panda.simulator.faults import find_faults
from convai_panda.simulator.http import LiveKitAccess, SimulatorService
from convai_panda.simulator.line import Line
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.simulator.service import Service
from convai_panda.simulator.trouble import Trouble
from convai_panda.transport.base import MessageArrived, Room

from .stage import CHARACTER

LONG = "Tell me about the hill. Is it far to the mill? And to the sea? I have walked all day. My feet are sore."
STEP = 0.005  # s


class Play:
    """One room on a clock of its own: greeted with words once it is ready; what came of it, and when."""

    def __init__(
        self,
        faults: str | Faults | None,
        *,
        seed: int = 1,
        seconds: float = 30.0,
        trouble: Trouble | None = None,
        **fields: Any,
    ) -> None:
        service = Service()
        body = ConnectRequest.build(character_id=CHARACTER, **fields).encode()
        reply = service.connect(body, {"x-api-key": "k"})
        visit = service.visit(reply.body["session_id"])
        assert visit is not None
        trouble = trouble or Trouble(faults, seed)
        self.line = trouble.play(visit, Behaviour(advises=False), now=0.0, sound_ahead=0.0, limit=60_000, absence=10.0)
        self.raw: list[tuple[float, bytes]] = []
        self.sound: list[float] = []
        self.ended_at: float | None = None
        now, is_spoken_to = 0.0, False
        self.line.receive(ClientReady().encode("id"), now)
        while now < seconds and self.line.ending is None:
            due = self.line.next_time
            now = max(now + STEP, min(seconds, due)) if due is not None else seconds
            for output in self.line.advance(now):
                if isinstance(output, bytes):
                    self.raw.append((now, output))
                elif isinstance(output, AudioFrame):
                    self.sound.append(now)
            if not is_spoken_to and "bot-ready" in self.types():
                is_spoken_to = True
                self.line.receive(UserTextMessage(text=LONG).encode("id"), now)
        self.ended_at = now

    def messages(self) -> list[tuple[float, dict[str, Any]]]:
        """Those that are JSON objects, unwrapped."""
        found = []
        for at, payload in self.raw:
            try:
                wire = json.loads(payload)
                found.append((at, wire["data"] if wire["type"] == "server-message" else wire))
            except (ValueError, LookupError, TypeError):
                continue
        return found

    def types(self) -> list[str]:
        return [str(message.get("type")) for _, message in self.messages() if isinstance(message, dict)]

    def text(self) -> str:
        return "".join(m["data"]["text"] for _, m in self.messages() if m.get("type") == "bot-llm-text")

    def gap(self) -> float:
        return max((after - before for before, after in pairwise(self.sound)), default=0.0)


CALM = Play(None, seconds=30.0)


def doubled(play: Play) -> bool:
    return len(play.raw) > 1.15 * len(CALM.raw) and set(play.types()) == set(CALM.types())


def broken(play: Play) -> bool:
    return len(play.types()) < len(play.raw) or not set(play.types()) <= set(CALM.types())


EFFECTS: dict[str, Callable[[Play], bool]] = {
    "slow-ready": lambda play: 4.0 <= next(at for at, m in play.messages() if m["type"] == "bot-ready") <= 11.0,
    "stall": lambda play: play.gap() >= 1.0 > CALM.gap() and len(play.sound) == len(CALM.sound),
    "cut": lambda play: play.line.ending is Ending.CUT and 4.0 <= (play.ended_at or 0.0) <= 12.1,
    "gone": lambda play: play.line.ending is Ending.GONE and 14.0 <= (play.ended_at or 0.0) <= 22.1,
    "packet-loss": lambda play: 0.85 < len(play.sound) / len(CALM.sound) < 0.99,
    "jitter": lambda play: play.types() == CALM.types() and play.raw != CALM.raw,
    "duplicates": doubled,
    "reordering": lambda play: sorted(play.types()) == sorted(CALM.types()) and play.text() != CALM.text(),
    "no-turn-completed": lambda play: "bot-turn-completed" not in play.types(),
    "no-stopped-speaking": lambda play: "bot-stopped-speaking" not in play.types(),
    "late-text-lost": lambda play: 0 < len(play.text()) < len(CALM.text()) and CALM.text().startswith(play.text()),
    "empty-finals": lambda play: play.types().count("user-transcription") > CALM.types().count("user-transcription"),
    "idle-kill": lambda play: play.line.ending is Ending.IDLE and "user-idle-warning" in play.types(),
    "giant": lambda play: max(len(payload) for _, payload in play.raw) > 59_000,
    "hostile-text": lambda play: play.text() != CALM.text() and not play.text().isprintable(),
    "nonsense": broken,
    "flood": lambda play: len(play.raw) > 3_000,
}


@pytest.mark.parametrize("name", EFFECTS)
def test_each_kind_does_what_it_says(name: str) -> None:
    # Not every room has every fault: one of a few seeds shows it.
    assert any(EFFECTS[name](Play(name, seed=seed, seconds=40.0)) for seed in range(4))


def test_some_rooms_never_get_ready() -> None:
    ready = ["bot-ready" in Play("no-ready", seed=seed).types() for seed in range(8)]
    assert set(ready) == {True, False}


def test_a_quota_is_the_whole_accounts() -> None:
    trouble = Trouble(Faults(about="Two turns.", quota=2), 1)
    first, second, third = (Play(None, trouble=trouble) for _ in range(3))
    assert first.line.ending is None
    assert second.line.ending is third.line.ending is Ending.QUOTA
    assert "bot-llm-started" in second.types()
    assert third.types().index("usage-limit-reached") > third.types().index("bot-ready")
    assert "bot-turn-completed" not in third.types()


def test_a_service_that_breaks_down_says_so_and_closes_the_room() -> None:
    play = Play(Faults(about="One turn.", breakdowns=1.0))
    (told,) = [message for _, message in play.messages() if message["type"] == "error"]
    assert told["data"]["fatal"] is True
    assert play.types().count("bot-turn-completed") >= 1
    assert play.line.ending is Ending.BROKEN


def test_audio_data_lies() -> None:
    output = {"audio_config": {"output": {"audio_routing": "data_only"}}}
    rates = {
        message.get("sample_rate")
        for seed in range(3)
        for _, message in Play("lying-sound", seed=seed, **output).messages()
        if message.get("type") == "audio-data"
    }
    assert len(rates) > 2


def test_the_same_seed_does_the_same_again_and_another_does_not() -> None:
    def shape(play: Play) -> object:
        return [(round(at, 6), len(payload)) for at, payload in play.raw], play.sound, play.line.ending

    for name in ("subway", "hostile", "hotel-wifi", "overload"):
        assert shape(Play(name, seed=3)) == shape(Play(name, seed=3))
        assert shape(Play(name, seed=3)) != shape(Play(name, seed=4))
    body = ConnectRequest.build(character_id=CHARACTER).encode()
    calls = [[Trouble("overload", seed).call(body) for _ in range(20)] for seed in (1, 1, 2)]
    assert calls[0] == calls[1] != calls[2]


def test_what_happens_to_one_character_does_not_change_anothers_chance() -> None:
    one, other = (ConnectRequest.build(character_id=CHARACTER[:-1] + last).encode() for last in "12")
    alone, beside = Trouble("overload", 3), Trouble("overload", 3)
    calm = [alone.call(one) for _ in range(10)]
    busy = [(beside.call(one), beside.call(other))[0] for _ in range(10)]
    assert calm == busy


def test_every_name_has_a_sentence_and_a_wrong_one_is_told_what_there_is() -> None:
    assert all(faults.about.endswith(".") and len(faults.about) < 120 for faults in FAULTS.values())
    assert find_faults("Hotel WiFi".replace("WiFi", "wifi")) is FAULTS["hotel-wifi"]
    with pytest.raises(ConfigurationError, match=r"'tunnel'.*subway"):
        Simulator(faults="tunnel")
    with pytest.raises(ConfigurationError, match="duplicates"):
        Faults(about="Too much.", duplicates=2.0)
    with pytest.raises(ConfigurationError, match="stall_time"):
        Faults(about="Backwards.", stall_time=(2.0, 1.0))


def test_without_faults_nothing_stands_between() -> None:
    assert not isinstance(CALM.line, Line)


KINDS: dict[int, type[ConnectError]] = {
    400: InvalidRequest,
    401: AuthenticationError,
    403: AccessDenied,
    404: CharacterNotFound,
    409: SharedSessionConflict,
    422: InvalidRequest,
    429: RateLimited,
    500: ServiceUnavailable,
    503: ServiceUnavailable,
}

Call = Callable[[], ConvaiError | None]


async def ask(transport: Simulator | CloudTransport, times: int = 6) -> list[ConnectError | None]:
    """What some calls come to."""
    outcomes: list[ConnectError | None] = []
    for _ in range(times):
        try:
            await transport.connect(ConnectRequest.build(character_id=CHARACTER, spawn_agent=False))
            outcomes.append(None)
        except ConnectError as error:
            outcomes.append(error)
    return outcomes


async def ask_over_http(faults: str | Faults, seed: int) -> list[ConnectError | None]:
    access = LiveKitAccess(url="ws://127.0.0.1:9", key="key", secret="s" * 40)
    async with SimulatorService(access, faults=faults, seed=seed) as service:
        transport = CloudTransport(url=service.url, api_key="k" * 20, timeout=5.0)
        try:
            return await ask(transport)
        finally:
            await transport.aclose()


@pytest.mark.parametrize("status", KINDS)
def test_a_status_is_the_same_error_in_process_and_over_http(status: int) -> None:
    async def scene() -> None:
        near = await ask(Simulator(faults=f"status-{status}", seed=2))
        far = await ask_over_http(f"status-{status}", 2)
        assert [type(error) for error in near] == [type(error) for error in far]
        assert KINDS[status] in map(type, near)
        assert (None in near) is (status >= 429)

    asyncio.run(scene())


@pytest.mark.parametrize("faults", ["garbage-body", "dropped-call"])
def test_answers_that_are_none_are_a_service_that_is_away(faults: str) -> None:
    async def scene() -> None:
        near, far = await ask(Simulator(faults=faults, seed=4)), await ask_over_http(faults, 4)
        assert [type(error) for error in near] == [type(error) for error in far]
        assert {type(error) for error in near} == {ServiceUnavailable, type(None)}

    asyncio.run(scene())


def test_slow_answers_are_slow_and_whole() -> None:
    slow = Faults(about="Slow.", connect_delay=(0.1, 0.1), body_time=(0.2, 0.2))

    async def scene() -> None:
        for outcome in (ask(Simulator(faults=slow), 1), ask_over_http(slow, 1)):
            began = time.monotonic()
            assert set(await outcome) == {None}
            assert time.monotonic() - began >= 0.3

    asyncio.run(scene())


def test_a_refused_call_opens_no_room_and_a_wrong_one_is_still_told_so() -> None:
    async def scene() -> None:
        garbage = Faults(about="Nonsense.", garbage_bodies=1.0)
        outcomes = await ask(Simulator(faults=garbage, max_rooms=1), 4)
        assert [type(outcome) for outcome in outcomes] == [ServiceUnavailable] * 4  # and never RateLimited
        (wrong,) = await ask(Simulator(faults=garbage, accepts=("good",)), 1)
        assert isinstance(wrong, AuthenticationError)

    asyncio.run(scene())


async def lose(room: Room) -> RoomLossReason:
    """Wait for the end of a room that nobody leaves."""
    await room.send(ClientReady().encode())
    try:
        async for _ in room.incoming():
            pass
    except RoomLost as lost:
        return lost.reason
    finally:
        await room.aclose()
    raise AssertionError("The room has ended without a reason.")


def test_a_cut_in_process_is_a_lost_room() -> None:
    async def scene() -> None:
        simulator = Simulator(faults=Faults(about="Soon over.", cut_after=(0.2, 0.2)))
        response = await simulator.connect(ConnectRequest.build(character_id=CHARACTER))
        async with asyncio.timeout(10):
            assert await lose(await simulator.join(response)) is RoomLossReason.SIGNAL_CLOSE

    asyncio.run(scene())


@pytest.mark.livekit
def test_the_same_happens_in_real_rooms(livekit_server: LiveKitServer) -> None:
    faults = Faults(about="Twice, and soon over.", duplicates=1.0, cut_after=(1.0, 1.0))
    access = LiveKitAccess(url=livekit_server.url, key=livekit_server.key, secret=livekit_server.secret)

    async def scene() -> None:
        async with asyncio.timeout(30), SimulatorService(access, faults=faults, seed=1) as service:
            transport = CloudTransport(url=service.url, api_key="k" * 20)
            try:
                room = await transport.join(await transport.connect(ConnectRequest.build(character_id=CHARACTER)))
                payloads: list[bytes] = []

                async def listen() -> None:
                    await room.send(ClientReady().encode())
                    async for item in room.incoming():
                        if isinstance(item, MessageArrived):
                            payloads.append(item.payload)

                with pytest.raises(RoomLost) as lost:
                    await listen()
                assert lost.value.reason is RoomLossReason.PARTICIPANT_REMOVED
                assert sum(b"interaction-created" in payload for payload in payloads) == 2
                await room.aclose()
            finally:
                await transport.aclose()

    asyncio.run(scene())


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "convai_panda", "sim", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_the_command_lists_them_and_refuses_others() -> None:
    listed = run("--faults", "help")
    assert listed.returncode == 0
    lines = listed.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(FAULTS)
    assert all(line.endswith(".") for line in lines)
    named = ("--livekit-url", "ws://127.0.0.1:9", "--livekit-key", "k", "--livekit-secret", "s" * 40)
    wrong = run("--faults", "tunnel", *named)
    assert wrong.returncode == 1
    assert "subway" in wrong.stderr
    assert len(wrong.stderr.splitlines()) == 1
