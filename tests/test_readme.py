"""What the README shows runs as it stands, and so does the smaller sample."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import Convai, Speaker, Transcript
from convai_panda.testing import step_until

from .conftest import GUARD, SMITH

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

# A game without a window: the last line of a program, which would run for ever, becomes sixty frames.
_BEFORE = """
from panda3d.core import load_prc_file_data
load_prc_file_data("", "load-display p3headlessgl\\nwindow-type offscreen\\naux-display none\\nprint-pipe-types 0")
load_prc_file_data("", "audio-library-name null\\nnotify-level-device fatal")
"""
_AFTER = """
import builtins
from convai_panda.testing import step_until
convai = builtins.base.convai if hasattr(builtins.base, "convai") else convai
(character,) = convai.characters.values()
if not builtins.base.camera.get_y():
    builtins.base.camera.set_y(-2)
else:
    builtins.base.messenger.send("w")
    for _ in range(22):
        builtins.base.messenger.send("w-repeat")
step_until(builtins.base, lambda: character.is_speaking, within=30)
convai.destroy()
"""


def run(program: str) -> None:
    program = re.sub(
        r"^(Game\(\)|base)\.run\(\)$", lambda match: "Game()" * match[0].startswith("G"), program, flags=re.M
    )
    whole = _BEFORE + program + _AFTER
    outcome = subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, check=False, timeout=120)
    assert outcome.returncode == 0, outcome.stderr


def test_the_program_in_the_readme_makes_a_character_speak() -> None:
    run(re.findall(r"```python\n(.*?)```", README, re.S)[0])


def test_the_sample_of_twenty_lines_does_too() -> None:
    program = (ROOT / "samples" / "hello.py").read_text(encoding="utf-8")
    assert len(program.splitlines()) <= 20
    run(program)


def test_the_second_program_names_only_what_there_is() -> None:
    program = re.findall(r"```python\n(.*?)```", README, re.S)[1]
    given = {"base": _Anything(), "key": "k" * 20, "player": _Anything()}
    with pytest.raises(_ReachedTheGameError):
        exec(compile(program, "README.md", "exec"), given)


def test_the_program_for_speaking_ties_the_key(base: ShowBase) -> None:
    base.cam = base.camera = base.render.attach_new_node("ears")
    given: dict[str, object] = {"base": base}
    exec(compile(re.findall(r"```python\n(.*?)```", README, re.S)[2], "README.md", "exec"), given)
    convai = given["convai"]
    assert isinstance(convai, Convai)
    base.messenger.send("t")
    assert convai.is_talking
    base.messenger.send("t-up")
    assert not convai.is_talking
    convai.destroy()
    base.ignore_all()


def test_the_guide_to_sound_shows_what_there_is(base: ShowBase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALSOFT_CONF", os.environ["ALSOFT_CONF"])
    guide = (ROOT / "convai_panda" / "audio" / "README.md").read_text(encoding="utf-8")
    base.cam = base.camera = base.render.attach_new_node("ears")
    given = {"base": base, "GUARD": GUARD, "NARRATOR": SMITH}
    given |= {name: base.render.attach_new_node(name) for name in ("guard", "narrator")}
    for program in re.findall(r"```python\n(.*?)```", guide, re.S):
        exec(compile(program, "README.md", "exec"), given)
    convai = given["convai"]
    assert isinstance(convai, Convai)
    assert convai.characters.keys() == {GUARD, SMITH}
    convai.destroy()


def test_the_readmes_commands_name_real_extras() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(re.findall(r"\[(\w+)\]'", README)) <= set(extras)


class _ReachedTheGameError(Exception):
    """Every name and argument was right so far: the ShowBase was asked for something."""


class _Anything:
    def __getattr__(self, name: str) -> object:
        raise _ReachedTheGameError


def test_the_guide_to_the_simulator_shows_what_there_is(base: ShowBase, capsys: pytest.CaptureFixture[str]) -> None:
    guide = (ROOT / "convai_panda" / "simulator" / "README.md").read_text(encoding="utf-8")
    base.cam = base.camera = base.render.attach_new_node("ears")
    scripted, read, spoken, seeded, own = re.findall(r"```python\n(.*?)```", guide, re.S)
    given: dict[str, object] = {"base": base}
    exec(compile(scripted, "README.md", "exec"), given)
    convai = given["convai"]
    assert isinstance(convai, Convai)
    node = base.render.attach_new_node("guard")
    node.set_y(2)
    convai.add_character(GUARD, node, greeting=None)
    said: list[str] = []
    base.accept(Transcript.name, lambda _, words: said.append(words.text))
    step_until(base, lambda: "Halt, Ana!" in said, within=20)
    convai.destroy()
    base.ignore_all()
    exec(compile(read, "README.md", "exec"), given)
    exec(compile(spoken, "README.md", "exec"), given)
    exec(compile(seeded, "README.md", "exec"), given)
    assert capsys.readouterr().out == "7\n"
    exec(compile(own, "README.md", "exec"), given)


def test_the_guide_to_recordings_shows_what_there_is(
    base: ShowBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    guide = (ROOT / "convai_panda" / "recording" / "README.md").read_text(encoding="utf-8")
    base.cam = base.camera = base.render.attach_new_node("ears")
    for program in re.findall(r"```python\n(.*?)```", guide, re.S):
        given: dict[str, object] = {"base": base}
        exec(compile(program, "README.md", "exec"), given)
        convai = given["convai"]
        assert isinstance(convai, Convai)
        convai.destroy()


def test_the_guide_to_a_game_around_it_runs(base: ShowBase) -> None:
    guide = (ROOT / "convai_panda" / "README.md").read_text(encoding="utf-8")
    base.cam = base.camera = base.render.attach_new_node("ears")
    given: dict[str, object] = {"base": base, "convai": (convai := Convai(base)), "GUARD": GUARD}
    given |= {name: base.render.attach_new_node(name) for name in ("player", "guard_node")}
    base.render.find("guard_node").attach_new_node("Head")
    said: list[tuple[Speaker, str]] = []
    base.accept(Transcript.name, lambda _, words: said.append((words.speaker, words.text)))
    for program in re.findall(r"```python\n(.*?)```", guide, re.S):
        if "Convai(base" in program:
            convai.destroy()
        exec(compile(program, "README.md", "exec"), given)
        assert isinstance(given["convai"], Convai)
        convai = given["convai"]
        if "meet" in given:
            step_until(base, lambda: (Speaker.PLAYER, "Hello!") in said)
    convai.destroy()
    base.ignore_all()
