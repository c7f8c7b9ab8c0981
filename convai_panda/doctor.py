"""``convai-panda doctor``: what a game finds on this machine, line by line, and what to do about it.

Runs on the main thread of a process of its own; sends nothing secret anywhere, and never prints the key.
"""

from __future__ import annotations

import asyncio
import http.client
import importlib.metadata
import json
import os
import platform
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from enum import Enum

from panda3d.core import AudioManager, ConfigVariableString, PandaSystem, load_prc_file_data

from . import settings
from .audio import hrtf
from .errors import ConvaiError

_PYTHON = (3, 11)
_PANDA = (1, 10, 16)
_LIVEKIT = (1, 2, 1)
_PATIENCE = 5.0  # s for the service's address to answer anything at all
_KEY_SIZE = 16  # characters: no key of the service is as short


class Verdict(Enum):
    """How a line is meant."""

    OK = "ok"
    WARNING = "warning"  # the game runs, with less
    ERROR = "error"  # it does not


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was found, and what to do where that is not as it should be."""

    what: str
    verdict: Verdict
    found: str
    advice: str = ""


def examine() -> Iterator[Finding]:
    """Every line, in the order in which things depend on each other."""
    for what, check in _CHECKS.items():
        verdict, found, advice = check()
        yield Finding(what, verdict, found, advice)


def show(*, as_json: bool) -> int:
    """Print the findings; the exit code is 1 where one is an error."""
    load_prc_file_data("", "notify-level-audio fatal")  # a missing device is one of our own lines
    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            print(f"{finding.verdict.value:<8} {finding.what:<14} {finding.found}")
            if finding.advice:
                print(f"{'':<8} {'':<14} {finding.advice}")
    if as_json:
        print(json.dumps([{**asdict(finding), "verdict": finding.verdict.value} for finding in findings]))
    return int(any(finding.verdict is Verdict.ERROR for finding in findings))


_Answer = tuple[Verdict, str, str]


def _python() -> _Answer:
    found = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info < _PYTHON:
        return Verdict.ERROR, found, "Install Python 3.11 or newer."
    return Verdict.OK, found, ""


def _panda() -> _Answer:
    found = str(PandaSystem.get_version_string())
    if _numbers(found) < _PANDA:
        return Verdict.ERROR, found, "pip install --upgrade panda3d"
    return Verdict.OK, found, ""


def _sound() -> _Answer:
    library = ConfigVariableString("audio-library-name", "null").get_value()
    with _speechless():
        manager = AudioManager.create_AudioManager()
        is_valid = manager.is_valid()
        manager.shutdown()
    if is_valid:
        return Verdict.OK, f"a device is open ({library})", ""
    advice = "Plug in or switch on a sound device; until then characters are silent and their words still arrive."
    return Verdict.WARNING, f"no sound device ({library})", advice


def _hrtf() -> _Answer:
    try:
        found = hrtf.find_set()
    except ConvaiError as error:
        return Verdict.WARNING, str(error), "Correct PRC convai-hrtf-path, or leave it out."
    return Verdict.OK, f"use_hrtf() takes {found or 'a set computed for a simple head'}", ""


def _livekit() -> _Answer:
    try:
        version = importlib.metadata.version("livekit")
    except importlib.metadata.PackageNotFoundError:
        return Verdict.ERROR, "not installed", "pip install livekit"
    if _numbers(version) < _LIVEKIT:
        return Verdict.WARNING, version, "pip install --upgrade livekit"
    return Verdict.OK, version, ""


def _rooms() -> _Answer:
    from .transport.process import ProcessRooms, why_no_process

    if why := why_no_process():
        return Verdict.WARNING, f"in the game's process: {why}", "See convai_panda/transport/README.md."

    async def start() -> str:
        rooms = ProcessRooms()
        try:
            await rooms.start()
            return rooms.describe()
        finally:
            await rooms.aclose()

    try:
        return Verdict.OK, asyncio.run(start()), ""
    except ConvaiError as error:
        return Verdict.ERROR, f"no room can be entered: {error}", "pip install --force-reinstall livekit"


def _service() -> _Answer:
    url = settings.connect_url()
    try:
        request = urllib.request.Request(url, method="HEAD")
        with suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=_PATIENCE):
            pass  # whatever it answers, it is there
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        is_wanted = settings.api_key() is not None or settings.is_url_set()
        verdict = Verdict.ERROR if is_wanted else Verdict.WARNING  # the simulator needs nobody
        return verdict, f"{url} cannot be reached ({reason})", "Check the network, a proxy, and CONVAI_URL."
    if url.startswith("http:"):
        return Verdict.WARNING, f"{url} answers, unencrypted", "Fine on this machine; elsewhere use https."
    return Verdict.OK, f"{url} answers", ""


def _key() -> _Answer:
    key = settings.api_key()
    if key is None:
        if settings.is_url_set():
            return Verdict.ERROR, "CONVAI_API_KEY is not set, but a service is named", "Set CONVAI_API_KEY."
        return Verdict.WARNING, "CONVAI_API_KEY is not set", "The built-in simulator answers; a key brings Convai."
    key = key.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        return Verdict.ERROR, "CONVAI_API_KEY has characters that no key has", "Copy it once more, without quotes."
    if len(key) < _KEY_SIZE:
        return Verdict.WARNING, f"CONVAI_API_KEY has only {len(key)} characters", "Copy all of it from convai.com."
    return Verdict.OK, f"CONVAI_API_KEY is set, {len(key)} characters", ""


@contextmanager
def _speechless() -> Iterator[None]:
    """OpenAL and ALSA print pages about a missing device, past Python: nothing of it is seen."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


_CHECKS: dict[str, Callable[[], _Answer]] = {
    "Python": _python,
    "Panda3D": _panda,
    "Sound": _sound,
    "HRTF": _hrtf,
    "LiveKit": _livekit,
    "Rooms": _rooms,
    "Connect URL": _service,
    "API key": _key,
}
