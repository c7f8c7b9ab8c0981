"""``convai-panda chat`` as a subprocess: a script, a terminal, and what goes wrong."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convai_panda.recording.entries import Closed
from convai_panda.recording.reading import read_recording

from .conftest import GUARD

COMMAND = [sys.executable, "-m", "convai_panda", "chat"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("CONVAI_")}


def chat(*options: str, said: str = "", **environment: str) -> tuple[int, list[str], str]:
    done = subprocess.run(
        [*COMMAND, *options],
        input=said,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=ENVIRONMENT | environment,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_a_script_gets_its_answers_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "talk.convai"
    said = "Hello.\n\nGoodbye."
    code, lines, errors = chat(GUARD, "--silent", "--name", "Guard", "--record", str(path), said=said)
    assert code == 0, errors
    assert [line.partition(":")[0] for line in lines] == ["You", "Guard", "You", "Guard"]
    assert lines[2] == "You: Goodbye."
    assert "CONVAI_API_KEY is not set" in errors
    assert isinstance(read_recording(path).entries[-1], Closed)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("not-a-uuid",), 2, "UUID"),
        ((GUARD, "--connect-url", "https://example.invalid"), 2, "CONVAI_API_KEY"),
        (("00000000-0000-0000-0000-000000000000",), 1, "character"),
        ((GUARD, "--record", "/dev/null/talk"), 2, "name a file"),
        ((), 2, "CHARACTER_ID"),
    ],
)
def test_what_cannot_be_is_said_in_one_line_and_in_the_exit_code(
    options: tuple[str, ...], code: int, words: str
) -> None:
    found, lines, errors = chat(*options, "--silent", said="Hello.\n")
    assert (found, lines) == (code, [])
    assert words in errors.splitlines()[-1]
    assert "Traceback" not in errors


def test_a_service_that_is_not_there_is_given_up_in_time() -> None:
    url, key = "http://127.0.0.1:9", "key-that-nobody-may-see"
    began = time.monotonic()
    code, _, errors = chat(GUARD, "--silent", "--connect-url", url, "--patience", "1", CONVAI_API_KEY=key)
    assert code == 1
    assert "cannot be reached" in errors
    assert key not in errors
    assert time.monotonic() - began < 30.0


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("leave", [b"\x04", b"\x03"], ids=["Ctrl-D", "Ctrl-C"])
def test_in_a_terminal_the_character_speaks_first_and_one_can_leave(leave: bytes) -> None:
    import pty

    main, terminal = pty.openpty()
    talk = subprocess.Popen(
        [*COMMAND, GUARD, "--silent", "--name", "Guard", "--player", "Ana"],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(terminal)
    try:
        assert talk.stdout is not None
        assert "Ana" in talk.stdout.readline()
        os.write(main, b"My name is Bartholomew.\n")
        assert any("Bartholomew" in line for line in iter(talk.stdout.readline, ""))
        os.write(main, leave)
        _, errors = talk.communicate(timeout=30)
        assert talk.returncode == 0
        assert "Traceback" not in errors
    finally:
        talk.kill()
        talk.communicate()
        os.close(main)


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C is a signal


def test_the_help_has_examples_and_exit_codes() -> None:
    code, lines, _ = chat("--help")
    assert code == 0
    assert any("printf" in line for line in lines)
    assert any("exit code" in line for line in lines)
