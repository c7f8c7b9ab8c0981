"""What a room said that made no sense: counted, each kind told a few times, so that a flood fills no disk. Pure."""

import logging
from collections import Counter
from enum import Enum

from .errors import ProtocolError

_log = logging.getLogger(__name__)

_TOLD = 3  # warnings of a kind and room: enough to see what is wrong


class Harm(Enum):
    """What was done about it."""

    SKIPPED = "skipped"
    MENDED = "told without what would do harm on a screen"
    FLOOD = "dropped: more than any service says"


class Skipped:
    """One room's."""

    def __init__(self) -> None:
        self.counts: Counter[Harm] = Counter()

    def note(self, error: ProtocolError | str, harm: Harm = Harm.SKIPPED) -> None:
        """A message was not taken as it was."""
        self.counts[harm] += 1
        if self.counts[harm] <= (1 if harm is Harm.FLOOD else _TOLD):
            _log.warning("A message of the service was %s: %s", harm.value, error)

    def close(self) -> None:
        """The room is over: say how many more there were."""
        for harm, count in self.counts.items():
            told = 1 if harm is Harm.FLOOD else _TOLD
            if count > told:
                _log.warning("%d more messages of the service were %s in this room.", count - told, harm.value)
