"""What the guide to faces shows runs as it stands."""

import re
from pathlib import Path

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import NodePath, Texture

import convai_panda
from convai_panda import Character, Convai, EmotionChanged, Mood, SilentVoice, Simulator
from convai_panda.faces import CHANNELS

from .models import egg_model, morph_model

GUIDE = Path(convai_panda.__file__).parent / "faces" / "README.md"
NAMES = ("GUARD", "SMITH", "BAKER", "ROBOT", "STATUE", "PUPPET", "MAYOR", "SENTRY")


def _part(name: str) -> NodePath:
    root = NodePath(name)
    root.attach_new_node(name)
    return root


def test_the_guides_programs_run(base: ShowBase, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    player = base.render.attach_new_node("player")
    convai = Convai(base, transport=Simulator(), voice=SilentVoice(), listener=player)
    given: dict[str, object] = {name: f"00000000-0000-4000-8000-00000000fa{i:02d}" for i, name in enumerate(NAMES)}
    given |= {"base": base, "convai": convai, "shut": Texture(), "wide": Texture(), "round_": Texture()}
    given |= {
        "guard": morph_model("Key 1", "Key 2", "hat"),
        "smith": egg_model(base, tmp_path, joint="LowerJaw_01"),
        "baker": _part("Lips"),
        "robot": _part("Screen"),
        "statue": morph_model("jawOpen"),
        "puppet": _part("Lower"),
        "mayor": _part("Head"),
        "sentry": _part("Head"),
    }
    for program in re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S):
        exec(compile(program, "README.md", "exec"), given)
    assert len(convai.characters) == len(NAMES)
    assert convai.characters[str(given["STATUE"])].face is None
    puppet = given["puppet"]
    assert isinstance(puppet, NodePath)
    assert puppet.find("**/Lower").get_z() < -0.02
    character = given["character"]
    assert isinstance(character, Character)
    base.messenger.send(EmotionChanged.name, [character, EmotionChanged("rage", 3, Mood.ANGER)])
    assert "is rage!" in capsys.readouterr().out
    convai.destroy()
    base.ignore_all()


def test_the_guide_names_channels_that_there_are() -> None:
    (plain,) = re.findall(r"plain ones: (.*?);", GUIDE.read_text(encoding="utf-8"), re.S)
    assert set(re.findall(r"`(\w+)`", plain)) == {name for name in CHANNELS if name.islower() and "viseme" not in name}
