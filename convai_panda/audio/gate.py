"""What of a voice is still to be heard: sound is marked when it is written, and outlived by an interruption.

Any thread may interrupt while another writes and a third reads; every step is one assignment or one ``next``.
"""

from itertools import count


class Gate:
    """Open, or closed until the next turn; ``epoch`` grows with each cut."""

    def __init__(self) -> None:
        self._epochs = count(1)
        self.epoch = 0
        self.is_open = True

    def cut(self) -> None:
        """What was marked before is stale."""
        self.epoch = next(self._epochs)

    def close(self) -> None:
        """So is what is written until ``open``."""
        self.is_open = False
        self.cut()

    def open(self) -> None:
        """What is written from now on is heard."""
        self.is_open = True

    def mark(self) -> int | None:
        """The mark for sound that is written now; None: it is stale already."""
        # The epoch first: sound that slips past a closing gate then carries a mark from before the cut.
        epoch = self.epoch
        return epoch if self.is_open else None
