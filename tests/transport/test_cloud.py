"""CloudTransport against a real HTTP server that answers whatever a hostile or broken service would."""

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from convai_panda import (
    AccessDenied,
    AuthenticationError,
    CharacterNotFound,
    CloudTransport,
    ConfigurationError,
    ConnectError,
    InvalidRequest,
    RateLimited,
    ServiceUnavailable,
    SessionNotFound,
    SharedSessionConflict,
)
from convai_panda.protocol.connect import ConnectRequest

KEY = "key-that-nobody-may-see-1234567890"
CHARACTER = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0001"
SESSION = "9a77b1c2-3d4e-4f50-8a61-b2c3d4e5f607"
ANSWER = {
    "session_id": "6c1f0a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b",
    "request_trace_id": "req_1",
    "character_session_id": SESSION,
    "room_url": "wss://example.livekit.cloud",
    "room_name": "room",
    "token": "token-that-nobody-may-see",
    "something_new": {"of": ["next", "year"]},
}


@dataclass
class Service:
    """Answers every POST with what it was told to, and keeps what it was sent."""

    url: str
    status: int = 200
    body: bytes = json.dumps(ANSWER).encode()
    headers: dict[str, str] = field(default_factory=dict)
    stalls: bool = False
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    end: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def service() -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            served.received.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(served.status)
            for name, value in {"Content-Length": str(len(served.body)), **served.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if served.stalls:
                served.end.wait(30)
            self.wfile.write(served.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    served = Service(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield served
    served.end.set()
    server.shutdown()
    server.server_close()
    thread.join()


def ask(transport: CloudTransport, **fields: Any) -> Any:
    async def call() -> Any:
        try:
            return await transport.connect(ConnectRequest.build(character_id=CHARACTER, **fields))
        finally:
            await transport.aclose()

    return asyncio.run(call())


def refused(transport: CloudTransport, **fields: Any) -> ConnectError:
    with pytest.raises(ConnectError) as caught:
        ask(transport, **fields)
    return caught.value


def test_the_request_is_the_documented_one(service: Service) -> None:
    response = ask(CloudTransport(url=service.url, api_key=KEY), connection_type="audio", end_user_id="ana")
    path, headers, body = service.received[0]
    assert path == "/connect"
    assert headers["x-api-key"] == KEY
    assert headers["content-type"] == "application/json"
    sent = json.loads(body)
    assert sent["character_id"] == CHARACTER
    assert sent["transport"] == "livekit"
    assert sent["end_user_id"] == "ana"
    assert "character_session_id" not in sent
    assert response.character_session_id == SESSION
    assert "nobody-may-see" not in repr(response)


def test_other_ways_to_say_who_is_calling(service: Service) -> None:
    ask(CloudTransport(url=service.url, auth_token="minted"))
    ask(CloudTransport(token_endpoint=f"{service.url}/talk", headers={"Authorization": "Bearer game"}))
    (_, first, _), (path, second, _) = service.received
    assert first["api-auth-token"] == "minted"
    assert "x-api-key" not in first
    assert path == "/talk"
    assert second["authorization"] == "Bearer game"
    assert "x-api-key" not in second


def test_a_url_that_names_the_endpoint_already_is_taken_as_it_is(service: Service) -> None:
    ask(CloudTransport(url=f"{service.url}/connect", api_key=KEY))
    assert service.received[0][0] == "/connect"


@pytest.mark.parametrize(
    ("status", "body", "kind", "is_transient"),
    [
        (400, {"detail": "VAD values out of range"}, InvalidRequest, False),
        (400, {"detail": "Missing end_user_id. This character has long-term memory."}, InvalidRequest, False),
        (401, {"detail": "Invalid API key"}, AuthenticationError, False),
        (403, {"detail": "Realtime access denied"}, AccessDenied, False),
        (404, {"detail": "Character not found or doesn't belong to user"}, CharacterNotFound, False),
        (409, {"message": "conflict"}, SharedSessionConflict, False),
        (422, {"detail": [{"type": "missing", "loc": ["body", "character_id"], "msg": "x"}]}, InvalidRequest, False),
        (429, {"error": "too many"}, RateLimited, True),
        (500, "<html>Internal Server Error</html>", ServiceUnavailable, True),
        (503, {"detail": "database unavailable"}, ServiceUnavailable, True),
        (301, "", ConnectError, False),
        (200, "not json", ServiceUnavailable, True),
        (200, {"token": "only-half-of-it"}, ServiceUnavailable, True),
        (200, [], ServiceUnavailable, True),
    ],
)
def test_every_status_is_an_error_of_its_own(
    service: Service, status: int, body: object, kind: type[ConnectError], is_transient: bool
) -> None:
    service.status = status
    service.body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    error = refused(CloudTransport(url=service.url, api_key=KEY))
    assert type(error) is kind
    assert error.is_transient is is_transient
    assert KEY not in f"{error} {error!r}"
    assert "only-half-of-it" not in f"{error} {error!r}"


def test_a_redirect_is_not_followed(service: Service) -> None:
    service.status, service.headers = 307, {"Location": f"{service.url}/elsewhere"}
    refused(CloudTransport(url=service.url, api_key=KEY))
    assert len(service.received) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_the_service_says_when_to_come_back(service: Service, status: int) -> None:
    service.status, service.headers, service.body = status, {"Retry-After": "7"}, b"{}"
    assert refused(CloudTransport(url=service.url, api_key=KEY)).retry_after == 7.0


def test_a_field_that_was_refused_is_named(service: Service) -> None:
    service.status = 422
    service.body = json.dumps(
        {"detail": [{"type": "x", "loc": ["body", "vad_params", "start_secs"], "msg": "no"}]}
    ).encode()
    error = refused(CloudTransport(url=service.url, api_key=KEY))
    assert isinstance(error, InvalidRequest)
    assert error.field == "vad_params.start_secs"


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_saved_conversation_that_is_unknown(service: Service, status: int) -> None:
    service.status, service.body = status, json.dumps({"detail": "Session not found"}).encode()
    assert type(refused(CloudTransport(url=service.url, api_key=KEY), character_session_id=SESSION)) is SessionNotFound


def test_an_endless_body_is_cut_off(service: Service) -> None:
    service.body = b"x" * (2 << 20)
    assert "bytes" in str(refused(CloudTransport(url=service.url, api_key=KEY)))


def test_a_service_that_stalls_is_given_up(service: Service) -> None:
    service.stalls = True
    error = refused(CloudTransport(url=service.url, api_key=KEY, timeout=0.2))
    assert type(error) is ServiceUnavailable
    assert "0.2 s" in str(error)
    service.end.set()


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert type(refused(CloudTransport(url=url, api_key=KEY))) is ServiceUnavailable
    assert type(refused(CloudTransport(url="https://no-such-host.invalid", api_key=KEY))) is ServiceUnavailable


@pytest.mark.parametrize("url", ["live.convai.com", "ftp://live.convai.com", "http://live.convai.com", ""])
def test_a_url_that_cannot_be_is_refused_before_a_key_is_sent(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVAI_URL", "http://convai.example")
    with pytest.raises(ConfigurationError, match="https"):
        CloudTransport(url=url, api_key=KEY)


def test_a_key_with_a_line_break_is_refused() -> None:
    with pytest.raises(ConfigurationError) as caught:
        CloudTransport(api_key="ab\ncd")
    assert "ab" not in str(caught.value).split("API key")[1]


def test_no_secret_is_logged_at_any_level(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    transport = CloudTransport(url=service.url, api_key=KEY)
    ask(transport)
    service.status = 401
    refused(CloudTransport(url=service.url, api_key=KEY))
    assert caplog.records
    text = caplog.text + repr(transport)
    for secret in (KEY, str(ANSWER["token"]), str(ANSWER["session_id"])):
        assert secret not in text
