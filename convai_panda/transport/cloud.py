"""Rooms of the real service, or of anything that speaks like it: POST /connect over HTTPS, then LiveKit.

Runs on the asyncio thread; the only file that knows httpx, which is imported when the first call is made.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from .. import settings
from ..errors import ConfigurationError, ConnectError, ServiceUnavailable
from ..protocol.connect import ConnectRequest, ConnectResponse, parse_error_body
from .address import is_loopback
from .base import Room
from .discretion import Secrets, discretion, shown
from .rooms import DefaultRooms, Rooms
from .unpacking import DecodingError, unpack
from .unreachable import explain_failure, explain_refusal

if TYPE_CHECKING:
    import httpx

_log = logging.getLogger(__name__)

_TIMEOUT = 30.0  # s for the whole call: a cold character takes 3 to 6 s
_BODY_LIMIT = 1 << 20  # bytes: a ConnectResponse has about one thousand


class CloudTransport:
    """Calls the Connect API and joins the LiveKit room that it names.

    One of these says who is calling:

    * ``api_key``: sent as ``X-API-Key``; default ``$CONVAI_API_KEY``;
    * ``auth_token``: sent as ``API-AUTH-TOKEN``;
    * ``token_endpoint``: the URL of a game's own server. The Connect request is posted there, with ``headers``,
      and the server, which holds the key, answers with Convai's response: no key ships with the game.

    ``url`` is the base URL, default PRC ``convai-url``, ``$CONVAI_URL`` or ``https://live.convai.com``.
    ``timeout`` in seconds bounds the whole HTTP call. Plain ``http`` is refused off the loopback unless
    ``allow_insecure``. ``rooms`` says where LiveKit runs (``transport.rooms``): by default in a process of its own,
    started by ``prepare``, and in the game's where there can be none. Raises ConfigurationError.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        auth_token: str | None = None,
        token_endpoint: str | None = None,
        url: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = _TIMEOUT,
        allow_insecure: bool = False,
        rooms: Rooms | None = None,
    ) -> None:
        key = None if auth_token or token_endpoint else settings.api_key(api_key)
        if not (key or auth_token or token_endpoint):
            raise ConfigurationError(
                "The Convai service needs a key: set CONVAI_API_KEY, or pass api_key=, auth_token= or "
                "token_endpoint=. Without any, leave transport out and the built-in simulator answers."
            )
        self._url = token_endpoint or settings.connect_url(url).rstrip("/").removesuffix("/connect") + "/connect"
        _check_url(self._url, allow_insecure=allow_insecure)
        self._shown_url = shown(self._url)
        self._headers = {name: SecretStr(value) for name, value in (headers or {}).items()}
        if key:
            self._headers["X-API-Key"] = SecretStr(_header_value(key, "API key"))
        elif auth_token:
            self._headers["API-AUTH-TOKEN"] = SecretStr(_header_value(auth_token, "auth token"))
        self._timeout = timeout
        self._rooms = rooms or DefaultRooms(allow_insecure=allow_insecure)
        self._client: httpx.AsyncClient | None = None
        self._is_closed = False

    def __repr__(self) -> str:
        return f"CloudTransport({self._shown_url!r})"

    @property
    def rooms(self) -> Rooms:
        """Where LiveKit runs; its ``describe()`` says so in words."""
        return self._rooms

    @property
    def secrets(self) -> Sequence[SecretStr]:
        """What it sends in headers."""
        return tuple(self._headers.values())

    async def prepare(self) -> None:
        """Import the HTTP client, and have LiveKit loaded where it runs: half a second on a slow machine."""
        self._is_closed = False
        await asyncio.to_thread(importlib.import_module, "httpx")
        if not self._is_closed:  # meanwhile
            await self._rooms.prepare()

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        """POST the request; every documented status is an error of its own (see ``convai_panda.errors``)."""
        import httpx

        _log.debug("> POST %s", self._shown_url)
        failure = None
        try:
            async with asyncio.timeout(self._timeout):
                with discretion():
                    status, headers, body = await self._post(request.encode())
        except TimeoutError:
            failure = f"{self._shown_url} did not answer within {self._timeout:g} s."
        except (httpx.HTTPError, httpx.InvalidURL, DecodingError, OSError) as error:
            failure = explain_failure(self._url, error)
        if failure is not None:
            raise ServiceUnavailable(failure)  # out here, so that it does not carry httpx's error and its request
        _log.debug("< %d", status)
        if status != httpx.codes.OK:
            raise self._refusal(request, status, headers, body)
        return ConnectResponse.parse(body)

    def _refusal(self, request: ConnectRequest, status: int, headers: Mapping[str, str], body: bytes) -> ConnectError:
        session = request.character_session_id
        sent = Secrets([*(value.get_secret_value() for value in self._headers.values()), session or ""])
        headers = {name: sent.conceal(value) for name, value in headers.items()}
        return parse_error_body(status, headers, sent.conceal_bytes(body), sent_session=session is not None)

    async def join(self, response: ConnectResponse) -> Room:
        """Join the LiveKit room. Raises JoinError."""
        return await self._rooms.join(response.room_url, response.token.get_secret_value())

    async def aclose(self) -> None:
        """Close pooled HTTP connections, and end the rooms' process."""
        self._is_closed = True
        await self._rooms.aclose()
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _post(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        if self._client is None:
            self._client = self._open_client()
        headers = {name: value.get_secret_value() for name, value in self._headers.items()}
        headers |= {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
        async with self._client.stream("POST", self._url, content=body, headers=headers) as response:
            received = bytearray()
            async for piece in response.aiter_raw():
                received += piece
                self._check_size(received)
            body = unpack(bytes(received), response.headers.get("Content-Encoding", ""), most=_BODY_LIMIT + 1)
            self._check_size(body)
            return response.status_code, response.headers, body

    def _check_size(self, body: bytes | bytearray) -> None:
        if len(body) > _BODY_LIMIT:
            raise ConnectError(f"{self._shown_url} answered with more than {_BODY_LIMIT} bytes: that is no Convai.")

    def _open_client(self) -> httpx.AsyncClient:
        """Raises ConnectError, which trying again cannot mend, where this machine's settings allow no call."""
        import httpx

        # A proxy would read what is not encrypted, and has no way to this machine's own services.
        uses_proxy = self._url.startswith("https:")
        try:
            return httpx.AsyncClient(timeout=self._timeout, follow_redirects=False, trust_env=uses_proxy)
        except (ImportError, ValueError, OSError, httpx.InvalidURL) as error:
            refusal = explain_refusal(error)
        raise ConnectError(refusal)


def _header_value(secret: str, what: str) -> str:
    secret = secret.strip()
    if not secret.isascii() or not secret.isprintable():
        raise ConfigurationError(f"The {what} has characters that no {what} has; copy it once more.")
    return secret


def _check_url(url: str, *, allow_insecure: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"The Convai URL must look like {settings.DEFAULT_URL}, got {shown(url)!r}.")
    if parts.username or parts.password:
        raise ConfigurationError(f"{shown(url)}: put the user and the password into headers=, not into the URL.")
    if parts.scheme == "http" and not allow_insecure and not is_loopback(parts.hostname):
        raise ConfigurationError(
            f"{shown(url)} would send the key unencrypted: use https, or pass allow_insecure=True."
        )
