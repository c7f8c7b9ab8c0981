"""The other end of the wire, built in: characters that answer without a key or a network."""

from .behaviour import Behaviour
from .characters import VILLAGERS, Character
from .dialect import Dialect
from .faults import FAULTS, Faults
from .inprocess import Simulator
from .memory import Memory

__all__ = [
    "FAULTS",
    "VILLAGERS",
    "Behaviour",
    "Character",
    "Dialect",
    "Faults",
    "Memory",
    "Simulator",
]
