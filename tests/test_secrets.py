"""No key, token or session id is to be seen: in logs at any level, reprs, exceptions, arguments or environments."""

import asyncio
import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from convai_panda import CloudTransport, ConfigurationError, FileContinuity, JoinError, MessageReceived
from convai_panda.conversation import Conversation
from convai_panda.protocol.server import InteractionCreated
from convai_panda.simulator.livekit_server import LiveKitServer
from convai_panda.transport.discretion import Secrets, shown
from convai_panda.transport.livekit import LiveKitRooms

from .secret_visits import serving
from .simulator.test_command import running
from .transport.conftest import livekit_server

__all__ = ["livekit_server"]

KEY = "key-that-nobody-may-see-1234567890"


@pytest.mark.livekit
def test_visits_show_no_secret_to_anybody(livekit_server: LiveKitServer, tmp_path: Path) -> None:
    # The service's own key has a name of its own here, so that the search can tell whose slip it was.
    named = ("--livekit-url", livekit_server.url, "--livekit-key", livekit_server.key)
    os.environ["LIVEKIT_API_SECRET"] = livekit_server.secret
    try:
        with running("--port", "0", "--json", "--api-key", KEY, *named) as service:
            assert service.stdout is not None
            ready = json.loads(service.stdout.readline())
            found = tmp_path / "secrets.json"
            command = [
                sys.executable,
                "-m",
                "tests.secret_visits",
                ready["connect_url"],
                KEY,
                livekit_server.url,
                found,
            ]
            environment = {**os.environ, "PYTHONASYNCIODEBUG": "1", "CONVAI_API_KEY": KEY}
            game = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=200, env=environment, errors="replace"
            )
    finally:
        del os.environ["LIVEKIT_API_SECRET"]
    assert game.returncode == 0, game.stderr[-3000:]
    secrets = [*json.loads(found.read_text()), livekit_server.secret]
    assert len(secrets) > 8
    seen = game.stdout + game.stderr
    for sign in ("convai_panda.session DEBUG", "AuthenticationError", "JoinError", "response ", "PYTHONPATH="):
        assert sign in seen, f"The search has not seen {sign}."
    slips = [line[:300] for line in seen.splitlines() if any(secret in line for secret in secrets)]
    assert slips == []


def test_a_url_is_shown_without_what_may_be_secret() -> None:
    assert shown("https://ana:pw@host.example:8443/talk?key=abc#x") == "https://host.example:8443/talk"
    assert shown("http://[::1]:80/") == "http://[::1]:80/"
    assert shown("my-key-in-the-wrong-place") == "(no URL)"
    assert shown("https://host:port/") == "https://host/"


def test_a_password_in_the_url_is_refused_without_being_repeated() -> None:
    with pytest.raises(ConfigurationError, match="headers=") as caught:
        CloudTransport(token_endpoint="https://ana:secret-pw@host.example/talk?key=also")
    assert "secret-pw" not in str(caught.value)
    assert "also" not in str(caught.value)


def test_what_a_service_repeats_is_concealed_and_other_words_are_not() -> None:
    secrets = Secrets(["Bearer abcdefgh-1234", "short", ""])
    assert secrets.conceal("Bearer abcdefgh-1234 / abcdefgh-1234 / short") == "… / … / short"


def test_other_calls_of_the_game_are_logged_as_ever(caplog: pytest.LogCaptureFixture) -> None:
    from convai_panda.transport.discretion import discretion

    caplog.set_level(logging.INFO)
    log = logging.getLogger("httpx")
    with discretion():
        log.info("ours")
    log.info("theirs")
    assert [record.message for record in caplog.records] == ["theirs"]


def test_the_game_is_not_told_the_id_of_a_conversation() -> None:
    message = InteractionCreated(interaction_id="i-1", character_session_id="9a77b1c2")
    (event,) = Conversation().receive(message, 0.0)
    assert isinstance(event, MessageReceived)
    assert event.payload == {"interaction_id": "i-1"}
    assert "payload" not in repr(event)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_saved_ids_are_for_the_player_alone(tmp_path: Path) -> None:
    path = tmp_path / "ids.sqlite3"
    FileContinuity(path).save("ana", "guard", "1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@contextmanager
def listening(location: str | None, seen: list[str]) -> Iterator[str]:
    """A web server that notes all that it is sent, and redirects everybody."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(f"{self.path}\n{self.headers}")
            self.send_response(307 if location else 404)
            if location:
                self.send_header("Location", location + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as address:
        yield address


def test_a_token_goes_to_the_host_that_was_named_and_not_where_that_sends_us() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJ2aWRlbyI6e319.a-secret"
    named: list[str] = []
    other: list[str] = []
    with listening(None, other) as elsewhere, listening(f"http://{elsewhere}", named) as host:

        async def join() -> None:
            await LiveKitRooms().join(f"ws://{host}", token)

        with pytest.raises(JoinError) as caught:
            asyncio.run(join())
    assert any(token in request for request in named)
    assert not any(token in request for request in other)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "url", ["ws://livekit.example", "http://10.0.0.1", "ftp://127.0.0.1", "", "not a url", "wss://"]
)
def test_a_token_goes_nowhere_unencrypted(url: str) -> None:
    with pytest.raises(JoinError):
        asyncio.run(LiveKitRooms().join(url, "token"))
