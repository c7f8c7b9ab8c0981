"""Every program in the guide to testing is a test that passes in a project of its own."""

import re
from pathlib import Path

import convai_panda.testing

from .test_plugin import run

GUIDE = Path(convai_panda.testing.__file__).with_name("README.md")


def test_the_guides_programs_pass(tmp_path: Path) -> None:
    programs = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\naddopts = --strict-markers\n")
    for number, program in enumerate(programs):
        (tmp_path / f"test_{number}.py").write_text(program, encoding="utf-8")
    outcome = run(tmp_path)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert f"{len(programs)} passed" in outcome.stdout
