"""HRTF: found or computed, refused with a plain sentence, and heard."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from convai_panda import AudioError, use_hrtf
from convai_panda.audio import hrtf
from convai_panda.testing import Mix


@pytest.fixture(autouse=True)
def _settings_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALSOFT_CONF", os.environ["ALSOFT_CONF"])


def test_a_folder_without_a_data_set_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=str(tmp_path)):
        use_hrtf(tmp_path)


def test_a_set_that_this_openal_cannot_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "default-48000.mhr").write_bytes(b"MinPHR03" + bytes(64))
    with pytest.raises(AudioError, match="can read"):
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
use_hrtf(sys.argv[2])
from panda3d.core import AudioManager, LPoint3, LVector3, load_prc_file_data
load_prc_file_data("", "audio-library-name p3openal_audio")
import numpy as np
manager = AudioManager.create_AudioManager()
voice = PandaVoice()
sink = voice.open()
voice.listen(LPoint3(0), LVector3(0, 1, 0), LVector3(0, 0, 1))
sink.update(LPoint3(float(sys.argv[3]), float(sys.argv[4]), 0), 1.0)
noise = (3000 * np.random.default_rng(1).standard_normal(24000)).clip(-32000, 32000).astype("<i2")
sink.write("track", AudioFrame(noise.tobytes()))
began = monotonic()
while monotonic() - began < 0.8:
    sleep(0.01)
voice.close()
manager.shutdown()
"""


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without OpenAL Soft's data, wherever this one has it."""
    monkeypatch.setattr(hrtf, "_installed", lambda: iter(()))


@pytest.fixture(params=["computed", "measured"])
def data(request: pytest.FixtureRequest) -> Path:
    if request.param == "measured":
        found = use_hrtf()
        if found.parent.name != "hrtf":
            what = "OpenAL Soft's data is not installed: apt-get install libopenal-data"
            pytest.fail(what) if os.environ.get("CI") == "true" else pytest.skip(what)
        return found.parent
    request.getfixturevalue("nothing_installed")
    return use_hrtf().parent


def hear(tmp_path: Path, data: Path, x: float, y: float) -> Mix:
    mix = tmp_path / f"{x:g},{y:g}.wav"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALSOFT")}
    command = [sys.executable, "-c", _PROGRAM, str(mix), str(data), str(x), str(y)]
    subprocess.run(command, check=True, env=environment)
    return Mix.read(mix)


def test_a_voice_at_the_left_reaches_the_right_ear_weaker_and_later(tmp_path: Path, data: Path) -> None:
    mix = hear(tmp_path, data, -1.0, 0.0)
    left, right = mix.level()
    assert left - 20.0 < right < left - 2.0
    assert 0.0004 < lateness(mix) < 0.0009


def test_a_voice_straight_ahead_is_the_same_in_both_ears(tmp_path: Path, data: Path) -> None:
    mix = hear(tmp_path, data, 0.0, 1.0)
    left, right = mix.level()
    assert left == pytest.approx(right, abs=0.5)
    assert abs(lateness(mix)) < 0.0001


def test_what_comes_from_behind_is_duller(tmp_path: Path, nothing_installed: None) -> None:
    data = use_hrtf().parent
    ahead, behind = (hear(tmp_path, data, 0.0, y).level()[0] for y in (1.0, -1.0))
    assert behind < ahead - 1.0


def lateness(mix: Mix) -> float:
    """Seconds by which the right ear is behind the left one."""
    left, right = mix.samples[:, 0], mix.samples[:, 1]
    size = 1 << (len(left) - 1).bit_length() + 1
    match = np.fft.irfft(np.fft.rfft(right, size) * np.conj(np.fft.rfft(left, size)))
    shift = int(np.argmax(match))
    return (shift - size if shift > size // 2 else shift) / mix.sample_rate
