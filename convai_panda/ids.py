"""Where ids and tokens come from: the system's own randomness, or a seed where a run has to be repeatable. Pure."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

_source: random.Random = random.SystemRandom()


def new_uuid() -> str:
    """A random UUID."""
    return str(UUID(int=_source.getrandbits(128), version=4))


def new_hex(size: int) -> str:
    """``size`` random bytes, in hexadecimal."""
    return f"{_source.getrandbits(8 * size):0{2 * size}x}"


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """The same ids in the same order each time: for tests and replays, never for a service."""
    global _source
    before, _source = _source, random.Random(seed)
    try:
        yield
    finally:
        _source = before
