"""Build the village as a program of its own: `python -m samples.village.package OUT` (a network or pip's cache).

Panda3D's `build_apps` does the work; what it has to be told is in `RECIPE`. Afterwards the program is run as a user
would, without a window, and has to leave its pictures and its sound behind. For another system name its platform:
`python -m samples.village.package OUT win_amd64`, and run the result there.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from samples.village.files import ROOT

_LINUX = "manylinux2014_x86_64"
# livekit has no older wheels than 2_28, panda3d no newer ones than 2014: pip may take both.
_WHEELS = f"{_LINUX} manylinux_2_28_x86_64"
_LIBRARIES = {"linux": "liblivekit_ffi.so", "darwin": "liblivekit_ffi.dylib", "win32": "livekit_ffi.dll"}

_MAIN = f'''"""The program's first module: be the rooms' process where that was asked for, else the game."""
import os
import sys
from pathlib import Path

folder = Path(sys.executable).parent
os.environ["LIVEKIT_LIB_PATH"] = str(folder / "livekit" / {_LIBRARIES!r}[sys.platform])

from convai_panda.transport import worker

worker.run_if_asked()

from samples.village.__main__ import main

sys.exit(main())
'''

_REQUIREMENTS = "panda3d\nlivekit\nhttpx\npydantic\nnumpy\nplatformdirs\nsoxr\n"

RECIPE: dict[str, Any] = {
    "gui_apps": {"village": "main.py"},
    "platforms": [_LINUX],
    "use_optimized_wheels": False,  # they are on a server of their own
    "pypi_extra_indexes": [],
    "plugins": ["pandagl", "p3headlessgl", "p3openal_audio"],
    "include_patterns": ["assets/*", "assets/fonts/*", "samples/village/*.toml", "samples/village/people/*.toml"],
    "include_modules": {
        "*": [
            "convai_panda.transport.worker",
            "convai_panda.transport.cloud",
            "convai_panda.simulator.voice",
            "livekit.rtc",
            "numpy._core._exceptions",
            "anyio._backends._asyncio",
            "samples.village.*",
        ]
    },
    "package_data_dirs": {"livekit": [("livekit/rtc/resources/*", "livekit", {})]},
}


def build(out: Path, platform: str = _LINUX) -> Path:
    """Build into ``out`` and give the folder with the program."""
    stage = out.resolve() / "stage"
    shutil.rmtree(out, ignore_errors=True)
    stage.mkdir(parents=True)
    (stage / "main.py").write_text(_MAIN, encoding="utf-8")
    (stage / "requirements.txt").write_text(_REQUIREMENTS, encoding="utf-8")
    for folder in ("assets", "samples", "convai_panda"):
        shutil.copytree(ROOT / folder, stage / folder, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    setup = (
        "from setuptools import setup\n"
        f"setup(name='village', version='1', options={{'build_apps': {RECIPE | {'platforms': [platform]}!r}}})\n"
    )
    (stage / "setup.py").write_text(setup, encoding="utf-8")
    environment = os.environ | ({"PIP_PLATFORM": _WHEELS} if platform == _LINUX else {})
    subprocess.run([sys.executable, "setup.py", "-q", "build_apps"], cwd=stage, env=environment, check=True)
    program = stage / "build" / platform
    if platform == _LINUX and sys.platform == "linux":
        _use_own_openssl(program)
    return program


def _use_own_openssl(program: Path) -> None:
    """Panda3D's ssl wants a newer OpenSSL than long-lived systems have: where it fails here, take this Python's."""
    for name in ("_ssl", "_hashlib"):
        packed = program / f"{name}.so"
        own = getattr(importlib.import_module(name), "__file__", None)
        try:
            ctypes.CDLL(str(packed))
        except OSError as error:
            if own is None:
                raise RuntimeError(
                    f"{packed} cannot be loaded here, and this Python has no file to use: {error}"
                ) from error
            shutil.copy(own, packed)


def main(arguments: list[str]) -> int:
    """Build, and run what was built where that is possible."""
    out = Path(arguments[0])
    platform = arguments[1] if len(arguments) > 1 else _LINUX
    began = time.monotonic()
    program = build(out, platform)
    size = sum(path.stat().st_size for path in program.rglob("*") if path.is_file())
    print(f"{program}: {size / 1e6:.0f} MB in {time.monotonic() - began:.0f} s")
    if platform != _LINUX or sys.platform != "linux":
        return 0
    left = out.resolve() / "run"
    subprocess.run([program / "village", "--headless", left, "--quality", "low"], cwd=out, check=True, timeout=600)
    for path in sorted(left.iterdir()):
        print(f"{path.stat().st_size:>10,}  {path}")
    return 0 if (left / "report.html").is_file() and any(left.glob("village-*.png")) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
