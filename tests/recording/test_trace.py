"""``convai-panda replay``: a trace for people and values for programs."""

import json
import subprocess
import sys
from pathlib import Path

from convai_panda.recording.entries import Began, Called, Closed, Entry, Said, Sound, to_record
from convai_panda.recording.file import MAGIC, pack

WORDS = [b'{"type":"bot-llm-text","data":{"text":"%s"}}' % word for word in (b"Hel", b"lo, ", b"Ana.")]
ENTRIES: list[Entry] = [
    Began(0.0, "convai_panda 9", "2026-01-01T00:00:00+00:00", True),
    Called(0.1, 1, b'{"character_id":"guard"}'),
    *(Said(1.0 + n / 10, 1, "in", word) for n, word in enumerate(WORDS)),
    Sound(1.15, 1, "in", "TR_a", 48_000, (1920,) * 25, (20_000,) * 25, -6.0, "none", b""),
    Sound(1.65, 1, "in", "TR_a", 48_000, (1920,) * 25, (20_000,) * 25, -3.0, "none", b""),
    Said(3.0, 1, "out", b'{"type":"user_text_message","data":{"text":"\\u001b[31mred\\u202e"}}'),
    Said(3.1, 1, "in", b"\xff no message"),
    Closed(4.0),
]


def run(path: Path, *options: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "convai_panda", "replay", str(path), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def write(path: Path, entries: list[Entry]) -> Path:
    path.write_bytes(MAGIC + b"".join(pack(to_record(entry)) for entry in entries))
    return path


def test_the_trace_reads_as_the_visit_went(tmp_path: Path) -> None:
    code, lines, errors = run(write(tmp_path / "a", ENTRIES))
    assert (code, errors) == (0, "")
    assert lines.splitlines() == [
        "convai_panda 9, 2026-01-01T00:00:00+00:00, 4.0 s",
        "    0.100  > call 1  connect guard",
        "    1.000  < 1  bot-llm-text ×3  Hello, Ana.",  # noqa: RUF001 - the sign that is printed
        "    1.150  < 1  ~ voice 1.00 s (TR_a)",
        "    3.000  > 1  user_text_message  \\x1b[31mred\\x202e",
        "    3.100  < 1  (no message)",
        "    4.000  = the recording was closed",
    ]


def test_the_values_hold_every_message_whole(tmp_path: Path) -> None:
    code, lines, _ = run(write(tmp_path / "a", ENTRIES), "--json")
    assert code == 0
    values = [json.loads(line) for line in lines.splitlines()]
    messages = [value["payload"] for value in values if value["kind"] == "message"]
    assert [message["data"]["text"] for message in messages[:3]] == ["Hel", "lo, ", "Ana."]
    assert "no message" in messages[-1]
    assert [value["seconds"] for value in values if value["kind"] == "sound"] == [1.0]
    assert [value["at"] for value in values] == sorted(value["at"] for value in values)


def test_a_cut_recording_is_shown_with_a_note_and_no_recording_is_one_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a", ENTRIES)
    path.write_bytes(path.read_bytes()[:-3])
    code, lines, _ = run(path)
    assert code == 0
    assert "Note: The last" in lines
    code, lines, errors = run(tmp_path / "nothing")
    assert (code, lines, len(errors.splitlines())) == (1, "", 1)
