"""How much of a text has been heard, from how long its voice has sounded. Pure."""

from dataclasses import dataclass

_USUAL = 15.0  # characters a second: ordinary English speech, until this character's own pace is known
_SLOWEST, _FASTEST = 6.0, 30.0  # characters a second: what lies outside was measured on something else
_ENOUGH = 1.0  # s of voice below which a turn teaches nothing
_WEIGHT = 0.5  # of the newest turn


@dataclass(slots=True)
class Pace:
    """One character's characters per second, pauses not counted."""

    characters_per_second: float = _USUAL
    _has_learnt: bool = False

    def learn(self, text: str, seconds: float) -> None:
        """A text was heard to its end in so many seconds of voice."""
        if seconds < _ENOUGH or not _SLOWEST <= len(text) / seconds <= _FASTEST:
            return
        weight = _WEIGHT if self._has_learnt else 1.0
        self.characters_per_second += weight * (len(text) / seconds - self.characters_per_second)
        self._has_learnt = True

    def heard(self, text: str, seconds: float) -> str:
        """The words of a text that were heard whole."""
        count = int(self.characters_per_second * seconds)
        if count >= len(text):
            return text
        return text[: text.rfind(" ", 0, count + 1) + 1].rstrip()
