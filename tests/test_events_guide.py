"""The guide to events names each of them, and what it shows runs."""

import re
from pathlib import Path

from direct.showbase.ShowBase import ShowBase

from convai_panda import Convai, MemoryContinuity, Simulator
from convai_panda import events as events_package
from convai_panda.events import EVENTS

from .conftest import GUARD

GUIDE = (Path(events_package.__file__).parent / "README.md").read_text(encoding="utf-8")


def test_the_guide_names_every_event() -> None:
    table = GUIDE.split("| event | when |")[1].split("## Telling")[0]
    assert set(re.findall(r"`([A-Z]\w+)`", table)) == {event.__name__ for event in EVENTS}


def test_the_programs_of_the_guide_run(base: ShowBase) -> None:
    ears = base.render.attach_new_node("ears")
    ears.set_y(-50.0)
    convai = Convai(base, transport=Simulator(), listener=ears, continuity=MemoryContinuity())
    given = {"base": base, "guard": convai.add_character(GUARD, base.render.attach_new_node("guard"))}
    for program in re.findall(r"```python\n(.*?)```", GUIDE, re.S):
        exec(compile(program, "README.md", "exec"), given)
    convai.destroy()
    base.ignore_all()
