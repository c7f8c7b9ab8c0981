"""A scripted player for a run without a window: visits two villagers, talks, leaves, returns to the first.

It leaves ``transcript.txt``, ``village.wav``, ``report.html`` and, where OpenGL can be had, ``village-*.png`` behind.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic

from direct.showbase.DirectObject import DirectObject
from direct.showbase.ShowBase import ShowBase
from panda3d.core import Filename, GraphicsOutput, LPoint3, LVector3, Texture, load_prc_file_data

from convai_panda import (
    Character,
    Event,
    Failed,
    FreshConversation,
    RingCrossed,
    SessionState,
    Speaker,
    SpeechFinished,
    StateChanged,
    Transcript,
    Transport,
    Undelivered,
)
from convai_panda.testing import Mix, capture_mix, step_until
from samples.village.gallery import VIEWS, View
from samples.village.game import Game
from samples.village.inhabitants import Inhabitant
from samples.village.report import write_report

_OFFSCREEN = """
load-display p3headlessgl
aux-display none
window-type offscreen
win-size 1280 720
sync-video 0
framebuffer-multisample 1
multisamples 4
print-pipe-types 0
notify-level-egldisplay fatal
"""
_WINDOWLESS = "window-type none"
_EARSHOT = 2.0  # m in front of a villager
_AWAY = LPoint3(-5.0, -13.5, 0.0)  # out of everybody's rings
_OPEN = 0.3  # of a mouth: in mid-word
_LINGER = 1.0  # s: short, so that the room is really left before the return
_PATIENCE = 40.0  # s for any one step

CAPTIONS = {
    "village-arrival.png": "Dusk. The square, the well, and nobody spoken to yet.",
    "village-face.png": "Jun in the middle of a word.",
    "village-talk.png": "Within three metres a conversation begins by itself.",
    "village-market.png": "Amara's stall at the market.",
    "village-forge.png": "Bram at his forge; the voice comes from his mouth.",
    "village-pond.png": "Tomas by the water.",
    "village-return.png": "Back again: Jun remembers.",
    "village-wide.png": "The village from the hill.",
    "village-lantern.png": "The lantern burns again.",
    "village-end.png": "The gate is open.",
}

PROBE = "--can-draw"  # the hidden argument with which a second process tries whether OpenGL is there


def can_draw() -> int:
    """Try to draw without a window, in a process that may crash; 0 where that works."""
    load_prc_file_data("", f"{_OFFSCREEN}\naudio-library-name null")
    ShowBase()
    return 0


class Tour(DirectObject):
    """The script and its notes. ``step`` is how time passes, as ``step_until`` does it; ``clock`` is what it shows."""

    def __init__(
        self,
        game: Game,
        out: Path,
        *,
        step: Callable[..., float] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__()
        self._game = game
        self._out = out
        self._step = step or partial(step_until, game)
        self._clock = clock
        self._began = clock()
        self._finished: Counter[str] = Counter()
        self._lines: list[str] = []
        self._pictures: dict[str, Texture] = {}
        for kind in (RingCrossed, StateChanged, Transcript, Failed, FreshConversation, Undelivered):
            self.accept(kind.name, self._note)
        self.accept(SpeechFinished.name, self._count)

    def run(self) -> None:
        """Walk the script; raises AssertionError where a step takes too long."""
        first, second = self._game.find("Jun"), self._game.find("Bram")
        self._picture("village-arrival")
        self._film("village-wide", "wide")
        self._film("village-market", "market")
        self._film("village-pond", "pond")
        self._visit(first, picture="village-talk")
        self._ask(first, "My name is Ana. I am looking for a blue lantern.", face="village-face")
        self._leave(first)
        self._visit(second, picture="village-forge")
        self._turn(second)  # from here on the voice is in the left ear
        self._ask(second, "Who are you?")
        self._leave(second)
        self._visit(first)
        self._ask(first, "What did I say before?", picture="village-return")
        self._leave(first)

    def write(self) -> None:
        """Write the transcript and the pictures: each would hold the interpreter's lock for long while voices sound."""
        (self._out / "transcript.txt").write_text("\n".join(self._lines) + "\n", encoding="utf-8")
        for name, picture in self._pictures.items():
            picture.write(Filename.from_os_specific(str(self._out / f"{name}.png")))

    @property
    def lines(self) -> list[str]:
        """The transcript so far."""
        return self._lines

    def _visit(self, who: Inhabitant, *, lines: int = 1, picture: str | None = None) -> None:
        """Walk up and listen to the greeting, and to what else is to be told."""
        heard = self._finished[who.character.id] + lines - 1
        node = who.body.node
        at = node.get_pos() + self._game.village.node.get_relative_vector(node, LVector3(0, _EARSHOT, 0))
        self._walk(at)
        self._game.player.face(node.get_x(), node.get_y())
        self._listen(who, heard, "greets", picture)

    def _ask(
        self, who: Inhabitant, text: str, *, lines: int = 1, picture: str | None = None, face: str | None = None
    ) -> None:
        heard = self._finished[who.character.id] + lines - 1
        who.character.say(text)
        if face is not None:
            self._until(lambda: who.body.openness > _OPEN, f"{who.character.name} opens the mouth")
            self._picture(face, view=_portrait(who))
        self._listen(who, heard, f"answers “{text}”", picture)

    def _listen(self, who: Inhabitant, heard: int, what: str, picture: str | None) -> None:
        """Wait until one more line was heard to its end; a picture is taken in mid-word."""
        if picture is not None:
            self._until(lambda: who.body.openness > _OPEN, f"{who.character.name} speaks")
            self._picture(picture)
        self._until(lambda: self._finished[who.character.id] > heard, f"{who.character.name} {what}")

    def _turn(self, who: Inhabitant) -> None:
        """Turn the right side away from a villager."""
        player, node = self._game.player, who.body.node
        way = node.get_pos() - player.node.get_pos()
        player.face(player.node.get_x() + way.y, player.node.get_y() - way.x)

    def _leave(self, who: Inhabitant) -> None:
        self._walk(_AWAY)
        self._until(lambda: who.character.state is SessionState.CLOSED, f"{who.character.name}'s room closes")

    def _walk(self, at: LPoint3) -> None:
        self._game.player.walk_to(at.x, at.y)
        self._until(lambda: self._game.player.arrived, f"the player arrives at {at.x:.0f}, {at.y:.0f}")

    def _until(self, condition: Callable[[], object], what: str, *, within: float = _PATIENCE) -> None:
        self._step(condition, within=within, what=what)

    def _film(self, name: str, view: str) -> None:
        """Keep a view of the village that the player does not see."""
        self._picture(name, view=VIEWS[view])

    def _picture(self, name: str, *, view: View | None = None) -> None:
        """Draw the moment and keep it; frames between pictures are not drawn, so that the voice has the machine.

        A ``view`` has no interface on it and is not the player's.
        """
        game = self._game
        if game.win is None or game.dusk is None:
            return
        game.win.set_active(True)
        lens = game.camLens.get_fov()[0]
        if view is not None:
            game.camLens.set_fov(view.lens)
            game.camera.set_pos(*view.at)
            game.camera.look_at(LPoint3(*view.towards))
            game.aspect2d.hide()
            game.dusk.update(LPoint3(*view.towards))
        # Copied as a part of drawing, which voices do not wait for; a screenshot would hold the interpreter's lock.
        picture = self._pictures[name] = Texture(name)
        game.win.add_render_texture(picture, GraphicsOutput.RTM_copy_ram)
        for _ in range(2):  # shadows are drawn into the first
            game.graphics_engine.render_frame()
        game.win.clear_render_textures()
        game.camLens.set_fov(lens)
        game.aspect2d.show()
        game.win.set_active(False)

    def _note(self, character: Character, event: Event) -> None:
        match event:
            case Transcript(is_final=False):
                return
            case Transcript(speaker=Speaker.PLAYER, text=text):
                line = f"{self._game.player_name} → {character.name}: {text}"
            case Transcript(text=text):
                line = f"{character.name}: {text}"
            case RingCrossed(ring=ring, was=was):
                line = f"({character.name}: ring {was.value} → {ring.value})"
            case StateChanged(state=state, reason=reason):
                line = f"({character.name}: {state.value}. {reason})"
            case _:
                line = f"({character.name}: {event})"
        line = f"[{self._clock() - self._began:6.2f}] {line}"
        self._lines.append(line)
        print(line, flush=True)

    def _count(self, character: Character, event: SpeechFinished) -> None:
        self._finished[character.id] += 1


def _portrait(who: Inhabitant) -> View:
    """A head, from near, a little from below, so that no brim hides the eyes."""
    root = who.body.node.get_top()
    head = who.body.head.get_pos(root)
    at = head + root.get_relative_vector(who.body.node, LVector3(-0.62, 1.55, 0.0))
    return View((at.x, at.y, head.z - 0.02), (head.x, head.y, head.z + 0.05), 36)


def run_headless(out: Path, transport: Transport | None, quality: str, script: type[Tour] = Tour) -> int:
    """Run a script and say what it left behind; 0 where everything went as it should."""
    out.mkdir(parents=True, exist_ok=True)
    wav = capture_mix(out / "village.wav")
    again = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "samples.village"]
    has_gl = subprocess.run([*again, PROBE], capture_output=True, check=False).returncode == 0
    if not has_gl:
        print("No pictures: OpenGL cannot be had. On Debian: apt-get install libegl1 libgl1 libgl1-mesa-dri")
    load_prc_file_data("", _OFFSCREEN if has_gl else _WINDOWLESS)
    load_prc_file_data("", "audio-library-name p3openal_audio\nnotify-level-device fatal")
    game = Game(transport=transport, quality=quality, linger=_LINGER)
    if game.win is not None:
        game.win.set_active(False)
    tour = script(game, out)
    try:
        tour.run()
    finally:
        tour.write()
        tour.ignore_all()
        game.destroy()
    _report(wav, out)
    print(write_report(out, lines=tour.lines, captions=CAPTIONS, figures=()))
    return 0


def _report(wav: Path, out: Path) -> None:
    mix = Mix.read(wav)
    print(f"\n{wav}: {mix.duration:.1f} s")
    for start, end in mix.sounding(pause=1.0):
        left, right = mix.between(start, end).level()
        print(f"  {start:6.2f}-{end:6.2f} s   left {left:6.1f} dBFS   right {right:6.1f} dBFS")
    for path in sorted(out.glob("village-*.png")):
        print(path)
    print(out / "transcript.txt")
