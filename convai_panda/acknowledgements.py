"""Which of our updates the service has not answered yet. Pure; the time is passed in."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .protocol.client import (
    ClientMessage,
    ContextUpdate,
    UpdateDynamicInfo,
    UpdateSceneMetadata,
    UpdateTemplateKeys,
)
from .protocol.server import ServerResponse

_PATIENCE = 10.0  # s: an answer takes a fraction of one
_MOST = 256

Update = ContextUpdate | UpdateDynamicInfo | UpdateSceneMetadata | UpdateTemplateKeys


@dataclass(slots=True)
class _Sent:
    message: Update
    until: float


class Acknowledgements:
    """One room's updates under way. Every one is answered by a ``server-response``, those of a type in order."""

    def __init__(self) -> None:
        self._sent: list[_Sent] = []

    def send(self, message: ClientMessage, now: float) -> None:
        """A message has gone out."""
        if isinstance(message, Update):
            self._sent.append(_Sent(message, now + _PATIENCE))
            del self._sent[:-_MOST]

    def receive(self, response: ServerResponse) -> Update | None:
        """The update that this answers. One that is still being worked on gets its answer later, however late."""
        update_id = response.extras.get("update_id")
        for index, sent in enumerate(self._sent):
            if sent.message.type != response.event_type:
                continue
            own_id = sent.message.update_id if isinstance(sent.message, ContextUpdate) else None
            if update_id is None or own_id is None or own_id == update_id:
                if response.status in ("processing", "pending"):
                    sent.until = math.inf
                    return None
                return self._sent.pop(index).message
        return None

    def overdue(self, now: float) -> list[Update]:
        """Those that nobody will answer any more, each told once."""
        late = [sent.message for sent in self._sent if sent.until <= now]
        self._sent = [sent for sent in self._sent if sent.until > now]
        return late

    def close(self) -> list[Update]:
        """The room is over: those that nobody has answered."""
        left = [sent.message for sent in self._sent]
        self._sent.clear()
        return left
