"""The other end of the wire, built in: characters that answer without a key or a network."""

from .behaviour import Behaviour, SpeakingForms, TranscriptForms
from .characters import VILLAGERS, Character
from .inprocess import Simulator
from .memory import Memory

__all__ = ["VILLAGERS", "Behaviour", "Character", "Memory", "Simulator", "SpeakingForms", "TranscriptForms"]
