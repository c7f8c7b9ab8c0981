"""A scripted player who plays the story to its end, for a run without a window. Main thread only."""

from __future__ import annotations

from samples.village.tour import Tour

_WHOLE_ERRAND = 120.0  # s: to the well, the market and back


class Playthrough(Tour):
    """From the first chapter to the last, and a picture of the end."""

    def run(self) -> None:
        """Play; raises AssertionError where a step takes too long."""
        jun, ines, amara, bram = map(self._game.find, ("Jun", "Ines", "Amara", "Bram"))
        self._picture("village-arrival")
        self._visit(jun, picture="village-talk")
        self._visit(ines, lines=2)
        self._visit(amara, picture="village-market")
        self._ask(amara, "Have you got a pane of blue glass?", lines=2)
        self._visit(jun)
        self._ask(jun, "Please fetch water for Amara!", face="village-face")
        self._until(lambda: jun.character.actions.current is None, "Jun has brought water", within=_WHOLE_ERRAND)
        self._visit(amara, lines=2)
        self._visit(bram, lines=2, picture="village-forge")
        self._visit(ines, lines=2)
        self._picture("village-lantern")
        self._ask(ines, "Please open the gate.", lines=3)  # that she will, that it is done, and farewell
        self._until(lambda: self._game.story.is_over, "the story ends")
        self._picture("village-end")
