"""Real speech by a program that is installed beside us: eSpeak NG or Flite. Runs on the asyncio thread.

Programs are started, never linked: theirs is another licence. What one of them cannot say is babble.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..errors import ConfigurationError
from .synthesis import Babble, Spoken, Synthesizer

if TYPE_CHECKING:
    from .score import Voice

_log = logging.getLogger(__name__)

_LIMIT = 10.0  # s that a sentence may take; usually it is a twentieth of a second
_AT_ONCE = 2  # sentences made at the same time
_KEPT = 64  # sentences: what many say is made once
_HIGH = 150.0  # Hz: from here on a woman's voice is the nearer one
_PACE = 160.0  # words/s at a pace of 1
_UNSAYABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

_Maker: TypeAlias = "Callable[[str, str, Voice, str], Coroutine[None, None, Spoken]]"


class SpeechProgram:
    """Speaks through one program: a ``Synthesizer``. ``language`` is one of the program's own names for it."""

    def __init__(self, name: str, path: str, make: _Maker, language: str) -> None:
        self._name = name
        self._path = path
        self._make = make
        self._language = language
        self._babble = Babble()
        self._made: dict[tuple[str, Voice], asyncio.Task[Spoken]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def __repr__(self) -> str:
        return f"<SpeechProgram {self._name}>"

    def prepare(self, sentence: str, voice: Voice) -> None:
        """Begin to make a sentence, unless that has begun."""
        key = sentence, voice
        if key not in self._made:
            self._forget()
            self._made[key] = asyncio.get_running_loop().create_task(self._speak(sentence, voice))

    def take(self, sentence: str, voice: Voice) -> Spoken | None:
        """The sentence, or None as long as the program is at it."""
        self.prepare(sentence, voice)
        task = self._made[sentence, voice]
        return task.result() if task.done() else None

    async def aclose(self) -> None:
        """End the programs that run."""
        tasks = list(self._made.values())
        self._made.clear()
        self._turns = asyncio.Semaphore(_AT_ONCE)  # the next visit may be on another loop
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _speak(self, sentence: str, voice: Voice) -> Spoken:
        try:
            async with self._turns, asyncio.timeout(_LIMIT):
                spoken = await self._make(self._path, sentence, voice, self._language)
            if spoken.samples:
                return spoken
        except (OSError, ValueError, TimeoutError) as error:
            _log.warning("%s has not said a sentence; it is babble: %s", self._name, error or "it took too long")
        return self._babble.take(sentence, voice)

    def _forget(self) -> None:
        """Let go of what was said longest ago."""
        for key in [key for key, task in self._made.items() if task.done()][: max(0, len(self._made) + 1 - _KEPT)]:
            del self._made[key]


async def _espeak(path: str, sentence: str, voice: Voice, language: str) -> Spoken:
    from .clip import Clip, decode
    from .pronounced import espeak_segments

    variant = "+f3" if voice.pitch >= _HIGH else "+m3"
    pitch = round(min(99.0, max(0.0, 50.0 + 0.5 * (voice.pitch - (190.0 if voice.pitch >= _HIGH else 110.0)))))
    manner = ("-v", (language or "en") + variant, "-p", str(pitch), "-s", str(round(_PACE * voice.pace)), "-z")
    said = (
        _UNSAYABLE.sub(" ", sentence).replace("[[", "[ [").encode()
    )  # what is in double brackets it would take for phonemes
    sound = await _run(path, *manner, "--stdin", "--stdout", given=said)
    printed = await _run(path, *manner, "--stdin", "-q", "--ipa", "--sep=_", given=said)

    def shape() -> Spoken:
        samples = decode(sound)
        return Clip(sentence, samples, espeak_segments(printed.decode(errors="replace"), samples))

    return await asyncio.to_thread(shape)


async def _flite(path: str, sentence: str, voice: Voice, language: str) -> Spoken:
    from .clip import Clip, decode
    from .pronounced import flite_segments

    manner = ("-voice", language or ("slt" if voice.pitch >= _HIGH else "rms"))
    tempo = ("--setf", f"duration_stretch={1 / voice.pace:.3f}", "--setf", f"int_f0_target_mean={voice.pitch:.1f}")
    with tempfile.TemporaryDirectory(prefix="convai-panda-") as folder:
        wav = Path(folder, "speech.wav")
        printed = await _run(path, *manner, *tempo, "-psdur", "-t", _UNSAYABLE.sub(" ", sentence), "-o", str(wav))

        def shape() -> Spoken:
            return Clip(sentence, decode(wav.read_bytes()), flite_segments(printed.decode(errors="replace")))

        return await asyncio.to_thread(shape)


async def _run(program: str, *arguments: str, given: bytes = b"") -> bytes:
    """What a program writes. It does not outlive this call. Raises OSError."""
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        written, complaint = await process.communicate(given)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()  # reads its pipes to their end, so that they are closed
    if process.returncode:
        raise OSError(f"it ended with {process.returncode}: {complaint.decode(errors='replace').strip()[:200]}")
    return written


_PROGRAMS: dict[str, _Maker] = {"espeak-ng": _espeak, "flite": _flite}
VOICES = ("babble", *_PROGRAMS)


def find_synthesizer(voice: str) -> Synthesizer:
    """``"babble"``, or a program with the language (eSpeak NG) or voice (Flite) after a colon: ``"espeak-ng:fr"``.

    Where the program is missing, babble. Raises ConfigurationError for a name that is none.
    """
    name, _, language = voice.partition(":")
    if name not in VOICES:
        raise ConfigurationError(f"There is no voice {voice!r}; there are {', '.join(VOICES)}.")
    if name == "babble":
        return Babble()
    path = shutil.which(name)
    if path is None:
        _log.warning("%s is not installed, so characters babble. Debian: apt install %s", name, name)
        return Babble()
    return SpeechProgram(name, path, _PROGRAMS[name], language)
