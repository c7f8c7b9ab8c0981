"""The other end of the wire, built in: characters that answer without a key or a network."""

from .behaviour import Behaviour, SpeakingForms, TranscriptForms
from .characters import VILLAGERS, Character
from .faults import FAULTS, Faults
from .inprocess import Simulator
from .memory import Memory

__all__ = [
    "FAULTS",
    "VILLAGERS",
    "Behaviour",
    "Character",
    "Faults",
    "Memory",
    "Simulator",
    "SpeakingForms",
    "TranscriptForms",
]
