"""The simulator in real LiveKit rooms: tokens, one Bot for each visit, rooms cleared away. Runs on one asyncio loop.

Any LiveKit deployment will do, which is how many players are load-tested.
"""

import asyncio
import contextlib
import logging
from datetime import timedelta

from livekit import api

from .actor import Ending
from .behaviour import Behaviour
from .livekit_bot import Bot
from .service import Service, Visit
from .trouble import Trouble

_log = logging.getLogger(__name__)

_TOKEN_LIFE = timedelta(hours=1)
_JOIN_PAUSES = (4.0, 4.0)  # s between tries to join, as pipecat's LiveKit transport makes them
_END_LIMIT = 2.0  # s until whoever ends a visit is let go, should the bot still be joining
_JOIN_LIMIT = 10.0  # s that a closing stage waits for joins that nobody wants any more


class LiveKitStage:
    """Where visits are played: makes tokens, puts a bot into each room, clears the rooms away."""

    def __init__(
        self,
        url: str,
        *,
        key: str,
        secret: str,
        behaviour: Behaviour | None = None,
        trouble: Trouble | None = None,
    ) -> None:
        self.url = url
        self._key = key
        self._secret = secret
        self._behaviour = behaviour or Behaviour()
        self._trouble = trouble or Trouble()
        self._bots: dict[str, tuple[Visit, asyncio.Task[None]]] = {}
        self._endings: set[asyncio.Task[None]] = set()
        self._api: api.LiveKitAPI | None = None

    def __repr__(self) -> str:
        return f"<LiveKitStage {self.url}, {len(self._bots)} rooms>"

    def make_token(self, room_name: str, identity: str) -> str:
        """What lets a participant into a room; a TokenMaker for the Service."""
        # To speak, to hear and to send data is granted by default.
        grants = api.VideoGrants(room_join=True, room=room_name)
        token = api.AccessToken(self._key, self._secret).with_identity(identity).with_grants(grants)
        return token.with_ttl(_TOKEN_LIFE).to_jwt()

    def open(self, visit: Visit, service: Service) -> None:
        """Send the bot into the visit's room; the visit is closed when the bot leaves."""
        task = asyncio.create_task(self._play(visit, service), name=f"convai-bot-{visit.room_name}")
        self._bots[visit.session_id] = (visit, task)
        task.add_done_callback(lambda _: self._bots.pop(visit.session_id, None))

    async def close(self, session_id: str) -> None:
        """End one visit, as POST /disconnect does."""
        if entry := self._bots.get(session_id.lower()):
            entry[1].cancel()
            await asyncio.wait([entry[1]])

    async def aclose(self) -> None:
        """End all visits."""
        tasks = [task for _, task in self._bots.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._endings:
            await asyncio.wait(self._endings, timeout=_JOIN_LIMIT)
        if self._api is not None:
            await self._api.aclose()
            self._api = None

    async def _play(self, visit: Visit, service: Service) -> None:
        try:
            for pause in _JOIN_PAUSES:
                if await self._attend(visit, service):
                    return
                await asyncio.sleep(pause)
            await self._attend(visit, service)
        finally:
            service.close(visit.session_id)

    async def _attend(self, visit: Visit, service: Service) -> bool:
        """One bot in the room until it leaves; whether it got in at all."""
        bot = Bot(visit, self._behaviour, self._trouble)
        token = self.make_token(visit.room_name, f"agent-{visit.room_name}")
        joining = asyncio.create_task(bot.join(self.url, token), name="convai-bot-join")
        has_joined = False
        try:
            await asyncio.shield(joining)
            has_joined = True
            await bot.play()
        except Exception as error:  # noqa: BLE001 - one broken room must not end the others
            # By its kind alone: LiveKit's texts can quote the URL with the token in it.
            _log.warning("The bot of room %s ended with %s.", visit.room_name, type(error).__name__)
        finally:
            if has_joined:
                service.close(visit.session_id)
            ending = asyncio.create_task(self._end(visit, bot, joining), name="convai-bot-end")
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)
            await asyncio.wait([ending], timeout=_END_LIMIT)
        return has_joined

    async def _end(self, visit: Visit, bot: Bot, joining: asyncio.Task[None]) -> None:
        """Leave the room. LiveKit panics, and ends its process, where nobody takes what a join brings."""
        await asyncio.wait([joining])
        joining.exception()  # seen; who is still there was told
        is_empty = bot.is_alone
        await bot.leave()
        # An empty room closes by itself; deleting it holds up rooms that are being joined, by three seconds.
        if not is_empty and bot.ending is not Ending.GONE:
            await self._clear(visit, bot.ending)

    async def _clear(self, visit: Visit, ending: Ending | None) -> None:
        """Close the room for whoever is left in it: a client sees ROOM_DELETED, or that it was thrown out."""
        if self._api is None:
            address = self.url.replace("ws://", "http://", 1).replace("wss://", "https://", 1)
            self._api = api.LiveKitAPI(address, self._key, self._secret)
        with contextlib.suppress(api.TwirpError, OSError, TimeoutError):  # gone already, or the server is
            if ending is Ending.CUT:
                who = api.RoomParticipantIdentity(room=visit.room_name, identity=visit.identity)
                await self._api.room.remove_participant(who)
            else:
                await self._api.room.delete_room(api.DeleteRoomRequest(room=visit.room_name))
