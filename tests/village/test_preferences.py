"""The settings: kept in a file that may be broken, changed in the menu, and done as they say."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from direct.gui.DirectGui import DGG
from direct.showbase.ShowBase import ShowBase
from panda3d.core import NodePath, PGSliderBar, load_prc_file_data, unload_prc_file

from convai_panda import PyAudioMicrophone
from samples.village.game import Game
from samples.village.lettering import Ink
from samples.village.menu import Menu
from samples.village.preferences import Preferences

from .test_interface import _OFFSCREEN

SET = Preferences(
    volume=0.4, subtitle=1.3, mouse=0.7, first_person=True, device="Headset", hrtf=True, quality="low"
)  # fmt: skip


def test_what_was_set_is_there_on_the_next_evening(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    assert Preferences.load(path) == Preferences()
    SET.save(path)
    assert Preferences.load(path) == SET


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("{nonsense", Preferences()),
        ("[1, 2]", Preferences()),
        ("null", Preferences()),
        ('{"volume": 7, "mouse": -3}', Preferences(volume=2.0, mouse=0.0)),
        ('{"volume": "loud", "hrtf": 1, "device": 3}', Preferences()),
        ('{"volume": true, "first_person": true}', Preferences(first_person=True)),
        ('{"quality": "ultra", "subtitle": 1}', Preferences()),
        ('{"unheard_of": 1, "quality": "low"}', Preferences(quality="low")),
    ],
)
def test_a_file_that_makes_no_sense_is_as_good_as_none(tmp_path: Path, text: str, kept: Preferences) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="utf-8")
    assert Preferences.load(path) == kept


def test_a_file_that_cannot_be_written_is_told_and_no_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    in_the_way = tmp_path / "settings.json"
    in_the_way.mkdir()
    with caplog.at_level(logging.WARNING):
        SET.save(in_the_way)
        assert Preferences.load(in_the_way) == Preferences()
    assert len(caplog.records) == 2


class Hand:
    """Opens a menu and uses what is in it, from top to bottom."""

    def __init__(self, base: ShowBase, *, devices: list[str] | None) -> None:
        self.base = base
        self.preferences = Preferences()
        self.changes: list[dict[str, object]] = []
        self.open: list[bool] = []
        self.quits = 0
        self.menu = Menu(
            base,
            Ink(),
            self.preferences,
            on_change=lambda kept: self.changes.append(dict(vars(kept))),
            on_open=self.open.append,
            on_quit=self._quit,
            devices=None if devices is None else lambda: devices,
        )

    def _quit(self) -> None:
        self.quits += 1

    def widgets(self, kind: str) -> list[NodePath]:
        """Those of a kind that are on screen, the upper ones first."""
        found = self.base.aspect2d.find_all_matches(f"**/+{kind}")
        # A slider's thumb is a button, too.
        shown = [each for each in found if not isinstance(each.get_parent().node(), PGSliderBar)]
        return sorted(shown, key=lambda each: -each.get_z(self.base.aspect2d))

    def press(self, row: int) -> None:
        """Click a button."""
        self.base.messenger.send(f"{DGG.B1CLICK}{self.widgets('PGButton')[row].node().get_id()}", [None])

    def slide(self, row: int, value: float) -> None:
        """Pull a slider."""
        self.widgets("PGSliderBar")[row].node().set_value(value)
        self.base.task_mgr.step()


@pytest.fixture
def offscreen() -> Iterator[ShowBase]:
    page = load_prc_file_data("offscreen", _OFFSCREEN)
    base = ShowBase(windowType="offscreen")
    yield base
    base.destroy()
    unload_prc_file(page)


def test_every_setting_can_be_changed_in_the_menu_and_is_told_at_once(offscreen: ShowBase) -> None:
    hand = Hand(offscreen, devices=["Headset", "Line in"])
    hand.menu.toggle()
    assert hand.open == [True]
    hand.press(1)  # Settings
    for expected in ("Headset", "Line in", ""):
        hand.press(0)
        assert hand.changes[-1]["device"] == expected
    for row, (name, value) in enumerate((("volume", 0.25), ("subtitle", 1.5), ("mouse", 0.5))):
        hand.slide(row, value)
        assert hand.changes[-1][name] == pytest.approx(value)
    for row, name, values in (
        (1, "first_person", (True, False)),
        (2, "hrtf", (True, False)),
        (3, "quality", ("low", "high")),
    ):
        for value in values:
            hand.press(row)
            assert hand.changes[-1][name] == value
    hand.press(-1)  # Back
    hand.press(0)  # Go on
    assert hand.open == [True, False]
    assert not hand.menu.is_open
    assert hand.widgets("PGButton") == []


def test_without_a_microphone_there_is_none_to_choose_and_quitting_quits(offscreen: ShowBase) -> None:
    hand = Hand(offscreen, devices=None)
    hand.menu.toggle()
    hand.press(2)
    assert hand.quits == 1
    hand.press(1)
    assert len(hand.widgets("PGButton")) == 4  # view, headphones, drawing, back
    hand.menu.toggle()
    assert hand.open == [True, False]


def test_the_game_does_as_the_settings_say_from_the_start_and_later() -> None:
    microphone = PyAudioMicrophone()
    game = Game(quality="low", microphone=microphone, preferences=SET)
    try:
        game._apply(SET)
        assert game.convai.volume == SET.volume
        assert game.player.sensitivity == SET.mouse
        assert game.player.is_first_person
        assert microphone.device == "Headset"
        game._apply(Preferences())
        assert game.convai.volume == 1.0
        assert not game.player.is_first_person
        assert microphone.device is None
    finally:
        game.destroy()


def test_quitting_keeps_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("samples.village.preferences._path", lambda: tmp_path / "settings.json")
    game = Game(quality="low", preferences=SET, keeps_preferences=True)
    with pytest.raises(SystemExit):
        game.quit()
    game.destroy()
    assert json.loads((tmp_path / "settings.json").read_text(encoding="utf-8"))["device"] == "Headset"
