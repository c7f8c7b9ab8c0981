"""The look of a mood: eased in, held, decaying, one blending into the next. Pure.

A neutral never wipes a face: the service sends far more of them than of anything else.
"""

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from ..moods import Mood
from .channels import Recipe, Weights, pose

_EASE = 0.30  # s: time constant with which a mood comes and goes into another
_HOLD = 5.0  # s that it is held in full after it was last felt or spoken in
_FADE = 6.0  # s: time constant of its decay afterwards
_STILL = 0.002  # of a channel: what nobody sees

# The full expression in ARKit shapes; a star stands for both sides. Lips stay free to speak.
LOOKS: Mapping[Mood, Recipe] = {
    Mood.JOY: {"MouthSmile*": 0.75, "CheekSquint*": 0.6, "EyeSquint*": 0.25, "BrowOuterUp*": 0.2, "MouthDimple*": 0.2},
    Mood.TRUST: {"MouthSmile*": 0.4, "CheekSquint*": 0.25, "BrowInnerUp": 0.25, "EyeSquint*": 0.1},
    Mood.FEAR: {
        "BrowInnerUp": 0.9, "BrowOuterUp*": 0.25, "EyeWide*": 0.8, "MouthStretch*": 0.5, "MouthFrown*": 0.3,
    },
    Mood.SURPRISE: {"BrowInnerUp": 0.8, "BrowOuterUp*": 0.9, "EyeWide*": 0.8, "JawOpen": 0.28, "MouthFunnel": 0.25},
    Mood.SADNESS: {
        "BrowInnerUp": 0.85, "BrowDown*": 0.15, "MouthFrown*": 0.75, "EyeSquint*": 0.2, "EyeBlink*": 0.18,
        "MouthShrugLower": 0.35,
    },
    Mood.DISGUST: {
        "NoseSneer*": 0.8, "BrowDown*": 0.5, "MouthUpperUp*": 0.3, "MouthFrown*": 0.45, "EyeSquint*": 0.45,
        "EyeBlink*": 0.12,
    },
    Mood.ANGER: {
        "BrowDown*": 1.0, "EyeSquint*": 0.35, "NoseSneer*": 0.35, "MouthPress*": 0.45, "MouthFrown*": 0.4,
        "JawForward": 0.2,
    },
    Mood.ANTICIPATION: {"BrowInnerUp": 0.35, "BrowOuterUp*": 0.5, "EyeWide*": 0.3, "MouthSmile*": 0.15},
}  # fmt: skip


class Expression:
    """One face's mood, in its channels."""

    def __init__(self, channels: tuple[str, ...]) -> None:
        self._channels = channels
        self._goal = np.zeros(len(channels))
        self._felt_at = -math.inf
        self._is_settled = True
        self._way: Weights | None = None  # that is left to the goal, while that stands still
        self._distance = 0.0  # the most of it in one channel
        self.kept_at = -math.inf  # when the character last spoke: until then it does not decay
        self.shown = np.zeros(len(channels))

    def feel(self, mood: Mood | None, strength: float, now: float) -> None:
        """Take on a mood, 0 to 1 strong; neutral and unknown ones leave the face as it is."""
        if mood is None or mood is Mood.NEUTRAL or strength <= 0.0:
            return
        self._goal = strength * _look(mood, self._channels)
        self._felt_at = now
        self._is_settled, self._way = False, None

    def clear(self) -> None:
        """Let go of it; the face eases back."""
        self._goal = np.zeros(len(self._channels))
        self._felt_at = -math.inf
        self._is_settled, self._way = False, None

    def follow(self, now: float, elapsed: float) -> bool:
        """Move on; whether ``shown`` has changed."""
        age = now - max(self._felt_at + _HOLD, self.kept_at)
        if self._is_settled and (age <= 0.0 or self._felt_at == -math.inf):
            return False
        goal = self._goal
        if age > 0.0:
            goal, self._way = self._goal * math.exp(-age / _FADE), None
        way, distance = self._way, self._distance
        if way is None:
            way = goal - self.shown
            distance = float(np.abs(way).max(initial=0.0))
        if distance < _STILL:
            self._is_settled = age <= 0.0 or math.exp(-age / _FADE) < _STILL
            return False
        self._is_settled = False
        left = math.exp(-elapsed / _EASE)
        way *= left
        np.subtract(goal, way, out=self.shown)
        self._way, self._distance = None if age > 0.0 else way, distance * left
        return True


@lru_cache(maxsize=64)
def _look(mood: Mood, channels: tuple[str, ...]) -> Weights:
    return pose(LOOKS[mood], channels)
