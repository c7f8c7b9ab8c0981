"""One session's pictures: the latest one, shown in whatever room it is. Runs on the asyncio thread."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from .errors import RoomError, RoomLost
from .picture import Picture
from .transport.base import Room, ShowsPictures

if TYPE_CHECKING:
    from .protocol.connect import ConnectRequest

_log = logging.getLogger(__name__)

_TRACK = "camera"  # the service's own name for it


class Sighted:
    """Shows pictures to a character that was asked for with ``connection_type`` "video", and to no other."""

    def __init__(self) -> None:
        self._picture: Picture | None = None
        self._news = asyncio.Event()

    def show(self, picture: Picture) -> None:
        """Take a picture; one that still waits is older, and dropped."""
        self._picture = picture
        self._news.set()

    async def run(self, room: Room, ready: asyncio.Event, request: ConnectRequest) -> None:
        """Show them in a room, from when the character is ready."""
        if request.connection_type != "video":
            return
        if not isinstance(room, ShowsPictures):
            _log.warning("This transport's rooms take no pictures: the character will not see.")
            return
        await ready.wait()
        self._picture = None  # from before
        while True:
            self._news.clear()
            picture, self._picture = self._picture, None
            if picture is not None:
                try:
                    await room.show(picture, request.video_track_name or _TRACK)
                except RoomLost:
                    raise
                except RoomError as error:
                    _log.warning("A picture was not shown: %s", error)
            if self._picture is None:
                await self._news.wait()
