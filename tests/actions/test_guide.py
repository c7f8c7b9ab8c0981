"""What the guide to actions shows runs as it stands."""

import re
from pathlib import Path

from direct.showbase.ShowBase import ShowBase
from direct.task.Task import Task

from convai_panda import Body, Character, Convai
from convai_panda.actions import ready_made
from convai_panda.actions.naming import plain

from ..conftest import GUARD

GUIDE = (Path(ready_made.__file__).parent / "README.md").read_text(encoding="utf-8")


def test_the_programs_of_the_guide_run(base: ShowBase) -> None:
    base.cam = base.camera = base.render.attach_new_node("ears")
    base.cam.set_y(-50)
    given: dict[str, object] = {"base": base, "GUARD": GUARD, "Task": Task}
    for name in ("guard_node", "bucket", "gate", "shop"):
        given[name] = base.render.attach_new_node(name)
    base.render.find("**/guard_node").attach_new_node("Hand.R")
    programs = re.findall(r"```python\n(.*?)```", GUIDE, re.S)
    for program in programs:
        exec(compile(program, "README.md", "exec"), given)
    guard, convai = given["guard"], given["convai"]
    assert isinstance(guard, Character)
    assert isinstance(convai, Convai)
    guard.actions.body.mover = given["NavMesh"]()  # type: ignore[operator]
    for name in ("salute", "open gate", "bow", "think", "fly"):
        guard.actions.do(name)
    while guard.actions.current is not None or guard.actions.waiting:
        base.task_mgr.step()
    assert base.render.find("**/gate").get_h() == 90.0
    assert guard.node.get_p() == -30.0
    convai.destroy()
    base.ignore_all()


def test_the_table_names_every_ready_made_action() -> None:
    table = GUIDE.split("## Ready-made")[1].split("## Your own")[0]
    rows = [row.split("|")[1].strip() for row in table.splitlines() if row.startswith("| ")][1:-1]
    listed = {plain(name) for row in rows for name in row.split(",")}
    assert all(ready_made.find(name, Body()) is not None for name in listed)
    for executor, names in ready_made._NAMES.items():
        assert listed & set(names), f"the guide does not name {executor}"
