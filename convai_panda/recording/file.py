"""Framed records in one file, each with a checksum, so that what was written before a crash can be read. Pure.

The file begins with a line of text that names its version. Each record is a mark, a length and a CRC-32, then a
line of JSON and any bytes. What does not check is skipped up to the next record that does.
"""

import json
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..errors import ConfigurationError

VERSION = 1
MAGIC = b"convai-panda recording %d\n" % VERSION
_ANY_MAGIC = re.compile(rb"convai-panda recording (\d{1,9})\n")
_MARK = b"\xf5Cv\x00"  # 0xF5 is in no UTF-8 text
_FRAME = struct.Struct("<4sII")  # mark, size of the body in bytes, its CRC-32
MAX_BODY = 1 << 24  # bytes: half a second of sound has fifty thousand
_TRIES = 1_000  # marks looked at after damage: a real one is nearly always the next


class Record(NamedTuple):
    """One record: a line of JSON, and bytes that need not be text."""

    head: dict[str, Any]
    blob: bytes = b""


class Damage(NamedTuple):
    """Bytes that are no record."""

    offset: int
    size: int
    is_tail: bool

    def __str__(self) -> str:
        if self.is_tail:
            return f"The last {self.size} bytes are half a record, as a crash leaves it; they were dropped."
        return f"{self.size} bytes at {self.offset} are damaged; they were skipped."


def pack(record: Record) -> bytes:
    """A record as it is in the file."""
    line = json.dumps(record.head, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode()
    body = line + b"\n" + record.blob
    return _FRAME.pack(_MARK, len(body), zlib.crc32(body)) + body


def unpack(data: bytes) -> Iterator[Record | Damage]:
    """Every record of a file in order, and what is none. Raises ConfigurationError where it is no recording."""
    magic = _ANY_MAGIC.match(data)
    if magic is None:
        raise ConfigurationError("This is no recording of convai_panda: name a file that a Recorder has written.")
    if int(magic[1]) != VERSION:
        raise ConfigurationError(
            f"This recording has version {int(magic[1])}, and version {VERSION} can be read: update convai_panda."
        )
    at = magic.end()
    while at < len(data):
        found = _record_at(data, at)
        if found is not None:
            record, at = found
            yield record
            continue
        after = _next_record(data, at)
        yield Damage(at, after - at, is_tail=after == len(data))
        at = after


def _record_at(data: bytes, at: int) -> tuple[Record, int] | None:
    if len(data) - at < _FRAME.size:
        return None
    mark, size, checksum = _FRAME.unpack_from(data, at)
    start, end = at + _FRAME.size, at + _FRAME.size + size
    if mark != _MARK or size > MAX_BODY or end > len(data):
        return None
    body = data[start:end]
    if zlib.crc32(body) != checksum:
        return None
    line, _, blob = body.partition(b"\n")
    try:
        head = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return (Record(head, blob), end) if isinstance(head, dict) else None


def _next_record(data: bytes, at: int) -> int:
    """Where the next record that checks begins, else the end; also where somebody has made the search endless."""
    for _ in range(_TRIES):
        if (at := data.find(_MARK, at + 1)) < 0:
            break
        if _record_at(data, at) is not None:
            return at
    return len(data)
