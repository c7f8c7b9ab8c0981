"""Puts entries into a file without keeping anybody waiting. On the asyncio thread; the file on a worker thread.

Entries are collected for a moment and written together. What goes wrong with the file is said once and ends the
recording, never the visit.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..audio.frame import AudioFrame
from ..errors import ConfigurationError
from . import sound
from .entries import (
    Answered,
    Began,
    Called,
    Entry,
    Lost,
    Note,
    NotEntered,
    Refused,
    Said,
    Sound,
    Unsent,
    Way,
    to_record,
)
from .file import MAGIC, pack
from .scrub import Scrubber

_log = logging.getLogger(__name__)

_BATCH = 0.25  # s that entries are collected: what a crash may cost
_BACKLOG = 1 << 25  # bytes that may wait for a slow disk; beyond it sound is left out
_BLOCK = 1 << 20  # bytes of sound in one entry, about; a moment has fifty thousand
_LONGEST = 1 << 22  # bytes of a message; the service's have 64 thousand at most
_ENTRY_SIZE = 200  # bytes that an entry has beside its body, about


class Heard(NamedTuple):
    """One frame of sound, before it is put into a block with others."""

    at: float
    room: int
    way: Way
    track: str
    frame: AudioFrame


class Writer:
    """Appends to ``path``, or to a free name like it: nothing is overwritten.

    Raises ConfigurationError where no file can be made there.
    """

    def __init__(self, path: str | Path, began: Began, scrubber: Scrubber) -> None:
        self.path = _create(Path(path), MAGIC + pack(to_record(began)))
        self.failure: str | None = None
        self._keeps_words = began.keeps_words
        self._scrubber = scrubber
        self._waiting: deque[Entry | Heard] = deque()
        self._waiting_bytes = 0
        self._left_out = 0
        self._size = self.path.stat().st_size
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def put(self, entry: Entry | Heard) -> None:
        """Have it written soon; returns at once."""
        if self.failure is not None:
            return
        size = _size(entry)
        if self._waiting_bytes + size > _BACKLOG and isinstance(entry, Heard):
            self._left_out += 1
            return
        if self._left_out:
            words = f"The disk was too slow: {self._left_out} frames of sound are missing before this."
            self._waiting.append(Note(entry.at - 5e-7, words))
            self._left_out = 0
        self._waiting.append(entry)
        self._waiting_bytes += size
        if self._task is None:
            self._closing = asyncio.Event()
            self._task = asyncio.create_task(self._write(self._closing), name="convai-recorder")

    async def aclose(self) -> None:
        """Write what waits."""
        while (task := self._task) is not None:
            self._closing.set()
            await asyncio.wait({task})

    async def _write(self, closing: asyncio.Event) -> None:
        try:
            while self._waiting:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_BATCH):
                        await closing.wait()
                batch, self._waiting = self._waiting, deque()
                taken = self._waiting_bytes
                await asyncio.to_thread(self._save, batch)
                self._waiting_bytes -= taken
        except OSError as error:
            self._fail(error.strerror or str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the visit goes on
            self._fail(type(error).__name__)
            _log.exception("A recording broke; please report this.")
        finally:
            self._task = None

    def _fail(self, why: str) -> None:
        self._waiting.clear()
        self.failure = (
            f"{self.path} cannot be written any more ({why}), so the recording ends here; the visit goes on. "
            "Free some space or name another folder."
        )
        _log.warning("%s", self.failure)

    def _save(self, batch: Iterable[Entry | Heard]) -> None:
        """Worker thread; one batch at a time."""
        packed = b"".join(pack(to_record(self._clean(entry))) for entry in self._in_blocks(batch))
        try:
            with self.path.open("r+b") as file:  # not "ab", which would begin a headless file where ours was moved
                file.seek(self._size)
                file.write(packed)
        except OSError:
            with suppress(OSError), self.path.open("r+b") as file:
                file.truncate(self._size)  # half a record would be skipped anyway
            raise
        self._size += len(packed)

    def _in_blocks(self, batch: Iterable[Entry | Heard]) -> list[Entry]:
        """Frames of one track become one entry, which compresses far better."""
        blocks: list[list[Heard]] = []
        open_blocks: dict[tuple[int, Way, str, int], tuple[list[Heard], int]] = {}
        entries: list[Entry] = []
        for entry in batch:
            if not isinstance(entry, Heard):
                entries.append(entry)
                continue
            key = (entry.room, entry.way, entry.track, entry.frame.sample_rate)
            block, size = open_blocks.get(key, ([], _BLOCK))
            if size >= _BLOCK:
                block, size = [], 0
                blocks.append(block)
            block.append(entry)
            open_blocks[key] = block, size + len(entry.frame.pcm)
        entries += [self._block(frames) for frames in blocks]
        return sorted(entries, key=lambda entry: entry.at)

    def _block(self, frames: list[Heard]) -> Sound:
        first, pcm = frames[0], b"".join(heard.frame.pcm for heard in frames)
        rate = first.frame.sample_rate
        is_kept = self._keeps_words or first.way == "in"
        codec, body = sound.encode(pcm, rate) if is_kept else (sound.NONE, b"")
        ticks = [round(heard.at * 1e6) for heard in frames]
        return Sound(
            first.at,
            first.room,
            first.way,
            first.track,
            rate,
            tuple(len(heard.frame.pcm) for heard in frames),
            tuple(now - before for before, now in zip([ticks[0], *ticks], ticks, strict=False)),
            sound.peak(pcm) if is_kept else sound.SILENCE,
            codec,
            body,
        )

    def _clean(self, entry: Entry) -> Entry:
        if isinstance(entry, Called | Answered | Refused | NotEntered | Said | Unsent | Lost):
            body = entry.body
            if len(body) > _LONGEST:
                return replace(entry, body=b"(%d bytes: too long to be recorded)" % len(body))
            return replace(entry, body=self._scrubber.clean(body))
        return entry


def _size(entry: Entry | Heard) -> int:
    body = entry.frame.pcm if isinstance(entry, Heard) else getattr(entry, "body", b"")
    return len(body) + _ENTRY_SIZE


def _create(path: Path, head: bytes) -> Path:
    """Make the file under the first free name: visit.convai, visit-2.convai, …"""
    number, free = 1, path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                with free.open("xb") as file:
                    file.write(head)
                break
            except FileExistsError:
                number += 1
                free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(
            f"Nothing can be recorded to {path} ({words}): name a file that can be made."
        ) from None
    if number > 1:
        _log.warning("%s is there already, so the recording goes to %s.", path, free.name)
    return free
