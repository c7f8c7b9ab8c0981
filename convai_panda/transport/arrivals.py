"""What has arrived from one room and was not read yet, in order, and how the room ended. On the asyncio thread."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable

from ..errors import RoomLost
from .base import AudioArrived, MessageArrived, RoomItem

_log = logging.getLogger(__name__)

# Waiting to be read; whoever says more than that faster than it is read is not heard to the end.
_MOST = 8_000  # items: twice what is admitted at once
_MOST_BYTES = 32 << 20  # five hundred of the largest messages that LiveKit carries


class Arrivals:
    """Filled by whoever hears from the room, read once by its owner."""

    def __init__(self) -> None:
        self._items: deque[RoomItem] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self._loss: RoomLost | None = None
        self._is_over = False
        self._dropped = 0
        self._failure: Exception | None = None
        self._take_audio: Callable[[AudioArrived], None] | None = None
        self._settle_audio: Callable[[], None] | None = None

    def hand_audio_to(self, take: Callable[[AudioArrived], None], settle: Callable[[], None]) -> None:
        """Let sound go past the queue from now on."""
        self._take_audio = take
        self._settle_audio = settle
        waiting, self._items, self._bytes = self._items, deque(), 0
        for item in waiting:
            self.put(item)

    def put(self, item: RoomItem) -> None:
        """Something has arrived."""
        if self._take_audio is not None and isinstance(item, AudioArrived):
            self._guard(self._take_audio, item)
            return
        if len(self._items) >= _MOST or self._bytes + (size := _size(item)) > _MOST_BYTES:
            self._dropped += 1
            return
        self._bytes += size
        self._items.append(item)
        self._news.set()

    def settle(self) -> None:
        """What came at one moment was put."""
        if self._settle_audio is not None:
            self._guard(self._settle_audio)

    def _guard(self, take: Callable[..., None], *item: AudioArrived) -> None:
        """What breaks there is this room's owner's affair, not that of whoever hears from all rooms."""
        try:
            take(*item)
        except Exception as error:  # noqa: BLE001 - raised again where the owner reads
            self._failure = self._failure or error
            self._take_audio = self._settle_audio = None
            self._news.set()

    def end(self) -> None:
        """We have left; a loss after this is none."""
        self._is_over = True
        self._news.set()
        if self._dropped:
            _log.warning("%d messages of a room came faster than they could be read; they were dropped.", self._dropped)
            self._dropped = 0

    def lose(self, loss: RoomLost) -> None:
        """The room has ended under us; the first loss counts."""
        if not self._is_over and self._loss is None:
            self._loss = loss
            self._news.set()

    @property
    def is_over(self) -> bool:
        """Whether we have left."""
        return self._is_over

    def check(self) -> None:
        """Raise the RoomLost that ended the room, if one did."""
        if self._loss is not None:
            raise self._loss

    async def items(self) -> AsyncIterator[RoomItem]:
        """Everything in order; ends when we leave, raises RoomLost otherwise, after what had arrived."""
        while True:
            while self._items:
                item = self._items.popleft()
                self._bytes -= _size(item)
                yield item
            if self._failure is not None:
                raise self._failure
            if self._is_over:
                return
            self.check()
            self._news.clear()
            await self._news.wait()


def _size(item: RoomItem) -> int:
    if isinstance(item, MessageArrived):
        return len(item.payload)
    return len(item.frame.pcm) if isinstance(item, AudioArrived) else 0
