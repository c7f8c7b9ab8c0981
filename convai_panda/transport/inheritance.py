"""What the rooms' process has from the game: its environment without secrets, its packages, no terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT = "LIVEKIT_LIB_PATH"  # where the native library is; everything else of LiveKit's can be a key
_ROOT = str(Path(__file__).resolve().parents[2])


def environment() -> Mapping[str, str]:
    """Ours, so that the process finds the same packages, without what is secret: the key is none of its business."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name == _KEPT or not name.startswith(("CONVAI_", "LIVEKIT_"))
    }
    few = {"OPENBLAS_NUM_THREADS": "1"}  # numpy's threads would have nothing to do there
    return few | inherited | {"PYTHONPATH": os.pathsep.join(search_path())}


def search_path() -> list[str]:
    """``sys.path``, absolute, without the folders of the game's own modules.

    Nothing of theirs is needed there, and one that is called as something that LiveKit imports would be taken for it,
    even at the path's end: ``livekit`` and ``google`` are namespaces. A folder that LiveKit itself is in stays, last.
    What is no string is left out, as Python does.
    """
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    try:
        here = os.getcwd()
    except OSError:  # it was deleted
        here = ""
    paths = [os.path.normpath(os.path.join(here, path)) for path in sys.path if isinstance(path, str)]
    own = {os.path.normpath(os.path.join(here, folder)) for folder in ("", os.path.dirname(main or ""))}
    vendored = [path for path in paths if path in own and os.path.isdir(os.path.join(path, "livekit"))]
    return [path for path in paths if path not in own] + [_ROOT] + vendored


def away_from_the_terminal() -> dict[str, Any]:
    """Ctrl-C reaches a terminal's whole foreground group; the rooms must outlive the game's goodbye."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
