"""Whom the simulator can play: the sample village's people by name, anybody else by a name drawn from the id."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .score import Voice

NIL_ID = "00000000-0000-0000-0000-000000000000"  # never a character: what to ask for to see a 404


@dataclass(frozen=True, slots=True)
class Character:
    """A character of the simulated account."""

    id: str
    name: str
    role: str
    greeting: str = ""  # "" for a usual one; "{player}" stands for the player's name
    has_narrative: bool = False  # without Narrative Design, template keys are refused
    needs_end_user_id: bool = False  # Long Term Memory is on
    pitch: float | None = None  # Hz; None: drawn from the id

    @property
    def voice(self) -> "Voice":
        """The character's timbre."""
        # numpy takes longer to import than the rest of the package; nobody speaks at import time.
        from dataclasses import replace

        from .score import Voice

        voice = Voice.of(self.id)
        if self.pitch is None:
            return voice
        return replace(voice, pitch=self.pitch, formant_scale=round(0.92 + 0.13 * (self.pitch - 90.0) / 110.0, 3))


VILLAGERS = (
    Character("0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0001", "Bram", "the smith", pitch=92.0),
    Character("0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0002", "Elodie", "the baker", pitch=196.0),
    Character("0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0003", "Tomas", "an old sailor", pitch=104.0),
    Character("0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0004", "Amara", "a trader", pitch=172.0),
    Character(
        "0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0005", "Ines", "the ranger at the gate", has_narrative=True, pitch=184.0
    ),
    Character("0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0006", "Jun", "a farmer", pitch=128.0),
)

_NAMES = ("Ada", "Boris", "Cleo", "Dario", "Edda", "Farid", "Greta", "Hugo", "Ilse", "Jonas", "Kira", "Lev")
_ROLES = ("a traveller", "a guard", "a miller", "a scholar", "a gardener", "a weaver", "a messenger", "a healer")


class Cast:
    """The characters of one account, found by id. By default every id but the nil UUID has one."""

    def __init__(self, characters: Iterable[Character | str] | Mapping[str, str] | None = None) -> None:
        self._by_id = {villager.id: villager for villager in VILLAGERS}
        self._is_open = characters is None
        if characters is None:
            return
        known = dict(self._by_id)
        self._by_id = {}
        entries = characters.items() if isinstance(characters, Mapping) else ((entry, None) for entry in characters)
        for entry, name in entries:
            character = entry if isinstance(entry, Character) else known.get(entry) or stranger(entry)
            if name:
                character = Character(character.id, name, character.role)
            self._by_id[character.id.lower()] = character

    def find(self, character_id: str) -> Character | None:
        """The character with this id, or None where the account has none."""
        character_id = character_id.lower()
        if character := self._by_id.get(character_id):
            return character
        return stranger(character_id) if self._is_open and character_id != NIL_ID else None


def stranger(character_id: str) -> Character:
    """Somebody for an id that no table names; the same person each time."""
    digest = hashlib.sha256(character_id.lower().encode()).digest()
    return Character(character_id.lower(), _NAMES[digest[0] % len(_NAMES)], _ROLES[digest[1] % len(_ROLES)])
