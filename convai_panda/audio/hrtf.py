"""Sound around the head on headphones, which OpenAL does only where it finds a data set: find one, or compute one.

OpenAL reads its settings once, when the first audio manager of the process is made.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from panda3d.core import ConfigVariableString

from ..errors import AudioError

_NAME = "default-48000"  # the 44.1 kHz set beside it would pull the whole device down to its rate
_FILE = f"{_NAME}.mhr"
_MAGIC = b"MinPHR"
_READABLE = (b"00", b"01", b"02")  # the formats that Panda3D 1.10's OpenAL knows

_PRC = ConfigVariableString("convai-hrtf-path", "", "Folder with default-48000.mhr, for HRTF on headphones.")


def use_hrtf(folder: str | Path | None = None) -> Path:
    """Have OpenAL place sound around the head by HRTF, for players on headphones; the data set that is used.

    Call it before the ShowBase is made: later it changes nothing. ``folder``, or else PRC ``convai-hrtf-path``,
    holds a ``default-48000.mhr`` to use. Without either, what OpenAL Soft's own data package has installed is
    taken, and where there is none a set computed for a simple head, which tells left from right and front from
    behind, but hardly above from below. Raises AudioError where the named folder has no set that can be read.
    """
    found = find_set(folder) or _computed()
    _configure(f"[general]\nhrtf = true\nhrtf-paths = {found.parent}\ndefault-hrtf = {_NAME}\n")
    return found


def find_set(folder: str | Path | None = None) -> Path | None:
    """The data set that ``use_hrtf`` would find; None where it would compute one. Raises AudioError."""
    named = folder or _PRC.get_value()
    if named:
        chosen = Path(named).resolve() / _FILE
        if not _is_readable(chosen):
            raise AudioError(
                f"HRTF stays off: {chosen} is not there, or is no set that Panda3D's OpenAL can read (MinPHR00 to 02). "
                "Pass another folder, or none to use what the system or convai_panda has."
            )
        return chosen
    return next((path for path in _installed() if _is_readable(path)), None)


def _installed() -> Iterator[Path]:
    """Where OpenAL Soft's data is usually installed."""
    for variable in ("APPDATA", "ProgramData"):
        if root := os.environ.get(variable):
            yield Path(root) / "openal" / "hrtf" / _FILE
    shared = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    for share in (shared, Path("/usr/local/share"), Path("/usr/share")):
        yield share / "openal" / "hrtf" / _FILE


def _computed() -> Path:
    """Our own set, in a folder that goes with the process."""
    from .head_model import data_set  # not at the top: it brings numpy

    folder = Path(tempfile.mkdtemp(prefix="convai-panda-hrtf-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / _FILE).write_bytes(data_set())
    return folder / _FILE


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
