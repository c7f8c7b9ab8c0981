"""The HTTP service as a client that knows nothing of us sees it: urllib, JSON, statuses."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from convai_panda.simulator import Memory
from convai_panda.simulator.http import LiveKitAccess, SimulatorService

from .stage import CHARACTER

SECRET = "a-secret-of-more-than-thirty-two-characters"
NOWHERE = LiveKitAccess(url="ws://127.0.0.1:9", key="key", secret=SECRET)
KEY = {"X-API-Key": "good", "Content-Type": "application/json"}

Answer = tuple[int, Any, dict[str, str]]


def post(url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, json.loads(response.read()), dict(response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()), dict(error.headers)


def visit(client: Callable[[str], None], **settings: Any) -> None:
    """Run a blocking client against the service; it gets the service's base URL."""

    async def scene() -> None:
        async with SimulatorService(NOWHERE, api_keys=("good",), **settings) as service:
            await asyncio.to_thread(client, service.url)

    asyncio.run(scene())


def test_a_plain_client_gets_a_room() -> None:
    def client(url: str) -> None:
        body = json.dumps({"character_id": CHARACTER, "spawn_agent": False}).encode()
        status, answer, headers = post(f"{url}/connect", body, KEY)
        assert status == 200
        assert headers["Content-Type"].startswith("application/json")
        assert answer["room_url"] == NOWHERE.url
        assert answer["room_name"].startswith("convai-")
        assert answer["token"].count(".") == 2  # a JWT
        status, answer, _ = post(f"{url}/disconnect?session_id={answer['session_id']}", None, {})
        assert (status, answer) == (200, {"status": "success", "message": "Session disconnected successfully"})

    visit(client)


@pytest.mark.parametrize(
    ("body", "headers", "status", "kind"),
    [
        (b"{}", {}, 401, str),
        (b"{}", {"X-API-Key": "bad", "Content-Type": "application/json"}, 401, str),
        (b"{}", KEY, 422, list),
        (b"{broken", KEY, 422, list),
        (b'{"character_id":"%s","bogus":1}' % CHARACTER.encode(), KEY, 422, list),
        (b'{"character_id":"00000000-0000-0000-0000-000000000000"}', KEY, 404, str),
    ],
    ids=["no key", "bad key", "no character", "broken", "unknown field", "nil character"],
)
def test_refusals_have_the_published_shape(body: bytes, headers: dict[str, str], status: int, kind: type) -> None:
    def client(url: str) -> None:
        got, answer, _ = post(f"{url}/connect", body, headers)
        assert got == status
        assert list(answer) == ["detail"]
        assert isinstance(answer["detail"], kind)

    visit(client)


def test_too_many_rooms_say_when_to_come_back() -> None:
    def client(url: str) -> None:
        body = json.dumps({"character_id": CHARACTER, "spawn_agent": False}).encode()
        assert post(f"{url}/connect", body, KEY)[0] == 200
        status, _, headers = post(f"{url}/connect", body, KEY)
        assert status == 429
        assert headers["Retry-After"] == "5"

    visit(client, max_rooms=1)


def test_disconnect_wants_a_uuid() -> None:
    def client(url: str) -> None:
        status, answer, _ = post(f"{url}/disconnect?session_id=nonsense", None, {})
        assert (status, answer) == (400, {"detail": "Invalid session ID format"})

    visit(client, memory=Memory())


def test_no_secret_shows_in_a_repr() -> None:
    service = SimulatorService(NOWHERE, api_keys=("good",))
    assert SECRET not in f"{NOWHERE!r} {service!r} {vars(service)!r}"
