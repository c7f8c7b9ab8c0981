"""The menu behind Esc: go on, settings, quit. Main thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from direct.gui.DirectGui import DGG, DirectButton, DirectFrame, DirectSlider
from direct.showbase.ShowBase import ShowBase
from panda3d.core import TextNode

from samples.village.hud import GOLD, INK, Words, panel
from samples.village.lettering import Ink, fonts
from samples.village.preferences import Preferences

_WIDTH = 0.78  # half of it
_ROW = 0.13
_DULL = (0.16, 0.13, 0.19, 0.95)
_NOTE = (0.72, 0.68, 0.76, 1)


class Menu:
    """``on_change`` hears of every setting, ``on_open`` when the menu opens and closes.

    ``devices`` lists the microphones when the settings are first shown; None: there is no microphone to choose.
    """

    def __init__(
        self,
        base: ShowBase,
        ink: Ink,
        preferences: Preferences,
        *,
        on_change: Callable[[Preferences], None],
        on_open: Callable[[bool], None],
        on_quit: Callable[[], None],
        devices: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        self._base, self._ink, self._preferences = base, ink, preferences
        self._on_change, self._on_open, self._on_quit = on_change, on_open, on_quit
        self._list_devices = devices
        self._devices: list[str] = []
        self._root: DirectFrame | None = None
        self._words: list[Words] = []

    @property
    def is_open(self) -> bool:
        """Whether it is on screen."""
        return self._root is not None

    def toggle(self) -> None:
        """Open it, or go back to the village."""
        if self.is_open:
            self.close()
        else:
            self._show_start()
            self._on_open(True)

    def close(self) -> None:
        """Go back to the village."""
        if self.is_open:
            self._clear()
            self._on_open(False)

    def update(self) -> None:
        """Draw what is new."""
        for words in self._words:
            words.update()

    def _clear(self) -> None:
        for words in self._words:
            words.remove()
        self._words = []
        if self._root is not None:
            self._root.destroy()
            self._root = None

    def _begin(self, title: str, rows: int) -> None:
        self._clear()
        top = rows * _ROW / 2 + 0.12
        self._root = panel(self._base.aspect2d, -_WIDTH, _WIDTH, -top, top, (0.05, 0.04, 0.07, 0.88))
        self._root.set_bin("fixed", 50)
        self._next = top - 0.12
        self._say(title, 0.0, 0.06, GOLD, TextNode.A_center)
        self._next -= _ROW

    def _show_start(self) -> None:
        self._begin("The village at dusk", 4)
        self._button("Go on", self.close)
        self._button("Settings", self._show_settings)
        self._button("Quit", self._on_quit)

    def _show_settings(self) -> None:
        kept = self._preferences
        rows = 8 if self._list_devices is not None else 7
        self._begin("Settings", rows + 1)
        if self._list_devices is not None:
            self._devices = self._devices or ["", *self._list_devices()]
            self._choice("Microphone", lambda: kept.device or "default", self._next_device)
        self._slider("Voices", "volume", 0.0, 1.0)
        self._slider("Subtitles", "subtitle", 0.7, 1.6)
        self._slider("Mouse", "mouse", 0.2, 2.0)
        self._choice("View", lambda: "first person" if kept.first_person else "over the shoulder", self._flip_view)
        self._choice("Headphones", lambda: "HRTF, after a restart" if kept.hrtf else "off", self._flip_hrtf)
        self._choice("Drawing", lambda: f"{kept.quality}, after a restart", self._flip_quality)
        self._button("Back", self._show_start)

    def _say(
        self, text: str, x: float, size: float, color: tuple[float, float, float, float] = INK, align: int = 0
    ) -> Words:
        assert self._root is not None
        words = Words(self._root, self._ink, size=size, color=color, align=align)
        words.place(x, self._next)
        words.say(text)
        self._words.append(words)
        return words

    def _button(self, text: str, command: Callable[[], None]) -> None:
        DirectButton(
            parent=self._root,
            pos=(0, 0, self._next),
            frameSize=(-0.3, 0.3, -0.035, 0.06),
            frameColor=_DULL,
            relief=DGG.FLAT,
            text=text,
            text_font=fonts()["latin"],
            text_scale=0.048,
            text_fg=INK,
            command=command,
            rolloverSound=None,
            clickSound=None,
        )
        self._next -= _ROW

    def _choice(self, name: str, value: Callable[[], str], flip: Callable[[], None]) -> None:
        self._say(name, -_WIDTH + 0.08, 0.045)
        shown = self._say(value(), 0.04, 0.042, _NOTE)

        def pressed() -> None:
            flip()
            self._on_change(self._preferences)
            shown.say(value())

        DirectButton(
            parent=self._root,
            pos=(0.35, 0, self._next),
            frameSize=(-0.36, 0.38, -0.035, 0.055),
            frameColor=(1, 1, 1, 0.06),
            relief=DGG.FLAT,
            command=pressed,
            rolloverSound=None,
            clickSound=None,
        )
        self._next -= _ROW

    def _slider(self, name: str, field: str, least: float, most: float) -> None:
        self._say(name, -_WIDTH + 0.08, 0.045)
        slider: DirectSlider = DirectSlider(
            parent=self._root,
            pos=(0.35, 0, self._next + 0.012),
            scale=0.36,
            range=(least, most),
            value=getattr(self._preferences, field),
            frameColor=(1, 1, 1, 0.16),
            thumb_frameColor=GOLD,
            thumb_relief=DGG.FLAT,
        )

        def moved() -> None:
            setattr(self._preferences, field, float(slider["value"]))
            self._on_change(self._preferences)

        slider["command"] = moved
        self._next -= _ROW

    def _next_device(self) -> None:
        at = self._devices.index(self._preferences.device) if self._preferences.device in self._devices else 0
        self._preferences.device = self._devices[(at + 1) % len(self._devices)]

    def _flip_view(self) -> None:
        self._preferences.first_person = not self._preferences.first_person

    def _flip_hrtf(self) -> None:
        self._preferences.hrtf = not self._preferences.hrtf

    def _flip_quality(self) -> None:
        self._preferences.quality = "low" if self._preferences.quality == "high" else "high"
