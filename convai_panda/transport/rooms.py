"""Where rooms live: the seam, and the choice of its form. Runs on the asyncio thread."""

from __future__ import annotations

import logging
from typing import Protocol

from ..errors import JoinError
from .base import Room
from .child import CannotStart
from .livekit import LiveKitRooms
from .process import ProcessRooms

_log = logging.getLogger(__name__)


class Rooms(Protocol):
    """Enters LiveKit rooms. ``ProcessRooms`` does it in a process of their own, ``LiveKitRooms`` in the game's."""

    async def prepare(self) -> None:
        """Do early what would make the first join late. Must not raise."""

    async def join(self, url: str, token: str) -> Room:
        """Enter the room that the token names. Raises JoinError."""

    async def aclose(self) -> None:
        """Let go of everything; rooms are closed by their owners before."""

    def describe(self) -> str:
        """Where rooms live now, in one line for people."""


class DefaultRooms:
    """A process of their own where there can be one, else the game's; the log says which and why."""

    def __init__(self, *, allow_insecure: bool = False) -> None:
        self._allow_insecure = allow_insecure
        self._process = ProcessRooms(allow_insecure=allow_insecure)
        self._rooms: Rooms | None = None  # not known before the first process was tried
        self._why = ""

    async def prepare(self) -> None:
        """Start the process, or load LiveKit here."""
        try:
            await self._choose()
        except JoinError as error:
            _log.warning("%s", error)

    async def join(self, url: str, token: str) -> Room:
        """Enter the room that the token names. Raises JoinError."""
        return await (await self._choose()).join(url, token)

    async def aclose(self) -> None:
        """End the process, if there is one."""
        await (self._rooms or self._process).aclose()

    def describe(self) -> str:
        """Where rooms live, and why not elsewhere."""
        where = (self._rooms or self._process).describe()
        return f"{where}: {self._why}" if self._why else where

    async def _choose(self) -> Rooms:
        if self._rooms is not None:
            return self._rooms
        rooms: Rooms = self._process
        try:
            await self._process.start()
        except CannotStart as error:
            self._why = str(error)
            rooms = LiveKitRooms(allow_insecure=self._allow_insecure)
            await rooms.prepare()
        if self._rooms is None:  # nobody else has chosen meanwhile
            self._rooms = rooms
            _log.log(logging.WARNING if self._why else logging.INFO, "Rooms are %s", self.describe())
        return self._rooms
