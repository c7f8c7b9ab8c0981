"""What models call their shapes: every table of model names is here. Pure.

Names are compared without case, underscores and the like, and without what exporters put in front of them.
"""

import re

from ..protocol.blendshapes import ARKIT, CC4_EXTENDED, MHA, VISEMES
from .channels import CHANNELS, weights

_PLAIN_WORDS = {
    "open": "open mouthopen jaw mouth talk talking speak openmouth mouthopening jawdrop lipsopen aah skhead1",
    "wide": "wide mouthwide",
    "round": "round mouthround narrow mouthnarrow pucker kiss mouthpucker",
    "press": "press closed mouthclosed lipspressed",
    "smile": "smile happy mouthsmile smiling joy fclmthfun fclalljoy fun",
    "frown": "frown sad mouthfrown sorrow fclmthsorrow",
    "blink": "blink eyesclosed blinkboth eyeblink eyesblink eyeclose fcleyeclose",
    "brows_up": "browsup browup eyebrowsup browraise fclbrwsurprised",
    "brows_down": "browsdown browdown eyebrowsdown angry browsangry fclbrwangry",
    "brows_worried": "browsworried browssad fclbrwsorrow",
    "wide_eyes": "eyeswide eyewide surprised fcleyesurprised",
    "EyeBlinkLeft": "blinkleft blinkl leftblink fcleyeclosel",
    "EyeBlinkRight": "blinkright blinkr rightblink fcleyecloser",
    "BrowInnerUp": "browinnerupl browinnerupr browinnerupleft browinnerupright",
    "CheekPuff": "cheekpuffl cheekpuffr cheekpuffleft cheekpuffright",
    "viseme_aa": "a ah vaa vopen fclmtha mtha vrca",
    "viseme_e": "e eh ve ee fclmthe mthe",
    "viseme_ih": "i ih vi fclmthi mthi vwide",
    "viseme_oh": "o oh vo fclmtho mtho vtightojm",
    "viseme_ou": "u ou oo vu fclmthu mthu vtighto",
    "viseme_pp": "mbp bmp pbm vexplosive",
    "viseme_ff": "fv vf vdentallip",
    "viseme_ch": "chjsh vaffricate",
}
_SUFFIX_LENGTH = 7  # letters from which a name may be the end of a longer one


def _simple(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _names() -> dict[str, str]:
    table: dict[str, str] = {}
    for format_, shapes in (("mha", MHA), ("cc4_extended", CC4_EXTENDED)):
        matrix = weights(format_, ARKIT[:52])
        for shape, row in zip(shapes, matrix, strict=True):
            if row.max() > 0.0:
                table[_simple(shape)] = ARKIT[int(row.argmax())]
    for channel, words in _PLAIN_WORDS.items():
        table |= dict.fromkeys(words.split(), channel)
    for viseme in VISEMES:
        table.setdefault(viseme, f"viseme_{viseme}")
        table[f"viseme{viseme}"] = table[f"v{viseme}"] = f"viseme_{viseme}"
    table |= {"visemei": "viseme_ih", "visemeo": "viseme_oh", "visemeu": "viseme_ou"}
    for shape in ARKIT[:52]:
        table[_simple(shape)] = shape
        for side in ("Left", "Right"):
            if shape.endswith(side):
                stem = _simple(shape.removesuffix(side))
                table[f"{stem}{side[0].lower()}"] = table[f"{side.lower()}{stem}"] = shape
    return table


_TABLE = _names()
_LONG = sorted((name for name in _TABLE if len(name) >= _SUFFIX_LENGTH), key=len, reverse=True)


def channel_of(name: str) -> str | None:
    """The channel that a model's shape of this name stands for; None where the name says nothing."""
    if name in CHANNELS:
        return name
    for part in (name, re.split(r"[.:|/]", name)[-1]):
        if channel := _TABLE.get(_simple(part)):
            return channel
    simple = _simple(name)
    return next((_TABLE[long] for long in _LONG if simple.endswith(long)), None)
