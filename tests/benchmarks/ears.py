"""OpenAL's real mix in a benchmark: opened, captured, and brought onto the clock of whoever made the sound."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from panda3d.core import AudioManager, load_prc_file_data

from convai_panda.testing import Mix, capture_mix


@dataclass
class Ears:
    """Between entering and leaving, all sound goes to ``mix``; ``heard_at`` gives a moment in it on the clock."""

    mix: Mix | None = None
    _opened: float = 0.0
    _closed: float = 0.0

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="convai-panda-ears-")
        self._path = capture_mix(Path(self._folder.name) / "mix.wav")
        load_prc_file_data("", "audio-library-name p3openal_audio\nnotify-level-device fatal")
        self.manager = AudioManager.create_AudioManager()  # the device opens here
        self._opened = monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.manager.shutdown()
        self._closed = monotonic()
        self.mix = Mix.read(self._path)
        self._folder.cleanup()

    def heard_at(self, moment: float) -> float:
        """The later of two bounds: the mix began no later than the device was open, and ended when it was closed."""
        assert self.mix is not None
        return moment + max(self._opened, self._closed - self.mix.duration)
