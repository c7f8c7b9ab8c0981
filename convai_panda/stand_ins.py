"""What a test puts in the place of the parts by which a game reaches the outside world. Main thread only.

A game makes its own ``Convai``, with parts that need a network, a sound card, threads and real time. While stand-ins
are installed, each new ``Convai`` takes them instead of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._io import Io
    from .audio.microphone import Microphone
    from .audio.sink import VoiceOutput
    from .continuity import Continuity
    from .convai import Convai
    from .transport.base import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns:
    """``start`` runs what belongs on the asyncio thread; ``adopt`` is told of each Convai once it is made."""

    start: Callable[[Callable[[], Coroutine[Any, Any, None]]], Io]
    transport: Transport
    voice: Callable[[], VoiceOutput]
    microphone: Microphone
    continuity: Continuity
    clock: Callable[[], float]
    adopt: Callable[[Convai], None]


_installed: StandIns | None = None


def installed() -> StandIns | None:
    """Those that a new Convai is to take."""
    return _installed


@contextmanager
def standing_in(stand_ins: StandIns) -> Iterator[None]:
    """Install stand-ins. Raises RuntimeError where there are some already."""
    global _installed
    if _installed is not None:
        raise RuntimeError("Another test scene is still open in this process: close it first.")
    _installed = stand_ins
    try:
        yield
    finally:
        _installed = None
