"""Which emotion a line is told with: as the provider that a Connect request names finds it. Pure."""

from ..protocol.connect import EmotionConfig

_FEWEST_WORDS, _LOW, _HIGH = 3, 0.33, 0.66  # Convai's own emotion_config, of the provider nrclex


def felt(config: EmotionConfig, text: str, emotion: str, scale: int) -> tuple[str, int]:
    """The emotion of a line and its strength, 1 to 3, as the provider finds them."""
    if config.provider == "llm":
        return emotion, scale
    if len(text.split()) < _given(config.min_word_threshold, _FEWEST_WORDS):
        return "neutral", 1
    intensity = (scale - 0.5) / 3
    low = _given(config.low_intensity_threshold, _LOW)
    high = _given(config.high_intensity_threshold, _HIGH)
    return emotion, 1 if intensity < low else 3 if intensity > high else 2


def _given(value: float | None, usual: float) -> float:
    return usual if value is None else value
