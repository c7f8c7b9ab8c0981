"""Sound around the head on headphones, which OpenAL does only where it finds a data set: find one and say so.

OpenAL reads its settings once, when the first audio manager of the process is made.
"""

import atexit
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from panda3d.core import ConfigVariableString

from ..errors import AudioError

_NAME = "default-48000"  # the 44.1 kHz set beside it would pull the whole device down to its rate
_MAGIC = b"MinPHR"
_READABLE = (b"00", b"01", b"02")  # the formats that Panda3D 1.10's OpenAL knows

_PRC = ConfigVariableString("convai-hrtf-path", "", "Folder with default-48000.mhr, for HRTF on headphones.")


def use_hrtf(folder: str | Path | None = None) -> Path:
    """Have OpenAL place sound around the head by HRTF, for players on headphones; the data set that is used.

    Call it before the ShowBase is made: later it changes nothing. ``folder`` holds ``default-48000.mhr``; without
    it PRC ``convai-hrtf-path`` is looked at, and then where OpenAL Soft's data is usually installed. Panda3D brings
    no data set of its own. Raises AudioError where there is none; voices are then placed between two speakers.
    """
    folders = list(_folders(folder))
    found = next((path for path in (each / f"{_NAME}.mhr" for each in folders) if _is_readable(path)), None)
    if found is None:
        raise AudioError(
            f"HRTF stays off: no readable {_NAME}.mhr in {', '.join(map(str, folders))}. Install OpenAL Soft's data "
            "(Debian: libopenal-data) or ship the file with the game and pass its folder."
        )
    _configure(f"[general]\nhrtf = true\nhrtf-paths = {found.parent}\ndefault-hrtf = {_NAME}\n")
    return found


def _folders(given: str | Path | None) -> Iterator[Path]:
    if given is not None:
        yield Path(given).resolve()
        return
    if named := _PRC.get_value():
        yield Path(named).resolve()
    for variable in ("APPDATA", "ProgramData"):
        if root := os.environ.get(variable):
            yield Path(root) / "openal" / "hrtf"
    shared = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    for share in (shared, Path("/usr/local/share"), Path("/usr/share")):
        yield share / "openal" / "hrtf"


def _is_readable(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC) + 2)
    except OSError:
        return False
    return magic[: len(_MAGIC)] == _MAGIC and magic[len(_MAGIC) :] in _READABLE


def _configure(lines: str) -> None:
    """Put lines after the settings that are in force already; the system's own are read before in any case."""
    before = Path(os.environ.get("ALSOFT_CONF") or os.devnull).read_text(encoding="utf-8")
    handle, name = tempfile.mkstemp(prefix="convai-panda-", suffix=".alsoft.conf")
    with open(handle, "w", encoding="utf-8") as file:
        file.write(f"{before}\n{lines}")
    atexit.register(Path(name).unlink, missing_ok=True)
    os.environ["ALSOFT_CONF"] = name
