"""What is said to a character until it is sent: kept in order, each once, for a while. Runs on the asyncio thread.

The service loses what comes before its character listens, so it waits here.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from .events import Event, Undelivered
from .protocol.client import ClientMessage, UserTextMessage

_SIZE = 8  # messages said before the character listens (Unreal plugin)
_BURST = 256  # messages said at once to one that does
_AGE = 30.0  # s: later it would answer what nobody remembers


class _Outgoing(NamedTuple):
    message: ClientMessage
    until: float
    is_standing: bool  # the next Connect request says it too


class Outbox:
    """One session's, in whatever room it is. What is given up is told by ``tell`` as Undelivered."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._waiting: deque[_Outgoing] = deque()
        self._news = asyncio.Event()

    def put(self, message: ClientMessage, *, is_standing: bool, is_heard: bool) -> None:
        """Keep a message; where too many wait, the oldest is given up. ``is_heard``: the character listens."""
        if len(self._waiting) >= (_BURST if is_heard else _SIZE):
            self._give_up("Too much was said before the character was there.")
        self._waiting.append(_Outgoing(message, asyncio.get_running_loop().time() + _AGE, is_standing))
        self.stir()

    def stir(self) -> None:
        """Something has changed: let whoever waits look again."""
        self._news.set()

    async def wait(self) -> None:
        """Until something has changed since this was last waited for."""
        await self._news.wait()
        self._news.clear()

    @property
    def first(self) -> ClientMessage | None:
        """The message whose turn it is."""
        return self._waiting[0].message if self._waiting else None

    def sent(self) -> None:
        """The first message is on its way."""
        self._waiting.popleft()

    def drop_standing(self) -> None:
        """What stands is said otherwise."""
        self._waiting = deque(each for each in self._waiting if not each.is_standing)

    def expire(self) -> None:
        """Give up what has waited too long."""
        now = asyncio.get_running_loop().time()
        while self._waiting and self._waiting[0].until <= now:
            self._give_up(f"The character did not come within {_AGE:.0f} s.")

    def expire_later(self) -> None:
        """The same in time, where nobody will ask for it."""
        if self._waiting:
            asyncio.get_running_loop().call_at(self._waiting[0].until, self.expire)

    def _give_up(self, reason: str) -> None:
        message, _, is_standing = self._waiting.popleft()
        if not is_standing:
            text = message.text if isinstance(message, UserTextMessage) else message.type
            self._tell(Undelivered(text, reason))
