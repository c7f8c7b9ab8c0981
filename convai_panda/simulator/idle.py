"""When a silent player is warned and let go. Pure. Source: Convai live API, session events."""

from .behaviour import Behaviour


class IdleTimer:
    """Runs from the last sign of life; one warning, then the end."""

    def __init__(self, behaviour: Behaviour, now: float) -> None:
        self._timeout = behaviour.idle_timeout
        self._warning = behaviour.idle_warning
        self._last_sign = now
        self.is_warned = False

    def show_life(self, now: float) -> None:
        """Somebody said, sent or heard something: begin anew."""
        self._last_sign = max(self._last_sign, now)
        self.is_warned = False

    @property
    def next_time(self) -> float:
        """When the warning, or after it the end, is due."""
        return self._last_sign + (self._timeout if self.is_warned else self._timeout - self._warning)
