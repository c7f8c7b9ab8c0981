"""What a face can show, and what each wire format means in those terms: every table of the wire is here. Pure.

A channel is one thing that a face can do, 0 at rest and 1 in full: the shapes of ARKit under their names on the wire
(``JawOpen``), the fifteen visemes (``viseme_aa``), and a few plain ones for simple faces (``open``, ``smile``).
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..protocol.blendshapes import ARKIT, SHAPES, VISEMES

Weights = NDArray[np.float64]
Recipe = Mapping[str, float]  # channel: how much of it

PLAIN: Mapping[str, Recipe] = {
    "open": {"JawOpen": 1.0, "MouthLowerDown*": 0.15, "MouthClose": -1.0},
    "wide": {"MouthStretch*": 0.5, "MouthSmile*": 0.2, "MouthDimple*": 0.2},
    "round": {"MouthFunnel": 0.8, "MouthPucker": 1.0},
    "press": {"MouthPress*": 0.5, "MouthRollLower": 0.3, "MouthRollUpper": 0.3, "MouthClose": 0.5},
    "bite": {"MouthRollLower": 1.0, "MouthRollUpper": -1.0},
    "smile": {"MouthSmile*": 0.5},
    "frown": {"MouthFrown*": 0.5},
    "blink": {"EyeBlink*": 0.5},
    "squint": {"EyeSquint*": 0.3, "CheekSquint*": 0.2},
    "wide_eyes": {"EyeWide*": 0.5},
    "brows_up": {"BrowInnerUp": 0.5, "BrowOuterUp*": 0.3},
    "brows_down": {"BrowDown*": 0.5},
    "brows_worried": {"BrowInnerUp": 1.0, "BrowOuterUp*": -0.5},
}

CHANNELS = (*ARKIT[:52], *(f"viseme_{name}" for name in VISEMES), *PLAIN)  # what follows in ARKit are rotations

# A star stands for both sides.
_OF_VISEME: Mapping[str, Recipe] = {
    "pp": {"MouthPress*": 0.6, "MouthRollLower": 0.35, "MouthRollUpper": 0.3},
    "ff": {"JawOpen": 0.06, "MouthRollLower": 0.65, "MouthUpperUp*": 0.25},
    "th": {"JawOpen": 0.16, "TongueOut": 0.35, "MouthLowerDown*": 0.2, "MouthUpperUp*": 0.1},
    "dd": {"JawOpen": 0.18, "MouthLowerDown*": 0.25, "MouthUpperUp*": 0.15, "MouthStretch*": 0.1},
    "kk": {"JawOpen": 0.22, "MouthLowerDown*": 0.2, "MouthStretch*": 0.12},
    "ch": {"JawOpen": 0.14, "MouthFunnel": 0.5, "MouthPucker": 0.15, "MouthLowerDown*": 0.15},
    "ss": {"JawOpen": 0.08, "MouthStretch*": 0.3, "MouthLowerDown*": 0.25, "MouthUpperUp*": 0.15},
    "nn": {"JawOpen": 0.16, "MouthLowerDown*": 0.18, "MouthUpperUp*": 0.1, "MouthStretch*": 0.1},
    "rr": {"JawOpen": 0.18, "MouthFunnel": 0.35, "MouthPucker": 0.2},
    "aa": {"JawOpen": 0.62, "MouthLowerDown*": 0.3, "MouthUpperUp*": 0.15},
    "e": {"JawOpen": 0.32, "MouthStretch*": 0.35, "MouthSmile*": 0.15, "MouthLowerDown*": 0.3},
    "ih": {"JawOpen": 0.22, "MouthStretch*": 0.25, "MouthSmile*": 0.12, "MouthLowerDown*": 0.25},
    "oh": {"JawOpen": 0.42, "MouthFunnel": 0.5, "MouthPucker": 0.2},
    "ou": {"JawOpen": 0.2, "MouthFunnel": 0.35, "MouthPucker": 0.6},
}

# The visemes as ARKit shapes betray them, for models that have nothing else.
_TO_VISEME: Mapping[str, Recipe] = {
    "pp": {"MouthPress*": 0.6, "MouthRollUpper": 0.5, "MouthClose": 0.5},
    "ff": {"MouthRollLower": 1.0, "MouthRollUpper": -1.0, "MouthPress*": -0.3},
    "th": {"TongueOut": 1.5},
    "ss": {"MouthStretch*": 0.5, "JawOpen": -1.0},
    "aa": {"JawOpen": 1.5, "MouthFunnel": -0.8, "MouthPucker": -0.9, "MouthStretch*": -0.4, "MouthClose": -1.0},
    "e": {"MouthStretch*": 0.7, "MouthSmile*": 0.1},
    "oh": {"MouthFunnel": 1.3, "MouthPucker": -0.6},
    "ou": {"MouthPucker": 1.4, "MouthFunnel": -0.1},
}

# "#" stands for one side: L and R on their wire, Left and Right on ours.
_OF_MHA: Mapping[str, Recipe] = {
    "browDown#": {"BrowDown#": 1.0},
    "browRaiseIn#": {"BrowInnerUp": 0.5},
    "browRaiseOuter#": {"BrowOuterUp#": 1.0},
    "eyeBlink#": {"EyeBlink#": 1.0},
    "eyeCheekRaise#": {"CheekSquint#": 1.0},
    "eyeLookDown#": {"EyeLookDown#": 1.0},
    "eyeLookUp#": {"EyeLookUp#": 1.0},
    "eyeLookLeftL": {"EyeLookOutLeft": 1.0},
    "eyeLookLeftR": {"EyeLookInRight": 1.0},
    "eyeLookRightL": {"EyeLookInLeft": 1.0},
    "eyeLookRightR": {"EyeLookOutRight": 1.0},
    "eyeSquintInner#": {"EyeSquint#": 1.0},
    "eyeWiden#": {"EyeWide#": 1.0},
    "jawFwd": {"JawForward": 1.0},
    "jawLeft": {"JawLeft": 1.0},
    "jawRight": {"JawRight": 1.0},
    "jawOpen": {"JawOpen": 1.0},
    "jawOpenExtreme": {"JawOpen": 0.5},
    "jawChinRaiseD#": {"MouthShrugLower": 0.5},
    "jawChinRaiseU#": {"MouthShrugUpper": 0.5},
    "mouthCheekBlow#": {"CheekPuff": 0.5},
    "mouthCornerDepress#": {"MouthFrown#": 1.0},
    "mouthCornerPull#": {"MouthSmile#": 1.0},
    "mouthSharpCornerPull#": {"MouthSmile#": 0.8},
    "mouthDimple#": {"MouthDimple#": 1.0},
    "mouthFunnelD#": {"MouthFunnel": 0.25},
    "mouthFunnelU#": {"MouthFunnel": 0.25},
    "mouthLipsPurseD#": {"MouthPucker": 0.25},
    "mouthLipsPurseU#": {"MouthPucker": 0.25},
    "mouthLipsTogetherD#": {"MouthClose": 0.25},
    "mouthLipsTogetherU#": {"MouthClose": 0.25},
    "mouthLeft": {"MouthLeft": 1.0},
    "mouthRight": {"MouthRight": 1.0},
    "mouthLowerLipDepress#": {"MouthLowerDown#": 1.0},
    "mouthUpperLipRaise#": {"MouthUpperUp#": 1.0},
    "mouthLowerLipRollIn#": {"MouthRollLower": 0.5},
    "mouthUpperLipRollIn#": {"MouthRollUpper": 0.5},
    "mouthLowerLipBite#": {"MouthRollLower": 0.5},
    "mouthPressD#": {"MouthPress#": 0.5},
    "mouthPressU#": {"MouthPress#": 0.5},
    "mouthStretch#": {"MouthStretch#": 1.0},
    "noseWrinkle#": {"NoseSneer#": 1.0},
    "tongueOut": {"TongueOut": 1.0},
}

_OF_CC4: Mapping[str, Recipe] = {
    "Brow_Drop_#": {"BrowDown#": 1.0},
    "Brow_Compress_#": {"BrowDown#": 0.3},
    "Brow_Raise_Inner_#": {"BrowInnerUp": 0.5},
    "Brow_Raise_Outer_#": {"BrowOuterUp#": 1.0},
    "Cheek_Puff_#": {"CheekPuff": 0.5},
    "Cheek_Raise_#": {"CheekSquint#": 1.0},
    "Eye_Blink_#": {"EyeBlink#": 1.0},
    "Eye_Squint_#": {"EyeSquint#": 1.0},
    "Eye_Wide_#": {"EyeWide#": 1.0},
    "Eye_#_Look_Down": {"EyeLookDown#": 1.0},
    "Eye_#_Look_Up": {"EyeLookUp#": 1.0},
    "Eye_L_Look_L": {"EyeLookOutLeft": 1.0},
    "Eye_R_Look_L": {"EyeLookInRight": 1.0},
    "Eye_L_Look_R": {"EyeLookInLeft": 1.0},
    "Eye_R_Look_R": {"EyeLookOutRight": 1.0},
    "Jaw_Forward": {"JawForward": 1.0},
    "Jaw_L": {"JawLeft": 1.0},
    "Jaw_R": {"JawRight": 1.0},
    "Jaw_Open": {"JawOpen": 1.0},
    "Mouth_Close": {"MouthClose": 1.0},
    "Mouth_Dimple_#": {"MouthDimple#": 1.0},
    "Mouth_Down_Lower_#": {"MouthLowerDown#": 1.0},
    "Mouth_Drop_Lower": {"MouthLowerDown*": 0.5},
    "Mouth_Frown_#": {"MouthFrown#": 1.0},
    "Mouth_Funnel_Down_#": {"MouthFunnel": 0.25},
    "Mouth_Funnel_Up_#": {"MouthFunnel": 0.25},
    "Mouth_L": {"MouthLeft": 1.0},
    "Mouth_R": {"MouthRight": 1.0},
    "Mouth_Press_#": {"MouthPress#": 1.0},
    "Mouth_Pucker_Down_#": {"MouthPucker": 0.25},
    "Mouth_Pucker_Up_#": {"MouthPucker": 0.25},
    "Mouth_Roll_In_Lower_#": {"MouthRollLower": 0.5},
    "Mouth_Roll_In_Upper_#": {"MouthRollUpper": 0.5},
    "Mouth_Shrug_Lower": {"MouthShrugLower": 1.0},
    "Mouth_Shrug_Upper": {"MouthShrugUpper": 1.0},
    "Mouth_Smile_#": {"MouthSmile#": 1.0},
    "Mouth_Smile_Sharp_#": {"MouthSmile#": 0.8},
    "Mouth_Stretch_#": {"MouthStretch#": 1.0},
    "Mouth_Up_Upper_#": {"MouthUpperUp#": 1.0},
    "Nose_Sneer_#": {"NoseSneer#": 1.0},
    "Tongue_Out": {"TongueOut": 1.0},
}

_SIDES = (("L", "Left"), ("R", "Right"))


def both(recipe: Recipe) -> dict[str, float]:
    """A recipe with every star written out as the two sides."""
    return {
        name.replace("*", side): amount
        for name, amount in recipe.items()
        for side in (("Left", "Right") if "*" in name else ("",))
    }


@lru_cache(maxsize=64)
def weights(format_: str, channels: tuple[str, ...]) -> Weights:
    """What a frame of a wire format is multiplied by to give channels: one row a shape, one column a channel.

    Raises KeyError for a format or a channel that there is not.
    """
    if format_ == "visemes":
        shapes = _to_arkit("visemes") @ weights("arkit", channels)
        for column, channel in enumerate(channels):
            if (viseme := channel.removeprefix("viseme_")) != channel:
                shapes[:, column] = 0.0
                shapes[VISEMES.index(viseme), column] = 1.0
        return shapes
    if format_ != "arkit":
        mapped: Weights = _to_arkit(format_) @ weights("arkit", channels)
        return mapped
    return np.column_stack([_column(channel) for channel in channels]) if channels else np.zeros((len(ARKIT), 0))


def pose(recipe: Recipe, channels: tuple[str, ...]) -> Weights:
    """What a recipe of ARKit shapes looks like in channels."""
    whole: Weights = _arkit(recipe) @ weights("arkit", channels)
    return np.maximum(whole, 0.0)


def _column(channel: str) -> Weights:
    if channel in PLAIN:
        return _arkit(PLAIN[channel])
    if (viseme := channel.removeprefix("viseme_")) != channel:
        if viseme not in VISEMES:
            raise KeyError(channel)
        return _arkit(_TO_VISEME.get(viseme, {}))
    return _arkit({channel: 1.0})


def _arkit(recipe: Recipe) -> Weights:
    row = np.zeros(len(ARKIT))
    for name, amount in both(recipe).items():
        if name not in ARKIT:
            raise KeyError(name)
        row[ARKIT.index(name)] += amount
    return row


@lru_cache(maxsize=8)
def _to_arkit(format_: str) -> Weights:
    table = {"visemes": _OF_VISEME, "mha": _OF_MHA, "cc4_extended": _OF_CC4}[format_]
    names = SHAPES[format_]
    matrix = np.zeros((len(names), len(ARKIT)))
    for pattern, recipe in table.items():
        for short, long in _SIDES if "#" in pattern else (("", ""),):
            row = names.index(pattern.replace("#", short))
            matrix[row] += _arkit({name.replace("#", long): amount for name, amount in recipe.items()})
    return matrix
