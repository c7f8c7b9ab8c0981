"""Conversations in a saved game: one plain, versioned dict that JSON can carry. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import ConfigurationError
from .events import Action, Speaker, Transcript
from .recollection import TAIL, Recollection
from .standing import Told

FORMAT = "convai-panda"
VERSION = 1

_LONGEST_ID = 200  # characters; Convai's have 36
_LONGEST_TEXT = 100_000  # characters; a session keeps sixty thousand
_ADVICE = "Give restore() what save() has given, or leave it out and conversations go on as they are."


@dataclass(frozen=True, slots=True)
class SavedCharacter:
    """``session`` is the conversation's id (``character_session_id``), None where there was none yet."""

    session: str | None = field(default=None, repr=False)
    recollection: Recollection = field(default_factory=Recollection)
    pending: tuple[Action, ...] = ()  # to be done, in this order
    told: Told = field(default_factory=Told)


def write_save(characters: Mapping[str, SavedCharacter]) -> dict[str, Any]:
    """The dict to be saved; ``characters`` by ``character_id``."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "characters": {character_id: _to_dict(saved) for character_id, saved in characters.items()},
    }


def read_save(saved: object) -> dict[str, SavedCharacter]:
    """What was saved. Raises ConfigurationError for anything that ``write_save`` has not made."""
    if not isinstance(saved, Mapping) or saved.get("format") != FORMAT:
        raise ConfigurationError(f"This is no save of convai_panda's conversations. {_ADVICE}")
    version = saved.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ConfigurationError(f"This save names no version that there ever was. {_ADVICE}")
    if version > VERSION:
        raise ConfigurationError(
            f"This save has version {version}, and version {VERSION} can be read here: update convai_panda."
        )
    characters = _mapping(saved.get("characters"), "characters")
    return {character_id: _read_character(character_id, fields) for character_id, fields in characters.items()}


def _to_dict(saved: SavedCharacter) -> dict[str, Any]:
    lines = [{"speaker": line.speaker.value, "text": line.text} for line in saved.recollection.lines]
    fields: dict[str, Any] = {"session": saved.session, "transcript": lines}
    if saved.recollection.section is not None:
        fields["narrative_section"] = saved.recollection.section
    if saved.pending:
        fields["pending_actions"] = [{"name": action.name, "target": action.target} for action in saved.pending]
    if saved.told.text is not None:
        fields["told"] = saved.told.text
    if saved.told.template_keys is not None:
        fields["template_keys"] = saved.told.template_keys
    return fields


def _read_character(character_id: object, fields: object) -> SavedCharacter:
    where = f"characters[{character_id!r:.60}]"
    if not isinstance(character_id, str) or not character_id:
        raise _unusable(where)
    values = _mapping(fields, where)
    session, section = values.get("session"), values.get("narrative_section")
    for name, value in (("session", session), ("narrative_section", section)):
        if value is not None and not _is_id(value):
            raise _unusable(f"{where}.{name}")
    lines = values.get("transcript", [])
    if not isinstance(lines, list | tuple):
        raise _unusable(f"{where}.transcript")
    pending = values.get("pending_actions", [])
    if not isinstance(pending, list | tuple):
        raise _unusable(f"{where}.pending_actions")
    recollection = Recollection(tuple(_read_line(line, where) for line in lines[-TAIL:]), section)
    actions = tuple(_read_action(action, where) for action in pending)
    return SavedCharacter(session, recollection, actions, _read_told(values, where))


def _read_line(line: object, where: str) -> Transcript:
    values = _mapping(line, f"{where}.transcript")
    text, speaker = values.get("text"), values.get("speaker")
    if not isinstance(text, str) or speaker not in [each.value for each in Speaker]:
        raise _unusable(f"{where}.transcript")
    return Transcript(Speaker(speaker), text)


def _read_told(values: Mapping[Any, Any], where: str) -> Told:
    text, keys = values.get("told"), values.get("template_keys")
    if not isinstance(text, str | None) or len(text or "") > _LONGEST_TEXT:
        raise _unusable(f"{where}.told")
    if keys is None:
        return Told(text)
    if not all(isinstance(each, str) for pair in _mapping(keys, f"{where}.template_keys").items() for each in pair):
        raise _unusable(f"{where}.template_keys")
    return Told(text, dict(keys))


def _read_action(action: object, where: str) -> Action:
    values = _mapping(action, f"{where}.pending_actions")
    name, target = values.get("name"), values.get("target")
    if not isinstance(name, str) or not name.strip() or not isinstance(target, str | None):
        raise _unusable(f"{where}.pending_actions")
    return Action(name, target)


def _mapping(value: object, where: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise _unusable(where)
    return value


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and value.isprintable() and " " not in value


def _unusable(where: str) -> ConfigurationError:
    return ConfigurationError(f"This save cannot be used: {where} is not as it was saved. {_ADVICE}")
