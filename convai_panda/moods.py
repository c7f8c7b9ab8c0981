"""What the names of emotions mean: Plutchik's wheel, and the plainer words of Convai's pages. Pure."""

from enum import Enum


class Mood(Enum):
    """The eight sides of Plutchik's wheel, and neither."""

    JOY = "joy"
    TRUST = "trust"
    FEAR = "fear"
    SURPRISE = "surprise"
    SADNESS = "sadness"
    DISGUST = "disgust"
    ANGER = "anger"
    ANTICIPATION = "anticipation"
    NEUTRAL = "neutral"

    def __str__(self) -> str:
        return self.value


# Weak, plain and strong; then further words for the plain one.
_NAMES: dict[Mood, tuple[str, str, str, str]] = {
    Mood.JOY: ("serenity", "joy", "ecstasy", "happy happiness joyful glad cheerful amused excited delighted"),
    Mood.TRUST: ("acceptance", "trust", "admiration", "trusting friendly caring love loving grateful proud optimism"),
    Mood.FEAR: ("apprehension", "fear", "terror", "afraid fearful scared anxious worried nervous awe submission"),
    Mood.SURPRISE: ("distraction", "surprise", "amazement", "surprised amazed astonished confused confusion"),
    Mood.SADNESS: ("pensiveness", "sadness", "grief", "sad unhappy sorrow lonely disappointed remorse disapproval"),
    Mood.DISGUST: ("boredom", "disgust", "loathing", "disgusted bored contempt aversion"),
    Mood.ANGER: ("annoyance", "anger", "rage", "angry mad furious annoyed frustrated irritated aggressiveness"),
    Mood.ANTICIPATION: ("interest", "anticipation", "vigilance", "interested curious thoughtful thinking hopeful"),
    Mood.NEUTRAL: ("neutral", "neutral", "neutral", "calm none relaxed"),
}
_TIERS = (0.55, 0.8, 1.0)  # of the whole expression: weak, plain, strong
_SCALES = {1: 0.6, 2: 0.8, 3: 1.0}
_PLACES: dict[str, tuple[Mood, float]] = {
    name: (mood, tier)
    for mood, (weak, plain, strong, more) in _NAMES.items()
    for name, tier in [(weak, _TIERS[0]), (strong, _TIERS[2]), *((word, _TIERS[1]) for word in [plain, *more.split()])]
}


def mood_of(emotion: str, scale: int = 2) -> tuple[Mood | None, float]:
    """The mood behind an emotion's name, and its strength, 0 to 1; None for a name that nobody knows.

    ``scale`` is the service's 1 to 3. The case of letters does not matter.
    """
    mood, tier = _PLACES.get(emotion.strip().casefold(), (None, 0.0))
    return mood, 0.0 if mood is Mood.NEUTRAL else tier * _SCALES[max(1, min(3, scale))]
