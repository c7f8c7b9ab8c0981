"""``convai-panda doctor``, in a process of its own, as a person runs it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

KEY = "0123456789abcdef0123456789abcdef"
NOBODY = "http://127.0.0.1:9"


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONVAI")}
    return subprocess.run(
        [sys.executable, "-m", "convai_panda", "doctor", *arguments],
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def verdicts(outcome: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {each["what"]: each["verdict"] for each in json.loads(outcome.stdout)}


@pytest.fixture
def address() -> Iterator[str]:
    """Somebody who answers, if only that there is nothing; fails where the key is sent along."""
    seen: list[str] = []

    class Nothing(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            seen.append(str(self.headers))
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
    assert seen
    assert KEY not in "".join(seen)


def test_all_that_a_game_needs_is_there(address: str) -> None:
    outcome = run("--json", CONVAI_URL=address, CONVAI_API_KEY=KEY)
    found = verdicts(outcome)
    assert outcome.returncode == 0, outcome.stdout
    assert list(found) == ["Python", "Panda3D", "Sound", "HRTF", "LiveKit", "Rooms", "Connect URL", "API key"]
    assert {found[what] for what in ("Python", "Panda3D", "HRTF", "LiveKit", "Rooms", "API key")} == {"ok"}
    assert "in a process of their own" in outcome.stdout
    assert KEY not in outcome.stdout + outcome.stderr


def test_a_line_for_each_says_what_to_do_and_nothing_else_is_printed() -> None:
    outcome = run(CONVAI_URL=NOBODY, CONVAI_API_KEY="too short")
    assert outcome.returncode == 1
    assert outcome.stderr == ""
    assert "too short" not in outcome.stdout
    lines = outcome.stdout.splitlines()
    at = next(at for at, line in enumerate(lines) if "Connect URL" in line)
    assert lines[at].startswith("error")
    assert "CONVAI_URL" in lines[at + 1]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"CONVAI_URL": NOBODY}, "error"),  # a service is named, but nobody could call it
        ({"CONVAI_URL": NOBODY, "CONVAI_API_KEY": "short"}, "warning"),
        ({"CONVAI_URL": NOBODY, "CONVAI_API_KEY": f"{KEY[:10]} {KEY}"}, "error"),
        ({"CONVAI_URL": NOBODY, "CONVAI_API_KEY": f" {KEY}\n"}, "ok"),  # as the transport takes it
    ],
)
def test_the_keys_form(variables: dict[str, str], expected: str) -> None:
    outcome = run("--json", **variables)
    assert verdicts(outcome)["API key"] == expected
    assert outcome.returncode == 1


def test_without_livekit_there_are_no_rooms(tmp_path: Path) -> None:
    (tmp_path / "livekit.py").write_text("", encoding="utf-8")  # hides the real one
    outcome = run("--json", CONVAI_URL=NOBODY, PYTHONPATH=str(tmp_path))
    assert verdicts(outcome)["Rooms"] == "error"
    assert "LiveKit cannot be loaded" in outcome.stdout
