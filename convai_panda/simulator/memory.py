"""What characters remember: one History for each ``character_session_id``, shared by all rooms of a service."""

from collections import deque
from dataclasses import dataclass, field

from ..ids import new_uuid

_UTTERANCES = 200  # of a player's that a history keeps: more than any answer looks back


@dataclass(slots=True)
class History:
    """One conversation with one character, over all its visits."""

    id: str = field(repr=False)
    character_id: str
    account: str = field(repr=False)
    player: str | None = None
    visits: int = 0
    said: deque[str] = field(default_factory=lambda: deque(maxlen=_UTTERANCES))


class Memory:
    """All histories. Ends with the process, as the simulator does."""

    def __init__(self) -> None:
        self._histories: dict[str, History] = {}

    def begin(self, account: str, character_id: str) -> History:
        """A new conversation under a new id."""
        history = History(new_uuid(), character_id, account)
        self._histories[history.id] = history
        return history

    def find(self, character_session_id: str) -> History | None:
        """The conversation with this id, whosever it is."""
        return self._histories.get(character_session_id.lower())
