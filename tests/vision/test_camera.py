"""The camera's own pictures, drawn off screen by whatever OpenGL there is; in a process of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = '''
import re
from pathlib import Path

from panda3d.core import Camera, CardMaker, NodePath, load_prc_file_data

load_prc_file_data("", """
load-display p3headlessgl
aux-display none
window-type offscreen
win-size 200 150
audio-library-name null
notify-level fatal
""")
from direct.showbase.ShowBase import ShowBase

from convai_panda import Convai, MemoryContinuity, Simulator, Vision
from convai_panda import vision as vision_package
from convai_panda.simulator.glance import glance_at

base = ShowBase()
base.set_background_color(0.1, 0.3, 0.9, 1)
card = CardMaker("meadow")
card.set_frame(-90, 90, -90, 0)
meadow = base.render.attach_new_node(card.generate())
meadow.set_y(20)
meadow.set_color(0.1, 0.7, 0.1, 1)


def look(vision, frames, start=0.0):
    """What is seen in so many frames of a sixtieth of a second, and in how many of them something was done for it."""
    seen, drawn = [], 0
    for number in range(frames):
        picture = vision.update(start + number / 60, is_wanted=True)
        drawn += vision.is_busy
        if picture is not None:
            seen.append(str(glance_at(picture.turned(), picture.width, picture.height)))
            assert (picture.width, picture.height) == vision.size
        base.task_mgr.step()
    return seen, drawn


vision = Vision(size=(320, 180), rate=2.0)
vision.serve(base)
assert not vision.is_busy
seen, drawn = look(vision, 90)
assert set(seen) == {"something blue above and green below"}, seen
assert 2 <= len(seen) <= 3, seen  # two a second
assert drawn < 80, drawn  # never all the time
meadow.set_color(0.8, 0.1, 0.1, 1)
seen, _ = look(vision, 60, start=2.0)
assert seen[-1] == "something blue above and red below", seen

cards = base.render.attach_new_node("cards")  # one at each place that a part could be drawn to by mistake
maker = CardMaker("card")
maker.set_frame(-0.4, 0.4, -0.4, 0.4)
for column in range(-9, 10):
    for row in range(-6, 7):
        one = cards.attach_new_node(maker.generate())
        one.set_pos(column, 15, row)
        one.set_color((column + 9) / 18, (row + 6) / 12, (column * row) % 7 / 7, 1)


def gap(picture):
    """The share of a picture's bytes that are others than in the same picture drawn at once."""
    whole = base.win.make_texture_buffer("whole", *vision.size, None, True)
    eye = base.make_camera(whole, lens=base.cam.node().get_lens().make_copy())
    eye.node().get_lens().set_aspect_ratio(vision.size[0] / vision.size[1])
    whole.set_clear_color(base.win.get_clear_color())
    base.graphics_engine.render_frame()
    base.graphics_engine.render_frame()
    right = bytes(whole.get_texture().get_ram_image_as("BGRA"))
    base.graphics_engine.remove_window(whole)
    eye.remove_node()
    return sum(abs(ours - theirs) > 24 for ours, theirs in zip(picture.bgra, right)) / len(right)


for number in range(200):
    picture = vision.update(5.0 + number / 60, is_wanted=True)
    base.task_mgr.step()
    if picture is not None and number > 60:
        break
assert gap(picture) < 0.01, gap(picture)
cards.remove_node()
vision.is_on = False
look(vision, 40, start=8.0)
assert look(vision, 60, start=9.0) == ([], 0)
assert len(base.render.find_all_matches("**/+Camera")) == 1, "no camera of ours is left between pictures"
vision.close()

eye = NodePath(Camera("guard's eye"))  # looks the other way, where there is nothing but sky
eye.reparent_to(base.render)
eye.set_h(180)
own = Vision(eye, size=(64, 64), rate=3.0)
own.serve(base)
seen, _ = look(own, 40)
assert seen[:1] == ["something blue"], seen
own.close()

guide = (Path(vision_package.__file__).parent / "README.md").read_text(encoding="utf-8")
convai_of = Convai
given = {"base": base, "guard_node": base.render.attach_new_node("guard")}
given["guard_node"].set_y(900)
program = re.findall(r"```python\\n(.*?)```", guide, re.S)[0]
exec(compile(program, "README.md", "exec"), given)
base.task_mgr.step()
given["convai"].destroy()
base.destroy()
print("seen")
'''


def test_the_camera_sees_the_scene_and_draws_only_when_it_has_to(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert outcome.stdout.endswith("seen\n"), outcome.stdout + outcome.stderr
