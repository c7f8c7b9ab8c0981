"""Who lives in the village: which Convai character plays whom, under which look."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """A villager: ``look`` names one of `looks.LOOKS`."""

    character_id: str
    name: str
    look: str


# To meet your own characters here, put their ids in place of these.
PEOPLE: tuple[Person, ...] = (
    Person("0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0001", "Bram", "bram"),
    Person("0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0002", "Elodie", "elodie"),
    Person("0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0003", "Tomas", "tomas"),
    Person("0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0004", "Amara", "amara"),
    Person("0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0005", "Ines", "ines"),
    Person("0b9d3c1e-5a55-4a57-9d6a-6f1b8a1f0006", "Jun", "jun"),
)
