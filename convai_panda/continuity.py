"""Where ``character_session_id`` outlives a visit: in memory, or in a small file that survives any crash.

Called from worker threads of the asyncio thread, one call at a time per character.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from platformdirs import user_state_path

_log = logging.getLogger(__name__)

_BUSY = 5.0  # s: how long a second game on the same file waits for the first


class Continuity(Protocol):
    """Remembers which conversation a player has with a character. A call that cannot be done raises OSError."""

    def load(self, player: str, character_id: str) -> str | None:
        """The saved ``character_session_id``, or None."""

    def save(self, player: str, character_id: str, session_id: str) -> None:
        """Keep it; when this returns it is safe."""

    def forget(self, player: str, character_id: str) -> None:
        """Start anew next time."""


class MemoryContinuity:
    """Remembers until the game ends."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], str] = {}

    def load(self, player: str, character_id: str) -> str | None:
        """The saved id, or None."""
        return self._ids.get((player, character_id))

    def save(self, player: str, character_id: str, session_id: str) -> None:
        """Keep the id while this object lives."""
        self._ids[player, character_id] = session_id

    def forget(self, player: str, character_id: str) -> None:
        """Drop the id."""
        self._ids.pop((player, character_id), None)


class FileContinuity:
    """Remembers in an SQLite file; ``save`` returns when the id is on the disk.

    ``path`` defaults to ``sessions.sqlite3`` in the user's state folder. Several games may share the file. One
    that is no database any more is moved aside (``….broken``) and a new one begun, with a warning.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else user_state_path("convai-panda") / "sessions.sqlite3"

    def load(self, player: str, character_id: str) -> str | None:
        """The saved id, or None."""
        if not self.path.exists():
            return None
        with self._open() as database:
            row = database.execute(
                "SELECT session FROM sessions WHERE player = ? AND character = ?", (player, character_id)
            ).fetchone()
        return None if row is None else str(row[0])

    def save(self, player: str, character_id: str, session_id: str) -> None:
        """Keep the id for good."""
        with self._open() as database:
            database.execute(
                "INSERT OR REPLACE INTO sessions (player, character, session) VALUES (?, ?, ?)",
                (player, character_id, session_id),
            )

    def forget(self, player: str, character_id: str) -> None:
        """Drop the id for good."""
        with self._open() as database:
            database.execute("DELETE FROM sessions WHERE player = ? AND character = ?", (player, character_id))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            database = self._connect()
        except sqlite3.OperationalError as error:  # no permission, locked: the file itself may be fine
            raise OSError(f"{self.path}: {error}") from error
        except sqlite3.DatabaseError:
            broken = self.path.with_name(self.path.name + ".broken")
            self.path.replace(broken)
            _log.warning("%s is no database any more; moved to %s. Characters start anew.", self.path, broken.name)
            database = self._connect()
        try:
            with database:  # one transaction
                yield database
        except sqlite3.Error as error:
            raise OSError(f"{self.path}: {error}") from error
        finally:
            database.close()

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            self.path.touch(mode=0o600)  # an id lets others into the conversation
        database = sqlite3.connect(self.path, timeout=_BUSY)
        try:
            database.execute("PRAGMA synchronous = FULL")  # commit returns after fsync
            database.execute(
                "CREATE TABLE IF NOT EXISTS sessions ("
                "player TEXT, character TEXT, session TEXT NOT NULL, PRIMARY KEY (player, character))"
            )
        except BaseException:
            database.close()
            raise
        return database
