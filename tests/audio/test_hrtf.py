"""HRTF: found, refused with a plain sentence, and heard where this machine has a data set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from convai_panda import AudioError, use_hrtf
from convai_panda.testing import Mix


@pytest.fixture(autouse=True)
def _settings_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALSOFT_CONF", os.environ["ALSOFT_CONF"])


def test_without_a_data_set_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="libopenal-data"):
        use_hrtf(tmp_path)


def test_a_set_that_this_openal_cannot_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "default-48000.mhr").write_bytes(b"MinPHR03" + bytes(64))
    with pytest.raises(AudioError, match="readable"):
        use_hrtf(tmp_path)


def test_the_settings_in_force_are_kept(tmp_path: Path) -> None:
    (tmp_path / "default-48000.mhr").write_bytes(b"MinPHR02" + bytes(64))
    before = Path(os.environ["ALSOFT_CONF"]).read_text()
    assert use_hrtf(tmp_path).parent == tmp_path
    after = Path(os.environ["ALSOFT_CONF"]).read_text()
    assert after.startswith(before)
    assert f"hrtf-paths = {tmp_path}" in after


_PROGRAM = """
import sys
from time import monotonic, sleep
from convai_panda import AudioFrame, PandaVoice, use_hrtf
from convai_panda.testing import capture_mix
capture_mix(sys.argv[1])
use_hrtf(sys.argv[2] if len(sys.argv) > 2 else None)
from panda3d.core import AudioManager, LPoint3, LVector3, load_prc_file_data
load_prc_file_data("", "audio-library-name p3openal_audio")
import numpy as np
manager = AudioManager.create_AudioManager()
voice = PandaVoice()
sink = voice.open()
voice.listen(LPoint3(0), LVector3(0, 1, 0), LVector3(0, 0, 1))
sink.update(LPoint3(-1, 0, 0), 1.0)
tone = (8000 * np.sin(2 * np.pi * 1000 * np.arange(24000) / 48000)).astype("<i2")
sink.write("track", AudioFrame(tone.tobytes()))
began = monotonic()
while monotonic() - began < 0.8:
    sleep(0.01)
voice.close()
manager.shutdown()
"""


def test_a_voice_at_the_left_reaches_the_right_ear(tmp_path: Path) -> None:
    try:
        folder = use_hrtf().parent
    except AudioError as error:
        pytest.skip(str(error))
    mix = tmp_path / "mix.wav"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALSOFT")}
    subprocess.run([sys.executable, "-c", _PROGRAM, str(mix), str(folder)], check=True, env=environment)
    left, right = Mix.read(mix).level()
    assert left > right + 2.0
    assert right > -60.0
