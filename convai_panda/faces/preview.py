"""Show one shape or mood on a model, as it would be shown in a talk: for whoever makes or checks a face. Pure."""

import numpy as np

from ..errors import ConfigurationError
from ..moods import Mood, mood_of
from ..protocol.blendshapes import VISEMES
from .channels import pose, weights
from .driver import FaceDriver
from .expression import LOOKS


def preview(
    driver: FaceDriver, *, viseme: str | None = None, emotion: str | None = None, scale: int = 2, blink: float = 0.0
) -> None:
    """Hold a viseme, an emotion at a strength of 1 to 3, shut lids (0 to 1), or all of them at once.

    Raises ConfigurationError for a viseme or an emotion that is not known.
    """
    channels = tuple(driver.channels)
    values = blink * pose({"EyeBlink*": 1.0}, channels)
    if viseme is not None:
        if viseme not in VISEMES:
            raise ConfigurationError(f"{viseme!r} is no viseme. There are: {', '.join(VISEMES)}.")
        values += np.maximum(weights("visemes", channels)[VISEMES.index(viseme)], 0.0)
    if emotion is not None:
        mood, strength = mood_of(emotion, scale)
        if mood is None:
            raise ConfigurationError(f"{emotion!r} is no emotion that a face has a look for.")
        if mood is not Mood.NEUTRAL:
            values += strength * pose(LOOKS[mood], channels)
    driver.show(np.minimum(values, 1.0).tolist())
