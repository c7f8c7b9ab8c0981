"""What the player reads and types: subtitles, bubbles, a line to write in, who is there, what went wrong, the menu.

Main thread only. Texts are laid out only when they change, and their glyphs are drawn a few at a time: a new layout
costs more than a whole frame of everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from direct.gui.DirectGui import DirectFrame
from direct.showbase.DirectObject import DirectObject
from direct.showbase.ShowBase import ShowBase
from panda3d.core import TextNode

from convai_panda import Character, Convai, Level, Nearest, SessionState
from samples.village.entry import Entry
from samples.village.hud import GOLD, INK, SHADE, WARNING, Words, panel
from samples.village.lettering import ABC, Ink
from samples.village.menu import Menu
from samples.village.overlay import Overlay
from samples.village.preferences import Preferences
from samples.village.subtitles import Bubble, Subtitle

_TOAST = 7.0  # s that a notice stays
_TOASTS = 4  # at once
_BANNER = 6.0  # s
_REMEMBERED = 3.0  # s that a bubble stays when its voice is silent
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
HELP = "W A S D  walk     Shift  run     right mouse  look     E  talk     F3  behind the scene     Esc  menu"
_SHORT_HELP = "E  talk     Esc  menu"
_HELPS = 30.0  # s that all keys are told
_SPEAK = "     hold T  speak"


class Interface(DirectObject):
    """The overlay of a game: it is told what happens, and asks ``on_say`` and the rest for what the player wants."""

    def __init__(
        self,
        base: ShowBase,
        *,
        convai: Convai,
        policy: Nearest,
        preferences: Preferences,
        on_say: Callable[[str], None],
        on_busy: Callable[[bool], None],
        on_change: Callable[[Preferences], None],
        on_quit: Callable[[], None],
        devices: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        super().__init__()
        self._base, self._on_busy, self._on_change = base, on_busy, on_change
        self.ink = Ink()
        while not self.ink.is_ready(ABC):  # before the first frame, so that it costs none
            pass
        self.subtitle = Subtitle(base, self.ink)
        self.entry = Entry(base, self.ink, on_say=on_say, on_typing=on_busy)
        self.menu = Menu(
            base,
            self.ink,
            preferences,
            on_change=self.apply,
            on_open=self._menu_opened,
            on_quit=on_quit,
            devices=devices,
        )
        self.overlay = Overlay(base, self.ink, convai, policy)
        self.bubbles: dict[str, Bubble] = {}
        corner = base.a2dTopRight
        self._dot = DirectFrame(parent=corner, frameSize=(-0.02, 0.02, -0.02, 0.02), pos=(-0.08, 0, -0.08))
        self._who = Words(corner, self.ink, size=0.042, align=TextNode.A_right)
        self._who.place(-0.13, -0.095)
        self._help = Words(base.a2dTopLeft, self.ink, size=0.037)
        self._help.place(0.06, -0.09)
        self._help.say(HELP)
        self._goal_glass = panel(base.a2dTopLeft, 0, 0, 0, 0, SHADE)
        self._goal = Words(base.a2dTopLeft, self.ink, size=0.046, color=GOLD, width=1.5)
        self._goal.place(0.07, -0.17)
        self._help_until = base.clock.get_frame_time() + _HELPS
        self._banner = Words(base.aspect2d, self.ink, size=0.09, color=GOLD, align=TextNode.A_center, width=2.4)
        self._banner.place(0, 0.45)
        self._banner_until = 0.0
        self._toasts: list[tuple[Words, DirectFrame, float]] = []
        self._bar = DirectFrame(parent=corner, frameColor=INK, frameSize=(0, _BAR, 0, 0.012), pos=(-0.36, 0, -0.16))
        self._bar.hide()
        for key in ("enter", "e"):
            self.accept(key, self._open_entry)
        self.accept("escape", self._escape)
        self.accept("f3", self.overlay.toggle)
        self.apply(preferences)

    @property
    def toasts(self) -> list[str]:
        """What went wrong lately, the oldest first."""
        return [words.text for words, _, _ in self._toasts]

    def say(self, character: Character, name: str, text: str, *, is_voiced: bool, is_partner: bool) -> None:
        """Show what is being said: below for the one talked to (and the player), else over the head."""
        if is_partner or not is_voiced:
            self._drop_bubble(character.id)
            self.subtitle.show(name, text, character.head if is_voiced else None)
            return
        if character.id not in self.bubbles:
            self.bubbles[character.id] = Bubble(self._base, self.ink, character.head)
        self.bubbles[character.id].say(text)

    def heard(self, character: Character) -> None:
        """A voice is silent: what was read beside it may go soon."""
        if character.id in self.bubbles:
            self.bubbles[character.id].until = self._base.clock.get_frame_time() + _REMEMBERED
        else:
            self.subtitle.fade()

    def notice(self, text: str) -> None:
        """Say what went wrong, for some seconds."""
        if text in self.toasts:
            return
        glass = panel(self._base.a2dTopRight, 0, 0, 0, 0, SHADE)
        words = Words(self._base.a2dTopRight, self.ink, size=0.038, color=WARNING, width=0.95)
        words.say(text)
        self._toasts.append((words, glass, self._base.clock.get_frame_time() + _TOAST))
        while len(self._toasts) > _TOASTS:
            self._drop_toast(0)

    def show_goal(self, text: str) -> None:
        """Say what to do next; empty: nothing."""
        self._goal.say(text)

    def show_banner(self, text: str) -> None:
        """Say something large, for some seconds."""
        self._banner.say(text)
        self._banner_until = self._base.clock.get_frame_time() + _BANNER

    def show_microphone(self) -> None:
        """Tell the key to speak by."""
        self._help.say(HELP + _SPEAK)

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
            self._who.say("")
            return
        self._dot.show()
        if self._dot["frameColor"] != color:
            self._dot["frameColor"] = color
        self._who.say(f"{character.name}  {character.state.value}")

    def apply(self, preferences: Preferences) -> None:
        """Do as the settings say."""
        self.subtitle.scale = preferences.subtitle
        self._on_change(preferences)

    def update(self) -> None:
        """Lay out what has changed, if it is time for that."""
        now = self._base.clock.get_frame_time()
        if self._banner_until and now > self._banner_until:
            self._banner_until = 0.0
            self._banner.say("")
        if self._help_until and now > self._help_until:
            self._help_until = 0.0
            self._help.say(_SHORT_HELP)
        for words in (self._who, self._help, self._banner):
            words.update()
        if self._goal.update():
            right = self._goal.set.width * self._goal.size + 0.10
            self._goal_glass["frameSize"] = (0.04, right, -0.19, -0.12) if self._goal.text else (0, 0, 0, 0)
        self.subtitle.update()
        self.entry.update()
        self.menu.update()
        self.overlay.update()
        for key in [key for key, bubble in self.bubbles.items() if now > bubble.until]:
            self._drop_bubble(key)
        for bubble in self.bubbles.values():
            bubble.update()
        self._stack_toasts(now)

    def destroy(self) -> None:
        """Remove everything."""
        self.ignore_all()
        self.menu.close()
        self.entry.destroy()
        self.overlay.destroy()
        for key in list(self.bubbles):
            self._drop_bubble(key)
        while self._toasts:
            self._drop_toast(0)
        self._dot.destroy()
        self._bar.destroy()

    def _stack_toasts(self, now: float) -> None:
        while self._toasts and now > self._toasts[0][2]:
            self._drop_toast(0)
        top = -0.24
        for words, glass, _ in self._toasts:
            words.place(-1.02, top)
            words.update()
            if words.set.is_leftward:
                words.path.set_x(-0.07)
            bottom = top - words.height
            glass["frameSize"] = (-1.06, -0.04, bottom + 0.02, top + 0.055)
            top = bottom - 0.06

    def _drop_toast(self, at: int) -> None:
        words, glass, _ = self._toasts.pop(at)
        words.remove()
        glass.destroy()

    def _drop_bubble(self, key: str) -> None:
        if (bubble := self.bubbles.pop(key, None)) is not None:
            bubble.remove()

    def _open_entry(self) -> None:
        if not self.menu.is_open:
            self.entry.open()

    def _escape(self) -> None:
        if self.entry.is_open:
            self.entry.close()
        else:
            self.menu.toggle()

    def _menu_opened(self, is_open: bool) -> None:
        self._on_busy(is_open)
