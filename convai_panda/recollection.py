"""What has lately been said to and by one character, and where its story stands. Pure."""

from collections import deque
from dataclasses import dataclass, replace

from .events import Event, SectionEntered, SessionState, Speaker, StateChanged, Transcript

TAIL = 40  # finished lines: what a player scrolls back to, and a saved game stays small


@dataclass(frozen=True, slots=True)
class Recollection:
    """``lines`` are finished transcripts, the latest last; ``section`` is the narrative section's id, if any."""

    lines: tuple[Transcript, ...] = ()
    section: str | None = None


class Recollecting:
    """Keeps a recollection up to date."""

    def __init__(self) -> None:
        self._lines: deque[Transcript] = deque(maxlen=TAIL)
        self._section: str | None = None
        self._is_leaving = False  # a room whose talk is not this one

    @property
    def now(self) -> Recollection:
        """What is known."""
        return Recollection(tuple(self._lines), self._section)

    def restore(self, earlier: Recollection, *, is_in_a_room: bool = False) -> None:
        """Take over what was known at another time; what a room that is still open says until it is left is not."""
        self._is_leaving = is_in_a_room
        self._lines = deque(earlier.lines, maxlen=TAIL)
        self._section = earlier.section

    def notice(self, event: Event) -> None:
        """Something was told."""
        if self._is_leaving:
            self._is_leaving = not (isinstance(event, StateChanged) and event.state is SessionState.CLOSED)
            return
        match event:
            case Transcript(is_cut=True):
                self._cut(event)
            case Transcript(is_final=True, is_local=False):
                self._lines.append(event)
            case SectionEntered(section_id=section) if section:
                self._section = section

    def _cut(self, heard: Transcript) -> None:
        """Only this was heard of the turn, whose words may have been final already."""
        if self._lines and self._lines[-1].speaker is Speaker.CHARACTER:
            self._lines.pop()
        if heard.text:
            self._lines.append(replace(heard, is_final=True))
