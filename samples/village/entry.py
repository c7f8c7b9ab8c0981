"""The line that the player writes in: any script, and what was written before with the arrow keys. Main thread only.

DirectEntry takes the keys and the input method; its own text is invisible, because it has one font only, and the
same words are typeset over it.
"""

from __future__ import annotations

from collections.abc import Callable

from direct.gui.DirectGui import DirectEntry
from direct.showbase.ShowBase import ShowBase

from samples.village.hud import GOLD, Words, panel
from samples.village.lettering import Ink, measure

_HALF = 1.12
_SIZE = 0.05
_KEPT = 50  # lines that are remembered


class Entry:
    """``on_say`` takes what was written; ``on_typing`` hears when writing begins and ends."""

    def __init__(
        self, base: ShowBase, ink: Ink, *, on_say: Callable[[str], None], on_typing: Callable[[bool], None]
    ) -> None:
        self._on_say, self._on_typing = on_say, on_typing
        self._root = base.a2dBottomCenter.attach_new_node("entry")
        self._root.set_z(0.46)
        panel(self._root, -_HALF, _HALF, -0.03, 0.065, (0.05, 0.04, 0.07, 0.85))
        self._words = Words(self._root, ink, size=_SIZE, color=(1, 1, 1, 1))
        self._words.place(-_HALF + 0.04, 0.0)
        self._caret = panel(self._root, 0, 0.004, -0.012, 0.045, GOLD)
        self._entry = DirectEntry(
            parent=self._root,
            pos=(-_HALF + 0.04, 0, 0),
            scale=_SIZE,
            width=42,
            numLines=1,
            frameColor=(0, 0, 0, 0),
            text_fg=(0, 0, 0, 0),
            suppressKeys=True,
            command=self._say,
            focusOutCommand=self.close,
        )
        self._entry.guiItem.get_cursor_def().hide()
        for key, step in (("arrow_up", -1), ("arrow_down", 1)):
            self._entry.bind(f"press-{key}-", self._recall, [step])
        self._entry.bind("press-escape-", lambda _: self.close())
        self._history: list[str] = []
        self._at = 0
        self._root.hide()

    @property
    def is_open(self) -> bool:
        """Whether the player writes."""
        return not self._root.is_hidden()

    @property
    def text(self) -> str:
        """What is written so far."""
        return str(self._entry.get())

    def open(self) -> None:
        """Let the player write."""
        if not self.is_open:
            self._at = len(self._history)
            self._root.show()
            self._entry.enterText("")
            self._entry["focus"] = True
            self._on_typing(True)

    def close(self) -> None:
        """Stop writing; what was written is dropped."""
        if self.is_open:
            self._root.hide()
            self._entry["focus"] = False
            self._on_typing(False)

    def update(self) -> None:
        """Show what was typed, and the caret."""
        if not self.is_open:
            return
        self._words.say(self.text)
        self._words.update()
        caret = measure(self.text[: self._entry.guiItem.get_cursor_position()])
        if self._words.set.is_leftward:
            caret = self._words.set.width - caret
        self._caret.set_x(-_HALF + 0.04 + caret * _SIZE)

    def destroy(self) -> None:
        """Remove it."""
        self._entry.destroy()
        self._root.remove_node()

    def _say(self, text: str) -> None:
        self.close()
        text = text.strip()
        if not text:
            return
        if text not in self._history[-1:]:
            self._history = [*self._history, text][-_KEPT:]
        self._on_say(text)

    def _recall(self, step: int, _: object = None) -> None:
        """Put an earlier line into the entry; after the last one comes an empty one."""
        self._at = max(0, min(len(self._history), self._at + step))
        self._entry.enterText(self._history[self._at] if self._at < len(self._history) else "")
