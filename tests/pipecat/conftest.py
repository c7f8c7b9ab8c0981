"""The second service: a real pipecat bot in a process of its own, reached by nothing but its URL and key."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from convai_panda import CloudTransport
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.transport.process import ProcessRooms
from tests.livekit_server import give_up, livekit_server
from tests.pipecat import environment

__all__ = ["livekit_server"]

_HERE = Path(__file__).parent
_END_LIMIT = 20.0  # s for the bots to leave their rooms


@dataclass(frozen=True, slots=True)
class Pipecat:
    """Where to call it, and with which key."""

    url: str
    api_key: str = field(repr=False)

    def transport(self) -> CloudTransport:
        # Never in the tests' own process, not even where it comes up late: a panic of LiveKit's would end all of them.
        return CloudTransport(url=self.url, api_key=self.api_key, rooms=ProcessRooms())


def pytest_collection_finish(session: pytest.Session) -> None:
    """Install pipecat before the first test that needs it: a test's limit is not for that."""
    is_wanted = any("pipecat" in getattr(item, "fixturenames", ()) for item in session.items)
    if is_wanted and not session.config.option.collectonly:
        with suppress(environment.PipecatUnavailable):  # the fixture says so
            environment.python()


@pytest.fixture(scope="session")
def pipecat(livekit_server: LiveKitServer) -> Iterator[Pipecat]:
    """The bot's service."""
    try:
        environment.python()
    except environment.PipecatUnavailable as error:
        give_up(str(error))
    yield from serve(livekit_server)


def serve(livekit_server: LiveKitServer) -> Iterator[Pipecat]:
    """Run the service; it ends when its standard input does, so also when we die."""
    command = [str(environment.python()), "-m", "bot"]
    command += ["--livekit-url", livekit_server.url, "--livekit-key", livekit_server.key]
    outside = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    with subprocess.Popen(
        command,
        cwd=_HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**outside, "LIVEKIT_API_SECRET": livekit_server.secret, "PYTHONDONTWRITEBYTECODE": "1"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, f"the bot did not start (exit code {process.wait(_END_LIMIT)}); its reason is above"
            ready = json.loads(line)
            yield Pipecat(ready["connect_url"], ready["api_key"])
            process.stdin.close()
            assert process.wait(_END_LIMIT) == 0, "the bot did not end well"
        finally:
            process.kill()
