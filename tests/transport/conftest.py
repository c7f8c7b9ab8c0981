"""The simulator's service in a process of its own, and processes looked at from outside. Linux's /proc where it is."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pytest
from livekit import api

from convai_panda import CloudTransport, MemoryContinuity
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.transport.base import Room, RoomItem
from convai_panda.transport.rooms import Rooms
from tests.benchmarks.processes import is_running
from tests.livekit_server import livekit_server

__all__ = ["is_running", "livekit_server"]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Service:
    """Where to call it, and with which key."""

    url: str
    api_key: str = field(repr=False)

    def transport(self, rooms: Rooms | None = None) -> "Calls":
        return Calls(api_key=self.api_key, url=self.url, rooms=rooms)


class Calls(CloudTransport):
    """The cloud's transport, noting which conversation each call got."""

    def __init__(self, **arguments: object) -> None:
        super().__init__(**arguments)  # type: ignore[arg-type]
        self.conversations: list[str] = []

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        response = await super().connect(request)
        self.conversations.append(response.character_session_id)
        return response


@pytest.fixture(scope="session")
def service(livekit_server: LiveKitServer) -> Iterator[Service]:
    """``convai-panda sim`` beside us, so that its LiveKit is not in our process."""
    command = [sys.executable, "-m", "convai_panda", "sim", "--port", "0", "--json"]
    command += ["--livekit-url", livekit_server.url, "--livekit-key", livekit_server.key]
    environment = {**os.environ, "LIVEKIT_API_SECRET": livekit_server.secret, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            yield Service(ready["connect_url"], ready["api_key"])
        finally:
            process.terminate()


@pytest.fixture
def continuity() -> MemoryContinuity:
    return MemoryContinuity()


@pytest.fixture(autouse=True)
def _reaped(_nothing_left: None) -> Iterator[None]:
    """asyncio waits for a child on a thread of its own, which ends a moment after the child."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("asyncio-waitpid"):
            thread.join(timeout=5.0)


def token(server: LiveKitServer, room: str, identity: str) -> str:
    """The way into a room of that server."""
    grants = api.VideoGrants(room_join=True, room=room)
    return api.AccessToken(server.key, server.secret).with_identity(identity).with_grants(grants).to_jwt()


async def until(room: Room, condition: Callable[[RoomItem], bool]) -> RoomItem:
    """Read until something of this kind arrives; the room is left after it."""
    async for item in room.incoming():
        if condition(item):
            return item
    raise AssertionError("the room ended before that")


def seconds_until_gone(pid: int, *, within: float) -> float:
    """How long it took the process to end."""
    began = monotonic()
    while is_running(pid):
        assert monotonic() - began < within, f"process {pid} is still there after {within:g} s"
        threading.Event().wait(0.01)
    return monotonic() - began
