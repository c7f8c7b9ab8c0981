"""What the guide to rooms shows is so."""

import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import convai_panda.transport as transport_package

GUIDE = (Path(transport_package.__file__).parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE, re.S)


def test_the_game_goes_on_where_it_is_not_asked_to_be_the_rooms_process() -> None:
    given: dict[str, Any] = {}
    exec(compile(BLOCKS[0], "README.md", "exec"), given)
    assert given["worker"].__name__ == "convai_panda.transport.worker"


def test_what_a_frozen_game_is_told_to_pack_is_there() -> None:
    given: dict[str, Any] = {}
    exec(compile(BLOCKS[1], "README.md", "exec"), given)
    modules = given["options"]["include_modules"]["*"]
    assert "convai_panda.transport.worker" in modules
    assert all(importlib.util.find_spec(module) is not None for module in modules)
    ((pattern, folder, _),) = given["options"]["package_data_dirs"]["livekit"]
    spec = importlib.util.find_spec("livekit.rtc")
    assert spec is not None
    assert spec.origin is not None
    packages = Path(spec.origin).parents[2]
    assert [file for file in packages.glob(pattern) if "livekit_ffi" in file.name]
    assert folder == "livekit"


def test_a_frozen_game_says_where_it_has_put_livekits_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_LIB_PATH", "elsewhere")
    exec(compile(BLOCKS[2], "README.md", "exec"), {})
    library = Path(os.environ["LIVEKIT_LIB_PATH"])
    assert library.parent == Path(sys.executable).parent / "livekit"
    assert "livekit_ffi" in library.name
    assert len(BLOCKS) == 3
