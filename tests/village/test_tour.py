"""The sample village without a window, as a user runs it: the tour, and what it leaves behind."""

import re
import subprocess
import sys
from pathlib import Path

from panda3d.core import Filename, PNMImage

from convai_panda.testing import Mix
from samples.village import bake
from samples.village.report import write_report

ROOT = Path(__file__).parents[2]


def test_the_tour_leaves_a_wav_a_transcript_and_pictures(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "samples.village", "--headless", str(tmp_path), "--quality", "low"]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr

    transcript = (tmp_path / "transcript.txt").read_text(encoding="utf-8")
    assert "Jun: Hello, Ana." in transcript
    assert "Jun: Welcome back, Ana." in transcript
    assert re.search(r"Jun: .*blue lantern", transcript.split("What did I say before?")[1])
    for crossing in ("approach → talk", "talk → linger", "→ far"):
        assert crossing in transcript

    mix = Mix.read(tmp_path / "village.wav")
    sides = [mix.between(*stretch).level() for stretch in mix.sounding(pause=0.4)]
    assert len(sides) >= 3  # three visits, far apart
    assert any(left > right + 20.0 for left, right in sides), "once the player turns away, to hear it on one side"

    pictures = sorted(path.name for path in tmp_path.glob("village-*.png"))
    assert len(pictures) >= 6
    assert "village-face.png" in pictures
    for name in pictures:
        image = PNMImage()
        assert image.read(Filename.from_os_specific(str(tmp_path / name)))
        colors = {tuple(image.get_xel_val(x, y)) for x in range(0, 1280, 64) for y in range(0, 720, 36)}
        assert len(colors) > 100, f"{name} shows next to nothing"

    assert len({(tmp_path / name).read_bytes() for name in pictures}) == len(pictures), "two pictures are one"

    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for link in re.findall(r'(?:src|href)="([^"]*)"', page):
        assert (tmp_path / link).is_file(), f"the report links to {link}"
    assert all(f'src="{name}"' in page for name in (*pictures, "village.wav"))
    assert page.count("<tr") >= len(transcript.splitlines())


def test_the_report_shows_words_as_they_are(tmp_path: Path) -> None:
    words = '[  1.00] Ana → Jun: <script>alert("&")</script>'
    page = write_report(tmp_path, lines=[words], captions={}, figures=["a < b"]).read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;" in page
    assert "a &lt; b" in page


def test_baking_gives_the_bytes_that_are_in_assets(tmp_path: Path) -> None:
    bake.main([str(tmp_path)])
    baked = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert baked
    for name, content in baked.items():
        assert content == (ROOT / "assets" / name).read_bytes(), f"{name} differs: bake it again"
