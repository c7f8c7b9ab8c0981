"""When a character's turn has really been heard: the service's words about its voice, and the voice itself. Pure.

The service says that it has stopped when it has sent the last of the voice, up to a second before that is
heard, and its first sample may come a tenth of a second after the announcement. So the end is the samples'; and
where the service forgets to say that it has stopped, their absence. Voices of one turn may be announced one after the
other; the first one after the turn's end belongs to the next.
"""

from dataclasses import dataclass

_SENDER_QUEUE = 1.5  # s after the service's stop in which sound may still begin (its queue of 1 s, and the network)
_LOST = 6.0  # s of silence in an announced voice after which its end must have been lost; services stall for less
_PAUSE = 0.5  # s of silence after the stop that is no pause between sentences any more


@dataclass(slots=True)
class Utterance:
    """One character's voice, turn by turn."""

    is_announced: bool = False  # the service says that it speaks
    is_under_way: bool = False  # announced, or heard, or still to be heard
    _is_whole: bool = False  # its turn is completed: what is announced next is another one's
    _stopped_at: float = 0.0
    _heard_at: float = float("-inf")
    _began_at: float = 0.0

    @property
    def is_to_be_followed(self) -> bool:
        """Whether a voice that is announced now ends this one, whose end was not seen yet."""
        return self.is_under_way and self._is_whole and not self.is_announced

    def start(self, now: float) -> None:
        """The service has announced a voice."""
        if not self.is_under_way or self.is_to_be_followed:
            self._began_at = now
        self.is_announced = self.is_under_way = True
        self._is_whole = False

    def complete(self) -> None:
        """The service has completed the turn; the last of its voice may still be heard."""
        self._is_whole = True

    def stop(self, now: float) -> None:
        """The service has sent the last of it."""
        if self.is_announced:
            self.is_announced = False
            self._stopped_at = now

    def cut(self) -> None:
        """It was interrupted, or the room is gone: nothing more of it will be heard."""
        self.is_announced = self.is_under_way = False

    @property
    def was_heard(self) -> bool:
        """Whether anything of the latest one was."""
        return self._heard_at >= self._began_at

    def follow(self, now: float, *, is_sounding: bool) -> bool:
        """Take what the voice does now; true at the moment at which the utterance is over."""
        if is_sounding:
            self._heard_at = now
            if not self.is_under_way:
                self.is_under_way, self._is_whole = True, False
                self._began_at = self._stopped_at = now
            return False
        if not self.is_under_way:
            return False
        if self.is_announced:
            if now - max(self._heard_at, self._began_at) < _LOST:
                return False
            self.stop(now - _LOST)
        quiet_since = max(self._heard_at, self._stopped_at)
        if now - quiet_since < (_PAUSE if self.was_heard else _SENDER_QUEUE):
            return False
        self.is_under_way = False
        return True
