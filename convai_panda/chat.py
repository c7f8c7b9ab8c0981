"""``convai-panda chat``: talk to one character in the terminal, typing or by voice, without a window. Main thread."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections import deque
from time import monotonic, sleep
from typing import TYPE_CHECKING

from panda3d.core import load_prc_file_data

from ._io import LineReader
from .audio.portaudio import PyAudioMicrophone
from .audio.pump import PandaVoice
from .audio.silent import SilentVoice
from .audio.talk_gate import TalkMode
from .clean_text import clean_line
from .continuity import MemoryContinuity
from .default_transport import default_transport
from .errors import ConvaiError
from .events import (
    EVENTS,
    Event,
    Failed,
    MicrophoneLost,
    MicrophoneOpened,
    Ready,
    SessionState,
    Speaker,
    StateChanged,
    Transcript,
    TurnCompleted,
    Undelivered,
)
from .recording.recorder import Recorder
from .transport.base import Transport

if TYPE_CHECKING:
    from direct.showbase.ShowBase import ShowBase

    from .character import Character
    from .convai import Convai

_FRAME = 1 / 60  # s
_LONGEST = 4_000  # characters of a line that are printed
_WIDTH = 80  # of what is quoted within a sentence
_QUIET = 8.0  # s after an answer's words: the service does not always say that a turn is over
_PRC = "window-type none\nprint-pipe-types 0\nnotify-level-device fatal\nnotify-level-audio fatal\n"


def run(options: argparse.Namespace) -> int:
    """Talk until the player leaves; gives the exit code."""
    _silence_native_libraries()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("convai_panda.player_voice").setLevel(logging.ERROR)  # its events say the same
    load_prc_file_data("", _PRC + ("audio-library-name null" if options.silent else ""))
    from direct.showbase.ShowBase import ShowBase

    from .convai import GREETING, Convai

    is_typed = sys.stdin.isatty()
    if is_typed:  # Ctrl-C ends a talk, even where whoever started this has told their programs to ignore it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        transport = _transport(options.connect_url)
        if options.record is not None:
            transport = Recorder(transport, options.record)
    except ConvaiError as error:
        return _refuse(error)
    base = ShowBase()
    try:
        node = base.render.attach_new_node(options.name)
        node.set_y(1.0)
        convai = Convai(
            base,
            transport=transport,
            voice=SilentVoice() if options.silent else PandaVoice(),
            microphone=None if options.microphone is None else PyAudioMicrophone(options.microphone or None),
            talk_mode=TalkMode.OPEN_MICROPHONE,
            listener=base.render.attach_new_node("you"),
            continuity=MemoryContinuity() if options.fresh else None,
            player_name=options.player,
        )
        try:
            greeting = GREETING if is_typed else None
            character = convai.add_character(options.character, node, name=options.name, greeting=greeting)
            return _Talk(convai, character, patience=options.patience, is_typed=is_typed).run(base)
        except ConvaiError as error:
            return _refuse(error)
        finally:
            convai.destroy()
    finally:
        base.destroy()


def _silence_native_libraries() -> None:
    """ALSA, JACK and OpenAL print pages about devices that are not there; what Python has to say is seen as before."""
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    os.close(nothing)


def _transport(url: str | None) -> Transport:
    if url is None:
        return default_transport()
    from .transport.cloud import CloudTransport

    return CloudTransport(url=url)


class _Talk:
    """One talk: lines in, lines out."""

    def __init__(self, convai: Convai, character: Character, *, patience: float, is_typed: bool) -> None:
        self._convai = convai
        self._character = character
        self._patience = patience
        self._is_typed = is_typed
        self._lines = LineReader(sys.stdin.fileno())
        self._typed: deque[str] = deque(maxlen=8)
        self._waits_since: float | None = monotonic()  # for the character, then for an answer
        self._answered_at = 0.0
        self._complaint = ""
        self._code: int | None = None

    def run(self, base: ShowBase) -> int:
        """Step the scene until the talk is over."""
        for event in EVENTS:
            base.accept(event.name, self._take)
        try:
            while self._code is None:
                due = monotonic() + _FRAME
                base.task_mgr.step()
                self._go_on(monotonic())
                sleep(max(0.0, due - monotonic()))
        except KeyboardInterrupt:
            return 0
        finally:
            base.ignore_all()
        return self._code

    def _go_on(self, now: float) -> None:
        """Say the next line when its turn has come; a script's lines each wait for an answer."""
        if self._is_typed:
            for line in self._lines.take():
                self._say_to_character(line)
            if self._lines.is_over:
                self._code = 0
            return
        if self._answered_at and now - self._answered_at > _QUIET:
            self._waits_since = None
        if self._waits_since is not None:
            if now - self._waits_since > self._patience:
                self._end(f"There was no answer within {self._patience:g} s.")
        elif self._character.is_speaking:
            return  # it is not cut short by a script
        elif line := next(iter(self._lines.take(1)), ""):
            self._say_to_character(line)
        elif self._lines.is_over:
            self._code = 0

    def _say_to_character(self, line: str) -> None:
        line = line.strip()
        if not line:
            return
        try:
            self._character.say(line)
        except ConvaiError as error:
            _say(str(error))
            return
        self._typed.append(line)
        self._waits_since, self._answered_at = monotonic(), 0.0

    def _take(self, character: Character, event: Event) -> None:
        match event:
            case Ready() if not self._typed:
                self._waits_since = None
                _say(f"{character.name} listens.")
            case Transcript(is_final=True) as said:
                self._print(character, said)
            case TurnCompleted(was_interrupted=False):
                self._waits_since = None
            case StateChanged(state=state, reason=reason) if state in _WORTH_SAYING:
                _say(reason)
            case Failed(error=error, will_retry=will_retry):
                if will_retry:
                    _say(str(error))
                else:
                    self._end(str(error))
            case Undelivered(text=text, reason=reason):
                _say(f"Not heard: {clean_line(text, limit=_WIDTH)} ({reason})")
            case MicrophoneOpened(device=device):
                self._complaint = ""
                _say(f"Speak: {clean_line(device, limit=_WIDTH)} is open.")
            case MicrophoneLost(reason=reason) if reason != self._complaint:
                self._complaint = reason  # once, however often it is tried again
                _say(f"{reason} The talk goes on in writing.")

    def _print(self, character: Character, said: Transcript) -> None:
        text = clean_line(said.text, limit=_LONGEST)
        if said.speaker is Speaker.PLAYER:
            is_echo = bool(self._typed) and said.text == self._typed[0]
            if is_echo:
                self._typed.popleft()
            if not (is_echo and self._is_typed):  # a terminal shows what is typed
                print(f"You: {text}", flush=True)
        elif said.is_cut:
            print(f"{character.name} was cut short after: {text}" if text else f"{character.name} was cut short.")
        else:
            self._answered_at = monotonic()
            print(f"{character.name}: {text}", flush=True)

    def _end(self, why: str) -> None:
        _say(why)
        self._code = 1


_WORTH_SAYING = frozenset({SessionState.CONNECTING, SessionState.JOINING, SessionState.BACKING_OFF})


def _refuse(error: ConvaiError) -> int:
    _say(str(error))
    return 2


def _say(words: str) -> None:
    """Beside the talk, so that a script gets the talk alone."""
    print(words, file=sys.stderr, flush=True)
