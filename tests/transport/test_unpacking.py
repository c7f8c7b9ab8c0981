"""Compressed bodies: unpacked, but never beyond what is wanted."""

import gzip
import tracemalloc
import zlib

import pytest

from convai_panda.transport.unpacking import DecodingError, unpack

BODY = b'{"token": "x"}' * 10


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (BODY, ""),
        (BODY, "identity"),
        (gzip.compress(BODY), "GZIP"),
        (gzip.compress(BODY), "x-gzip"),
        (zlib.compress(BODY), "deflate"),
    ],
)
def test_a_body_is_what_was_packed(packed: bytes, encoding: str) -> None:
    assert unpack(packed, encoding, most=1_000) == BODY


def test_a_bomb_does_not_go_off() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    tracemalloc.start()
    assert len(unpack(bomb, "gzip", most=1_000)) == 1_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize(("packed", "encoding"), [(BODY, "gzip"), (b"", "br"), (BODY, "zstd")])
def test_what_is_not_packed_as_it_says_is_an_error(packed: bytes, encoding: str) -> None:
    with pytest.raises(DecodingError):
        unpack(packed, encoding, most=1_000)
