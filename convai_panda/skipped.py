"""What a room said that made no sense: the first ones are told, the rest counted. Asyncio thread."""

import logging

from .errors import ProtocolError

_log = logging.getLogger(__name__)

_TOLD = 3  # warnings a room: enough to see what is wrong, and a flood fills no disk


class Skipped:
    """One room's."""

    def __init__(self) -> None:
        self._count = 0

    def note(self, error: ProtocolError) -> None:
        """A message was skipped."""
        self._count += 1
        if self._count <= _TOLD:
            _log.warning("A message of the service was skipped: %s", error)

    def close(self) -> None:
        """The room is over: say how many more there were."""
        if self._count > _TOLD:
            _log.warning("%d more messages of the service were skipped in this room.", self._count - _TOLD)
