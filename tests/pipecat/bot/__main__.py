"""``python -m bot``: the service, until its standard input ends. Says where it is in one line of JSON."""

import argparse
import asyncio
import json
import os
import secrets
import sys
from typing import Any
from uuid import uuid4

from aiohttp import web
from livekit import api
from loguru import logger
from pipecat.processors.aggregators.llm_context import LLMContext

from .visit import Visit


class Service:
    """Characters of any id, each conversation by its id, one bot for each visit."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._livekit = (url, key, secret)
        self._contexts: dict[str, LLMContext] = {}
        self._visits: dict[Visit, asyncio.Task[None]] = {}
        self.api_key = secrets.token_hex(8)

    async def connect(self, request: web.Request) -> web.Response:
        """``POST /connect``."""
        if request.headers.get("X-API-Key") != self.api_key:
            return web.json_response({"detail": "Invalid API key"}, status=401)
        asked: dict[str, Any] = await request.json()
        session_id = asked.get("character_session_id") or str(uuid4())
        if asked.get("character_session_id") and session_id not in self._contexts:
            return web.json_response({"detail": "Session not found"}, status=404)
        context = self._contexts.setdefault(session_id, LLMContext())
        room = f"convai-{secrets.token_hex(6)}"
        url = self._livekit[0]
        asked = {**asked, "character_session_id": session_id}
        visit = Visit(url=url, room=room, token=self._token(room, "agent"), request=asked, context=context)
        task = self._visits[visit] = asyncio.create_task(visit.play())
        task.add_done_callback(lambda _: self._visits.pop(visit, None))
        answer = {
            "session_id": str(uuid4()),
            "request_trace_id": f"req_{secrets.token_hex(6)}",
            "character_session_id": session_id,
            "room_url": url,
            "room_name": room,
            "token": self._token(room, f"player-{secrets.token_hex(4)}"),
        }
        return web.json_response(answer)

    async def aclose(self) -> None:
        """End every visit."""
        visits = dict(self._visits)
        for visit in visits:
            await visit.close()
        await asyncio.gather(*visits.values(), return_exceptions=True)

    def _token(self, room: str, identity: str) -> str:
        _, key, secret = self._livekit
        grants = api.VideoGrants(room_join=True, room=room)
        return api.AccessToken(key, secret).with_identity(identity).with_grants(grants).to_jwt()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--livekit-url", required=True)
    parser.add_argument("--livekit-key", required=True)
    options = parser.parse_args()
    service = Service(options.livekit_url, options.livekit_key, os.environ["LIVEKIT_API_SECRET"])
    app = web.Application()
    app.router.add_post("/connect", service.connect)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ready = {"connect_url": f"http://127.0.0.1:{runner.addresses[0][1]}", "api_key": service.api_key}
    print(json.dumps(ready), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()
    await service.aclose()


logger.remove()
logger.add(sys.stderr, level=os.environ.get("PIPECAT_LOG", "WARNING"))
asyncio.run(main())
