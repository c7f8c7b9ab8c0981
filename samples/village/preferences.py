"""What the player has set, kept in a file between evenings. Pure but for the file."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Self

import platformdirs

_log = logging.getLogger(__name__)


@dataclass
class Preferences:
    """``volume`` 0 to 1, ``subtitle`` and ``mouse`` as factors; what the next start needs says so."""

    volume: float = 1.0
    subtitle: float = 1.0
    mouse: float = 1.0
    first_person: bool = False
    device: str = ""  # "": the default microphone
    hrtf: bool = False  # from the next start
    quality: str = "high"  # from the next start

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read the file; what is missing or makes no sense is as in a new one."""
        kept = cls()
        try:
            found = json.loads((path or _path()).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return kept
        except (OSError, ValueError) as error:
            _log.warning("The settings could not be read and are set anew: %s", error)
            return kept
        for field in fields(cls):
            value = found.get(field.name) if isinstance(found, dict) else None
            default = getattr(kept, field.name)
            if isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
                setattr(kept, field.name, min(2.0, max(0.0, float(value))))
            elif value is not None and type(value) is type(default):
                setattr(kept, field.name, value)
        if kept.quality not in ("high", "low"):
            kept.quality = "high"
        return kept

    def save(self, path: Path | None = None) -> None:
        """Write the file; where that cannot be, the log says so."""
        path = path or _path()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            _log.warning("The settings could not be kept: %s", error)


def _path() -> Path:
    return platformdirs.user_config_path("convai-panda-village", appauthor=False) / "settings.json"
