"""Text that would harm a screen is mended, and nobody's language with it."""

import json

import pytest

from convai_panda.clean_text import LONGEST, clean_line, clean_text, clean_tree, is_suspect
from convai_panda.protocol.server import BotLlmText, UnknownMessage, parse_server_message


@pytest.mark.parametrize(
    "text",
    [
        "Hello, Ana.\nHow are you?\n\n\tWell.",
        "שלום, עולם! \u200fABC\u200f",
        "مرحبًا بكم في القرية",
        "می\u200cخواهم",  # noqa: RUF001 - Persian needs its non-joiner
        "क्\u200dष और क्\u200cष",  # Hindi both
        "👩\u200d👩\u200d👧\u200d👦 ❤\ufe0f 1\ufe0f\u20e3 🏳\ufe0f\u200d🌈",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # England
        "Tiếng Việt, e\u0301 o\u0302\u0301",
        "葛\U000e0100城市 日本語。",
        "ภาษา\u200bไทย",
        "\u05d1\u05bc\u05b0\u05e8\u05b5\u05d0\u05e9\u05c1\u05b4\u0596\u05d9\u05ea",  # with points and accents
        "",
    ],
)
def test_what_people_write_survives(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b\x1b[31mc\x7fd\x9be", "ab[31mcde"),
        ("\x01red\x01text\x02", "redtext"),  # Panda3D's TextNode would look for a property named so
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("user\u202egnp.exe\u202c \u2066x\u2069", "usergnp.exe x"),
        ("no right-to-left here\u200f\u061c", "no right-to-left here"),
        ("hidden\U000e0041\U000e0042 tags", "hidden tags"),
        ("Z" + "\u0335" * 200 + "a", "Z" + "\u0335" * 6 + "a"),
        ("\ud83d half", "\ufffd half"),
        ("\ufeffmark\ufffe\ufdd0", "mark"),
    ],
)
def test_what_would_do_harm_is_taken_out(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned
    assert clean_text(cleaned) == cleaned


def test_a_megabyte_is_cut_and_says_so() -> None:
    assert len(clean_text("é" * 1_000_000)) == LONGEST
    assert clean_text("é" * 1_000_000).endswith("…")


def test_what_takes_long_to_mend_is_cut_earlier() -> None:
    mended = clean_text("\x1b[31m" * 12_000)
    assert mended.startswith("[31m[31m")
    assert mended.endswith("…")
    assert len(mended) < LONGEST / 4
    assert clean_text("漢" * 60_000) == "漢" * 60_000


def test_a_line_is_one_line() -> None:
    assert clean_line("one\n\u2028two\t\x1b[0m  three", limit=80) == "one two [0m three"
    assert clean_line("word " * 1000, limit=20) == "word word word word…"


def test_every_string_of_a_message_is_cleaned_and_each_is_counted() -> None:
    mended: list[None] = []
    wire = {
        "type": "weather",
        "data": {"k\u202eey": ["\x1b[2J", {"deep": "\x07bell"}], "n": [1, 2.5, None], "fine": "שלום"},
    }
    message = parse_server_message(json.dumps(wire).encode(), lambda: mended.append(None))
    assert isinstance(message, UnknownMessage)
    assert message.payload == {"key": ["[2J", {"deep": "bell"}], "n": [1, 2.5, None], "fine": "שלום"}
    assert len(mended) == 3


def test_a_message_with_nothing_to_clean_is_not_walked() -> None:
    assert not is_suspect(BotLlmText(text='Hello \\ "there"\n').encode())
    assert is_suspect(BotLlmText(text="é").encode())
    assert clean_tree([1.0, 2.0], lambda: None) == [1.0, 2.0]


def test_base64_is_no_text_and_stays_whole() -> None:
    audio = "QUJD" * 30_000
    message = parse_server_message(
        json.dumps({"type": "audio-data", "data": {"sample_rate": 48_000, "audio": audio}}).encode()
    )
    assert message.to_wire()["audio"] == audio
