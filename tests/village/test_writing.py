"""Which font, which order on screen, where lines break."""

import pytest

from samples.village.writing import clean, font_of, is_leftward, visual_runs, wrap


def shown(line: str) -> str:
    """The line as it is on screen, from left to right, if runs were drawn letter by letter."""
    runs = visual_runs(line, leftward=is_leftward(line))
    # Runs in a font of a leftward script are turned round by the shaper.
    return "".join(run.text if run.is_rightward or run.font == "latin" else run.text[::-1] for run in runs)


@pytest.mark.parametrize(
    ("char", "font"),
    [
        ("a", "latin"),
        ("é", "latin"),
        ("Ж", "latin"),
        ("λ", "latin"),
        ("ש", "hebrew"),
        ("م", "arabic"),
        ("क", "devanagari"),
        ("你", "cjk"),
        ("ア", "cjk"),
        ("한", "cjk"),
        ("。", "cjk"),
        ("𠀋", "cjk"),
        ("1", "latin"),
        (" ", None),
    ],
)
def test_each_script_has_its_font(char: str, font: str | None) -> None:
    assert font_of(char) == font


# UAX 9's own examples, with Hebrew for its capitals.
@pytest.mark.parametrize(
    ("read", "on_screen"),
    [
        ("car means רכב", "car means בכר"),
        ("רכב means car", "means car בכר"),
        ("he said אבג 123, דהו", "he said והד ,123 גבא"),
        ("אבג (דהו) 3.5 זחט!", "!טחז 3.5 (והד) גבא"),
        ("مرحبا 25 بقرة", "ةرقب 25 ابحرم"),
    ],
)
def test_what_runs_from_right_to_left_is_in_its_place(read: str, on_screen: str) -> None:
    assert shown(read) == on_screen


def test_lines_break_between_words_and_between_ideographs_but_not_before_their_stops() -> None:
    assert wrap("one two three", 7, len) == ["one two", "three"]
    assert wrap("私は農夫。今夜は", 4, len) == ["私は農", "夫。今夜", "は"]
    assert wrap("저는 농부입니다", 5, len) == ["저는", "농부입니다"]
    assert wrap("abcdefghij", 4, len) == ["abcd", "efgh", "ij"]
    assert wrap("", 4, len) == [""]


def test_nothing_that_steers_the_text_node_gets_through() -> None:
    assert clean("a\1red\1b\2\n\tc\x07\u200d") == "aredb  c\u200d"
