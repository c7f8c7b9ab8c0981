"""A recording as it is read: every entry in order, and what has been lost of it. Pure but for the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from ..audio.frame import AudioFrame
from ..errors import ConfigurationError
from . import sound
from .entries import Began, Closed, Entry, Sound, from_record
from .file import Damage, Record, unpack

_ABRUPT = "The recording was not closed: what happened in the last moments before its end is missing."


@dataclass(frozen=True, slots=True)
class Recording:
    """``entries`` by time; ``notes`` say what is missing, one sentence each."""

    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()

    @property
    def began(self) -> Began | None:
        """The recording's own description, where it is left."""
        return next((entry for entry in self.entries if isinstance(entry, Began)), None)

    @property
    def duration(self) -> float:
        """Seconds from the first entry to the last."""
        return self.entries[-1].at if self.entries else 0.0


def read_recording(path: str | Path) -> Recording:
    """Read a file as far as it goes. Raises ConfigurationError where there is none or it is no recording."""
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(f"{path} cannot be read ({words}): name a recording.") from None
    try:
        return assemble(unpack(data))
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def assemble(records: Iterable[Record | Damage]) -> Recording:
    """Records in any order as entries by time."""
    entries: list[Entry] = []
    notes: list[str] = []
    unknown = 0
    for record in records:
        if isinstance(record, Damage):
            notes.append(str(record))
        elif (entry := from_record(record)) is not None:
            entries.append(entry)
        else:
            unknown += 1
    if unknown:
        notes.append(f"{unknown} records are of a kind that is not known here; they were skipped.")
    entries.sort(key=lambda entry: entry.at)
    if not any(isinstance(entry, Closed) for entry in entries):
        notes.append(_ABRUPT)
    return Recording(tuple(entries), tuple(notes))


def frames_of(block: Sound) -> list[tuple[float, AudioFrame]]:
    """The frames of a block, each with its time. Raises sound.BrokenSound, or ConfigurationError by codec."""
    pcm = sound.decode(block.codec, block.body, sum(block.sizes))
    ends = list(accumulate(block.sizes))
    times = [block.at + gap / 1e6 for gap in accumulate(block.gaps)]
    return [
        (at, AudioFrame(pcm[end - size : end], block.sample_rate))
        for at, size, end in zip(times, block.sizes, ends, strict=False)
    ]
