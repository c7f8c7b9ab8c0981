"""A real livekit-server for tests: found or built once, skipped with the line to type where it cannot be had."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from typing import NoReturn

import pytest

from convai_panda.simulator import livekit_server as servers
from convai_panda.transport.livekit import _load_livekit


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the server before the first test if one needs it: it takes minutes, and a test's limit is not for that."""
    is_wanted = any("livekit_server" in getattr(item, "fixturenames", ()) for item in session.items)
    if is_wanted and not session.config.option.collectonly and servers.find() is None and shutil.which("go"):
        with suppress(servers.ServerUnavailable):  # the fixture says so
            servers.build()


@pytest.fixture(scope="session")
def livekit_server() -> Iterator[servers.LiveKitServer]:
    """A server on loopback; its url, key and secret say how to use it."""
    _load_livekit()  # before any test does it by itself: its own log comes on threads that are then left over
    try:
        if servers.find() is None:
            _check_buildable()
            servers.build()  # once more, for the reason
        server = servers.LiveKitServer()
        server.start()
    except servers.ServerUnavailable as error:
        give_up(str(error))
    try:
        yield server
    finally:
        server.stop()


def _check_buildable() -> None:
    if shutil.which("go") is None:
        give_up(
            "no livekit-server: install Go and run these tests again, which then builds it once "
            f"({servers.INSTALL_LINE}), or put livekit-server on PATH"
        )


def give_up(reason: str) -> NoReturn:
    """Skip the test, or fail it in CI."""
    # In CI a skipped test would pass for a passed one.
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason)
    pytest.skip(reason)
