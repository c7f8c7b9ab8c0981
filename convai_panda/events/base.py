"""What all events share: each is frozen and owns the name under which the messenger sends it. Pure."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    """The base of all events; ``name`` is what the messenger calls it."""

    name: ClassVar[str]
