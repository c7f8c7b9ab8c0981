"""Where pipecat cannot be had."""

from pathlib import Path

import pytest

from tests.pipecat import environment


def test_an_installation_that_fails_says_why_and_what_to_do_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(environment.PipecatUnavailable) as refusal:
        environment.python()
    for part in ("pip install", environment.REQUIREMENT, "No matching distribution", str(tmp_path), "package index"):
        assert part in str(refusal.value)
    assert list((tmp_path / "convai-panda").iterdir()) == []
