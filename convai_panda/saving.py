"""Save-games on a Convai: who is asked for what. Main thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .events import SessionState
from .ledger import Ledger
from .savegame import SavedCharacter, read_save, write_save

if TYPE_CHECKING:
    from .character import Character


class Saving:
    """``work`` has a function called on a worker thread; ``recall`` is told whose knowledge has changed."""

    def __init__(
        self,
        ledger: Ledger,
        work: Callable[[Callable[[], object]], object],
        recall: Callable[[Character], object],
    ) -> None:
        self._ledger = ledger
        self._work = work
        self._recall = recall
        self._absent: dict[str, SavedCharacter] = {}  # restored, and not in the game (any more)

    def admit(self, character: Character) -> None:
        """A character has come into the game."""
        if (saved := self._absent.pop(character.id, None)) is not None:
            character._recollecting.restore(saved.recollection)
            character.actions.request(saved.pending)
            self._let_know(character, saved)
        self._work(lambda: self._ledger.look_up(character.id))

    def dismiss(self, character: Character) -> None:
        """A character has left the game; a save still holds it."""
        self._absent[character.id] = _saved(character, None)

    def save(self, characters: Mapping[str, Character]) -> dict[str, Any]:
        """What there is to be saved."""
        known = self._ledger.known
        there = {key: _saved(character, known.get(key)) for key, character in characters.items()}
        absent = {key: replace(saved, session=known.get(key)) for key, saved in self._absent.items()}
        return write_save(absent | there)

    def restore(self, saved: object, characters: Mapping[str, Character]) -> list[Character]:
        """Let it be as it was saved; gives those whose conversation is another one now. Raises ConfigurationError."""
        restored = read_save(saved)
        known = self._ledger.known
        self._absent = {key: one for key, one in restored.items() if key not in characters}
        changed = []
        for key, one in restored.items():
            self._ledger.restore(key, one.session)
            if (character := characters.get(key)) is not None:
                is_another = known.get(key) != one.session or character._standing.told != one.told
                is_in_a_room = is_another and character.state not in (SessionState.IDLE, SessionState.CLOSED)
                character._recollecting.restore(one.recollection, is_in_a_room=is_in_a_room)
                character.actions.restore(one.pending)
                self._let_know(character, one)
                changed += [character] * is_another
        self._work(self._ledger.settle)
        return changed

    def _let_know(self, character: Character, saved: SavedCharacter) -> None:
        character._standing.recall(saved.told)
        self._recall(character)


def _saved(character: Character, session: str | None) -> SavedCharacter:
    return SavedCharacter(session, character._recollecting.now, character.actions.pending, character._standing.told)
