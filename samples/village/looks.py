"""What each villager looks like: plain values that `villagers.build_villager` turns into a body."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from samples.village.geometry import Color, rgb


class Hair(Enum):
    """How the hair is worn."""

    SWEPT = "short, swept to one side"
    BUN = "gathered in a bun"
    RING = "a ring around a bald crown"
    CURLS = "a cloud of curls"
    BRAID = "one long braid"
    BOB = "straight, to the chin"


class Beard(Enum):
    """What grows on the chin."""

    NONE = "nothing"
    FULL = "full and trimmed"
    LONG = "long and white-haired wisdom"
    MOUSTACHE = "a moustache"


class Hat(Enum):
    """What is worn on the head."""

    NONE = "nothing"
    STRAW = "a straw hat"
    CAP = "a sailor's knitted cap"
    WRAP = "a wound cloth"
    KERCHIEF = "a kerchief"


class Outfit(Enum):
    """The cut of the clothes."""

    SMITH = "shirt with rolled sleeves and a leather apron"
    BAKER = "long dress and a white apron"
    SAILOR = "thick jumper with a scarf"
    TRADER = "bright dress and a shawl"
    RANGER = "tunic, belt and cloak"
    FARMER = "shirt, waistcoat and trousers"


@dataclass(frozen=True)
class Look:
    """One person's appearance; heights and widths are factors of the common build."""

    name: str
    home: str  # the spot of the village where this person stands
    outfit: Outfit
    skin: Color
    hair: Hair
    hair_color: Color
    main: Color  # shirt, dress, tunic
    second: Color  # apron, shawl, cloak, waistcoat
    third: Color  # trousers, belt, scarf
    eyes: Color
    beard: Beard = Beard.NONE
    hat: Hat = Hat.NONE
    hat_color: Color = (0.8, 0.7, 0.4)
    height: float = 1.0
    width: float = 1.0
    belly: float = 0.0
    nose: float = 1.0
    jaw: float = 1.0  # how broad the lower face is
    lashes: float = 0.4
    lips: float = 0.35  # how much redder than the skin
    freckles: bool = False
    wrinkles: bool = False


LOOKS: dict[str, Look] = {
    look.name: look
    for look in (
        Look(
            "bram", "forge", Outfit.SMITH, rgb("#e0a27c"), Hair.SWEPT, rgb("#4a2a1a"), rgb("#46719c"),
            rgb("#7a4a2a"), rgb("#4b4038"), rgb("#5b7f4a"), Beard.FULL,
            height=1.05, width=1.22, belly=0.25, nose=1.25, jaw=1.1,
        ),
        Look(
            "elodie", "bakery", Outfit.BAKER, rgb("#f2c3a2"), Hair.BUN, rgb("#b4481f"), rgb("#c25560"),
            rgb("#f4ead8"), rgb("#7b3340"), rgb("#3f7f8c"), hat=Hat.KERCHIEF, hat_color=rgb("#f4ead8"),
            height=0.97, width=1.02, belly=0.1, nose=0.85, lashes=1.0, lips=0.8, freckles=True,
        ),
        Look(
            "tomas", "pond", Outfit.SAILOR, rgb("#cf9270"), Hair.RING, rgb("#ece6dc"), rgb("#d39a2f"),
            rgb("#2f4a66"), rgb("#3d4454"), rgb("#4b6f9c"), Beard.LONG, Hat.CAP, rgb("#2f4a66"),
            height=0.95, width=1.08, belly=0.35, nose=1.35, wrinkles=True,
        ),
        Look(
            "amara", "market", Outfit.TRADER, rgb("#7a4a32"), Hair.CURLS, rgb("#241812"), rgb("#1f8a86"),
            rgb("#e2a23a"), rgb("#8e3b6b"), rgb("#3a2416"), hat=Hat.WRAP, hat_color=rgb("#d9632f"),
            height=1.02, width=1.06, belly=0.12, nose=1.05, lashes=1.0, lips=0.75,
        ),
        Look(
            "ines", "gate", Outfit.RANGER, rgb("#c98d64"), Hair.BRAID, rgb("#2c1d18"), rgb("#6c7a4a"),
            rgb("#2f5a48"), rgb("#5a3d26"), rgb("#6a4423"), height=1.04, width=0.94, nose=0.9,
            lashes=0.9, lips=0.55,
        ),
        Look(
            "jun", "well", Outfit.FARMER, rgb("#e6b388"), Hair.BOB, rgb("#1d1a1c"), rgb("#e9dcc0"),
            rgb("#5f7f3f"), rgb("#5d5147"), rgb("#33231a"), hat=Hat.STRAW, hat_color=rgb("#dcb765"),
            height=0.99, width=0.95, nose=0.9, lashes=0.5, lips=0.4,
        ),
    )
}  # fmt: skip

TRAVELLER = Look(
    "traveller", "start", Outfit.RANGER, rgb("#d9a07a"), Hair.SWEPT, rgb("#7a4f2a"), rgb("#8c5a3c"),
    rgb("#7f2f2f"), rgb("#403830"), rgb("#4a6a4a"), height=1.02, width=1.0, lashes=0.4,
)  # fmt: skip
