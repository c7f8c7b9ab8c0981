"""Who lives in the village: one TOML sheet each in `people/`, read again whenever one is saved. Pure but for the files.

To meet your own characters here, put their ids from convai.com into the sheets.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from convai_panda import ConfigurationError
from samples.village import plan
from samples.village.files import VILLAGE
from samples.village.looks import LOOKS

PEOPLE = VILLAGE / "people"


@dataclass(frozen=True)
class Stay:
    """A part of the day: how many seconds somebody is at a place."""

    place: str
    seconds: float


@dataclass(frozen=True)
class Sheet:
    """A villager. ``look`` is one of `looks.LOOKS`, places are those of `plan.SPOTS`.

    ``first_line`` is what they say to a stranger (``{player}`` is the player's name), ``pitch`` (Hz) how the
    simulator voices them, ``carries`` how far the voice is heard in metres, ``actions`` what they may be asked to do,
    ``knowledge`` what they know beyond what is written on convai.com, ``day`` where they are, round and round.
    """

    id: str
    name: str
    role: str
    look: str
    place: str
    first_line: str
    pitch: float = 130.0
    carries: float = 20.0
    actions: tuple[str, ...] = ()
    knowledge: str = ""
    day: tuple[Stay, ...] = ()


def read_sheet(path: Path) -> Sheet:
    """Read one sheet. Raises ConfigurationError, which names the file, the field and what it should be."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path.name}: {error}") from error
    page = _Page(path.name, found)
    voice = _Page(f"{path.name}, [voice]", page.table("voice"))
    day = []
    for number, part in enumerate(found.get("day", ())):
        if not isinstance(part, dict):
            raise ConfigurationError(f"{path.name}: day is a list of tables: [[day]] place = …, seconds = ….")
        stay = _Page(f"{path.name}, [[day]] {number + 1}", part)
        day.append(Stay(stay.one_of("place", plan.SPOTS), stay.number("seconds", 60.0)))
    sheet = Sheet(
        id=page.uuid("id"),
        name=page.text("name"),
        role=page.text("role"),
        look=page.one_of("look", LOOKS),
        place=page.one_of("place", plan.SPOTS),
        first_line=page.text("first_line"),
        pitch=voice.number("pitch", 130.0),
        carries=voice.number("carries", 20.0),
        actions=page.texts("actions"),
        knowledge=page.text("knowledge", ""),
        day=tuple(day),
    )
    page.check_rest("day", "voice")
    return sheet


def read_people(folder: Path = PEOPLE) -> dict[Path, Sheet]:
    """Read every sheet of a folder. Raises ConfigurationError where one makes no sense or two share an id."""
    sheets = {path: read_sheet(path) for path in sorted(folder.glob("*.toml"))}
    if not sheets:
        raise ConfigurationError(f"There is no sheet (*.toml) in {folder}.")
    seen: dict[str, Path] = {}
    for path, sheet in sheets.items():
        if sheet.id in seen:
            raise ConfigurationError(f"{path.name} and {seen[sheet.id].name} have the same id; each needs its own.")
        seen[sheet.id] = path
    return sheets


class Watch:
    """Notices when sheets are saved, by the files' times and sizes."""

    def __init__(self, folder: Path = PEOPLE) -> None:
        self._folder = folder
        self._seen = self._look()

    def changed(self) -> list[Path]:
        """The sheets that were saved since the last call."""
        now = self._look()
        changed = [path for path, mark in now.items() if self._seen.get(path) != mark]
        self._seen = now
        return changed

    def _look(self) -> dict[Path, tuple[int, int]]:
        marks = {}
        for path in sorted(self._folder.glob("*.toml")):
            try:
                stat = path.stat()
            except OSError:  # between being deleted and written anew
                continue
            marks[path] = (stat.st_mtime_ns, stat.st_size)
        return marks


class _Page:
    """A table of a sheet, and what is read out of it."""

    def __init__(self, where: str, found: dict[str, Any]) -> None:
        self._where, self._found = where, found
        self._read: set[str] = set()

    def text(self, name: str, default: str | None = None) -> str:
        value = self._get(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise ConfigurationError(f'{self._where}: {name} must be a text, such as {name} = "…".')
        return value.strip()

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            raise ConfigurationError(f'{self._where}: {name} must be a list of texts, such as {name} = ["…"].')
        return tuple(value)

    def number(self, name: str, default: float) -> float:
        value = self._get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise ConfigurationError(f"{self._where}: {name} must be a number above 0.")
        return float(value)

    def one_of(self, name: str, known: dict[str, Any]) -> str:
        value = self.text(name)
        if value not in known:
            raise ConfigurationError(f"{self._where}: {name} is {value!r}, but must be one of {', '.join(known)}.")
        return value

    def uuid(self, name: str) -> str:
        value = self.text(name)
        try:
            return str(UUID(value))
        except ValueError:
            raise ConfigurationError(f"{self._where}: {name} must be a character's id from convai.com.") from None

    def table(self, name: str) -> dict[str, Any]:
        value = self._get(name, {})
        if not isinstance(value, dict):
            raise ConfigurationError(f"{self._where}: {name} must be a table: [{name}].")
        return value

    def check_rest(self, *more: str) -> None:
        if unknown := self._found.keys() - self._read - set(more):
            raise ConfigurationError(f"{self._where}: nobody knows what {', '.join(sorted(unknown))} means.")

    def _get(self, name: str, default: Any) -> Any:
        self._read.add(name)
        if name not in self._found and default is None:
            raise ConfigurationError(f"{self._where}: {name} is missing.")
        return self._found.get(name, default)
