"""convai-panda sim as a subprocess: one line of JSON, a clean end, nothing left."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from convai_panda import CloudTransport
from convai_panda.protocol.client import ClientReady, UserTextMessage
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.transport.base import MessageArrived
from convai_panda.transport.process import ProcessRooms

from .stage import CHARACTER


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "convai_panda", "sim", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{process_id}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def children(process_id: int) -> list[int]:
    with open(f"/proc/{process_id}/task/{process_id}/children", encoding="utf-8") as file:
        return [int(child) for child in file.read().split()]


@pytest.mark.livekit
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_starts_its_own_livekit_and_leaves_nothing(livekit_server: LiveKitServer, number: signal.Signals) -> None:
    with running("--port", "0", "--json") as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert set(ready) == {"connect_url", "livekit_url", "api_key"}
        (server,) = children(process.pid)
        with open(f"/proc/{server}/cmdline", encoding="utf-8") as file:
            _, option, config = file.read().rstrip("\0").split("\0")  # and no key among them
        assert option == "--config"
        assert not os.path.exists(config)
        body = json.dumps({"character_id": CHARACTER}).encode()
        headers = {"X-API-Key": ready["api_key"], "Content-Type": "application/json"}
        request = urllib.request.Request(f"{ready['connect_url']}/connect", data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            assert json.loads(response.read())["room_url"] == ready["livekit_url"]
        process.send_signal(number)
        rest, errors = process.communicate(timeout=20)
        assert (process.returncode, rest, errors) == (0, "", "")
        assert not is_alive(server)


def test_it_uses_a_livekit_that_is_named_and_says_what_is_missing() -> None:
    with running("--livekit-url", "ws://127.0.0.1:9", "--livekit-key", "k") as process:
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 1
        assert "--livekit-secret" in errors


def test_a_voice_that_there_is_not_is_one_line_that_names_those_there_are() -> None:
    with running("--voice", "siren", "--livekit-url", "ws://127.0.0.1:9", "--livekit-key", "k") as process:
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 1
        assert errors.splitlines() == [
            "convai-panda sim: There is no voice 'siren'; there are babble, espeak-ng, flite."
        ]


def test_a_taken_port_is_one_line_and_no_traceback(tmp_path: object) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        secret = "x" * 40
        named = ("--livekit-url", "ws://127.0.0.1:9", "--livekit-key", "k", "--livekit-secret", secret)
        with running("--port", port, *named) as process:
            _, errors = process.communicate(timeout=20)
            assert process.returncode == 1
            assert len(errors.splitlines()) == 1
            assert secret not in errors


def test_the_help_says_what_connect_url_is() -> None:
    with running("--help") as process:
        output, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert 'connect_url is the base to which a client appends "/connect"' in output


def test_the_readings_are_listed_and_one_that_is_none_is_refused() -> None:
    with running("--reading", "help") as process:
        output, _ = process.communicate(timeout=20)
        assert "speaking = native-then-wrapped, native, wrapped" in output
    with running("--reading", "speaking=loudly") as process:
        _, errors = process.communicate(timeout=20)
        assert (process.returncode, len(errors.splitlines())) == (1, 1)
        assert "native-then-wrapped" in errors


@pytest.mark.livekit
def test_a_service_whose_messages_have_a_topic_and_whose_rooms_are_named_by_http(livekit_server: LiveKitServer) -> None:
    async def talk(url: str, key: str) -> None:
        transport = CloudTransport(url=url, api_key=key, rooms=ProcessRooms())
        try:
            answer = await transport.connect(ConnectRequest.build(character_id=CHARACTER))
            assert answer.room_url.startswith("http://")
            room = await transport.join(answer)
            await room.send(ClientReady().encode())
            async with asyncio.timeout(20.0):
                async for item in room.incoming():
                    if isinstance(item, MessageArrived) and b"bot-turn-completed" in item.payload:
                        break
                    if isinstance(item, MessageArrived) and b"bot-ready" in item.payload:
                        await room.send(UserTextMessage(text="Hello").encode())
            await room.aclose()
        finally:
            await transport.aclose()

    named = ("--livekit-url", livekit_server.url, "--livekit-key", livekit_server.key)
    named += ("--livekit-secret", livekit_server.secret)
    with running("--json", *named, "--reading", "topic=rtvi", "--reading", "room-url=http") as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        asyncio.run(talk(ready["connect_url"], ready["api_key"]))
