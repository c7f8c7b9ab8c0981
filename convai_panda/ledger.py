"""The conversations' ids as this process knows them, over a continuity that may be slow. Any thread.

A saved game is written and restored by the frame, which cannot wait for a disk: what is restored counts at once and
reaches the continuity later.
"""

import logging

from .continuity import Continuity

_log = logging.getLogger(__name__)


class Ledger:
    """One player's ids, as a Continuity that can also be read and changed without waiting."""

    def __init__(self, continuity: Continuity, player: str) -> None:
        self._continuity = continuity
        self._player = player
        self._known: dict[str, str | None] = {}
        self._restored: dict[str, str | None] = {}  # and not in the continuity yet
        self._times_restored: dict[str, int] = {}
        self._times_seen: dict[str, int] = {}  # by the visit that is under way

    @property
    def known(self) -> dict[str, str | None]:
        """Every character's id, as far as it has been asked for (main thread)."""
        return dict(self._known)

    def restore(self, character_id: str, session_id: str | None) -> None:
        """Let this be its conversation from now on; None: a new one (main thread)."""
        self._times_restored[character_id] = self._times_restored.get(character_id, 0) + 1
        self._known[character_id] = self._restored[character_id] = session_id

    def settle(self) -> None:
        """Put what was restored into the continuity (worker thread)."""
        for character_id, session_id in list(self._restored.items()):
            try:
                if session_id is None:
                    self._continuity.forget(self._player, character_id)
                else:
                    self._continuity.save(self._player, character_id, session_id)
            except OSError as error:
                _log.warning("A restored conversation is known to this game only, not to the next one: %s", error)
                continue
            if self._restored.get(character_id) == session_id:
                self._restored.pop(character_id, None)

    def look_up(self, character_id: str) -> None:
        """Get to know an id before it is needed (worker thread)."""
        try:
            found = self._continuity.load(self._player, character_id)
        except OSError:
            return  # said when the conversation begins
        self._known.setdefault(character_id, found)

    def load(self, player: str, character_id: str) -> str | None:
        """See Continuity."""
        self._times_seen[character_id] = self._times_restored.get(character_id, 0)
        if character_id in self._restored:
            return self._restored[character_id]
        found = self._known[character_id] = self._continuity.load(player, character_id)
        return found

    def save(self, player: str, character_id: str, session_id: str) -> None:
        """See Continuity. What a visit from before the restoring still wants to save is not kept."""
        if self._times_seen.get(character_id, 0) != self._times_restored.get(character_id, 0):
            return
        self._known[character_id] = session_id
        self._restored.pop(character_id, None)
        self._continuity.save(player, character_id, session_id)

    def forget(self, player: str, character_id: str) -> None:
        """See Continuity."""
        self._known[character_id] = None
        self._restored.pop(character_id, None)
        self._continuity.forget(player, character_id)
