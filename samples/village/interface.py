"""What the player reads and types: subtitles, a line to write in, who is there, and what went wrong.

Main thread only. Texts are laid out at most twelve times a second: a new layout costs more than a whole frame of
everything else.
"""

from __future__ import annotations

from collections.abc import Callable

from direct.gui.DirectGui import DirectEntry, DirectFrame, DirectLabel
from direct.showbase.DirectObject import DirectObject
from direct.showbase.ShowBase import ShowBase
from panda3d.core import TextNode

from convai_panda import Character, Level, SessionState

_PERIOD = 1 / 12  # s between two layouts of the subtitle
_HOLD = 3.0  # s that a line stays when its voice is silent
_NOTICE = 7.0  # s that a notice stays
_INK = (0.98, 0.95, 0.88, 1)
_SHADE = (0.05, 0.04, 0.07, 0.62)
_DOTS = {
    SessionState.CONNECTING: (0.95, 0.75, 0.25, 1),
    SessionState.JOINING: (0.95, 0.75, 0.25, 1),
    SessionState.READY: (0.45, 0.75, 0.95, 1),
    SessionState.CONVERSING: (0.45, 0.9, 0.5, 1),
    SessionState.LINGERING: (0.6, 0.7, 0.75, 1),
    SessionState.LOST: (0.95, 0.35, 0.3, 1),
    SessionState.BACKING_OFF: (0.95, 0.35, 0.3, 1),
}
_QUIET = -60.0  # dBFS: the left end of the microphone's bar
_BAR = 0.3  # its length
HELP = "W A S D  walk     Shift  run     right mouse  look     Enter  talk     Esc  quit"
_SPEAK = "     hold T  speak"


class Interface(DirectObject):
    """The overlay. ``on_say`` takes what the player wrote; ``on_typing`` hears when writing begins and ends."""

    def __init__(self, base: ShowBase, *, on_say: Callable[[str], None], on_typing: Callable[[bool], None]) -> None:
        super().__init__()
        self._base = base
        self._on_say, self._on_typing = on_say, on_typing
        self._panel = DirectFrame(parent=base.a2dBottomCenter, frameColor=_SHADE, frameSize=(-1.15, 1.15, 0.07, 0.36))
        self._speaker = _label(self._panel, (-1.08, 0, 0.29), 0.045, color=(1.0, 0.8, 0.5, 1))
        self._words = _label(self._panel, (-1.08, 0, 0.225), 0.05, wrap=43)
        self._panel.hide()
        self._entry = DirectEntry(
            parent=base.a2dBottomCenter,
            pos=(-1.08, 0, 0.4),
            scale=0.05,
            width=42,
            frameColor=(0.05, 0.04, 0.07, 0.8),
            text_fg=_INK,
            suppressKeys=True,
            command=self._say,
            focusOutCommand=self._close_entry,
        )
        self._entry.hide()
        self._dot = DirectFrame(parent=base.a2dTopRight, frameSize=(-0.02, 0.02, -0.02, 0.02), pos=(-0.08, 0, -0.08))
        self._who = _label(base.a2dTopRight, (-0.13, 0, -0.095), 0.045, align=TextNode.A_right)
        self._notice = _label(base.a2dTopLeft, (0.06, 0, -0.16), 0.042, color=(1.0, 0.72, 0.55, 1), wrap=40)
        self._help = _label(base.a2dTopLeft, (0.06, 0, -0.08), 0.04, shadow=False)
        self._help["text"] = HELP
        self._bar = DirectFrame(parent=base.a2dTopRight, frameColor=_INK, pos=(-0.06 - _BAR, 0, -0.16))
        self._bar["frameSize"] = (0, _BAR, 0, 0.012)
        self._bar.hide()
        self._wanted: tuple[str, str] = ("", "")
        self._shown: tuple[str, str] = ("", "")
        self._next_layout = self._hide_at = self._notice_until = 0.0
        self.accept("enter", self._open_entry)

    def subtitle(self, speaker: str, text: str, *, is_voiced: bool) -> None:
        """Show what is being said, and by whom."""
        self._wanted = (speaker, text)
        # A character's words stay while they are heard; the player's make no sound here.
        self._hide_at = float("inf") if is_voiced else self._base.clock.get_frame_time() + _HOLD

    def heard(self) -> None:
        """The voice is silent: what was read beside it may go soon."""
        self._hide_at = self._base.clock.get_frame_time() + _HOLD

    def notice(self, text: str) -> None:
        """Say what went wrong, for some seconds."""
        self._notice["text"] = text
        self._notice_until = self._base.clock.get_frame_time() + _NOTICE

    def show_microphone(self) -> None:
        """Tell the key to speak by."""
        self._help["text"] = HELP + _SPEAK

    def show_level(self, level: Level) -> None:
        """Show how loud the player's voice is, while the microphone is open."""
        share = max(0.0, min(1.0, 1.0 - level.rms / _QUIET))
        if share > 0.0:
            self._bar.show()
            self._bar.set_sx(share)
        else:
            self._bar.hide()

    def show_state(self, character: Character | None) -> None:
        """Show who is there, and how the connection stands."""
        color = None if character is None else _DOTS.get(character.state)
        if character is None or color is None:
            self._dot.hide()
            self._who["text"] = ""
            return
        self._dot.show()
        self._dot["frameColor"] = color
        self._who["text"] = f"{character.name}  {character.state.value}"

    def update(self) -> None:
        """Lay out what has changed, if it is time for that."""
        now = self._base.clock.get_frame_time()
        if self._notice_until and now > self._notice_until:
            self._notice_until = 0.0
            self._notice["text"] = ""
        if self._shown[1] and now > self._hide_at:
            self._wanted = ("", "")
        if self._wanted == self._shown or now < self._next_layout:
            return
        self._next_layout = now + _PERIOD
        speaker, text = self._shown = self._wanted
        self._speaker["text"], self._words["text"] = speaker, text
        if text:
            self._panel.show()
        else:
            self._panel.hide()

    def destroy(self) -> None:
        """Remove every widget."""
        self.ignore_all()
        for widget in (self._panel, self._entry, self._dot, self._who, self._notice):
            widget.destroy()

    def _open_entry(self) -> None:
        if self._entry.is_hidden():
            self._entry.show()
            self._entry.enterText("")
            self._entry["focus"] = True
            self._on_typing(True)

    def _say(self, text: str) -> None:
        self._close_entry()
        if text.strip():
            self._on_say(text.strip())

    def _close_entry(self) -> None:
        if not self._entry.is_hidden():
            self._entry.hide()
            self._entry["focus"] = False
            self._on_typing(False)


def _label(
    parent: object,
    pos: tuple[float, float, float],
    scale: float,
    *,
    color: tuple[float, float, float, float] = _INK,
    wrap: float | None = None,
    align: int = TextNode.A_left,
    shadow: bool = True,
) -> DirectLabel:
    return DirectLabel(
        parent=parent,
        pos=pos,
        text="",
        text_scale=scale,
        text_fg=color,
        text_align=align,
        text_wordwrap=wrap,
        text_shadow=(0, 0, 0, 0.6) if shadow else None,
        frameColor=(0, 0, 0, 0),
        textMayChange=True,
    )
