"""The simulator as an HTTP service: ``POST /connect`` and ``/disconnect``, and real LiveKit rooms. Runs on asyncio."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web

from .behaviour import Behaviour
from .characters import Cast
from .faults import Faults
from .livekit_room import LiveKitStage
from .memory import Memory
from .service import Reply, Service
from .trouble import Trouble

_log = logging.getLogger(__name__)

_BODY_LIMIT = 1 << 20  # bytes
_PIECES = 10  # of a body that arrives slowly
_STOP_LIMIT = 2.0  # s for requests that are under way


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveKitAccess:
    """A LiveKit deployment and the key to its rooms."""

    url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)


class SimulatorService:
    """Listens on ``host`` and ``port`` (0: any free one) between ``start()`` and ``aclose()``.

    ``faults`` and ``seed`` are those of ``Simulator``; so are the errors.
    """

    def __init__(
        self,
        access: LiveKitAccess,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        api_keys: tuple[str, ...] | None = None,
        cast: Cast | None = None,
        memory: Memory | None = None,
        behaviour: Behaviour | None = None,
        max_rooms: int | None = None,
        faults: str | Faults | None = None,
        seed: int | None = None,
    ) -> None:
        self._trouble = Trouble(faults, seed)
        self._behaviour = behaviour or Behaviour()
        self._stage = LiveKitStage(
            access.url, key=access.key, secret=access.secret, behaviour=self._behaviour, trouble=self._trouble
        )
        self._service = Service(
            api_keys=api_keys,
            cast=cast,
            memory=memory,
            room_url=access.url,
            make_token=self._stage.make_token,
            max_rooms=max_rooms,
            dialect=behaviour.dialect if behaviour else None,
        )
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def url(self) -> str:
        """The base to which a client appends ``/connect``."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def seed(self) -> int:
        """With this ``seed`` the same things go wrong again."""
        return self._trouble.seed

    @property
    def livekit_url(self) -> str:
        """Where the rooms are."""
        return self._stage.url

    async def start(self) -> None:
        """Begin to listen. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.router.add_post("/connect", self._connect)
        app.router.add_post("/", self._connect)  # for a client that takes the printed URL for the endpoint itself
        app.router.add_post("/disconnect", self._disconnect)
        # No access log: a session id in a query is a secret.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_LIMIT)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def aclose(self) -> None:
        """Stop listening, end all visits."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self._stage.aclose()
        await self._behaviour.synthesizer.aclose()

    async def _connect(self, request: web.Request) -> web.Response:
        body = await request.read()
        call = self._trouble.call(body)
        await asyncio.sleep(call.delay)
        if call.is_dropped:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # to nobody
        reply = self._service.connect(body, request.headers)
        if call.reply is not None and reply.status == 200:
            self._service.close(reply.body["session_id"])
            return _response(call.reply, call.body_time)
        if reply.status == 200 and (visit := self._service.visit(reply.body["session_id"])):
            _log.info("Room %s: %s for %s", visit.room_name, visit.character.name, visit.identity)
            # Behind the other transports there is nobody here, and no token that would lead into a room.
            if visit.request.transport == "livekit" and visit.request.spawn_agent is not False:
                self._stage.open(visit, self._service)
        return _response(reply, call.body_time)

    async def _disconnect(self, request: web.Request) -> web.Response:
        session_id = request.query.get("session_id")
        reply = self._service.disconnect(session_id)
        if session_id is not None and reply.status == 200:
            await asyncio.shield(self._stage.close(session_id))
        return _response(reply)


def _response(reply: Reply, body_time: float = 0.0) -> web.Response:
    body = reply.encode()
    return web.Response(
        status=reply.status,
        body=_drip(body, body_time) if body_time and body else body,
        content_type="application/json",
        headers=reply.headers,
    )


async def _drip(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    """The body in small pieces, all of them within so many seconds."""
    size = max(1, len(body) // _PIECES)
    for place in range(0, len(body), size):
        await asyncio.sleep(seconds / _PIECES)
        yield body[place : place + size]
