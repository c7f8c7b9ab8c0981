"""Words from the wire made fit for a screen, a terminal and a log, before anybody is told them. Pure.

Taken out: control characters (Panda3D's ``TextNode`` and terminals obey them), what turns the direction of all text
that follows, invisible tags, and piles of accents. Kept: line breaks and tabs, every script, the direction marks of
right-to-left writing, joiners (Persian, Hindi, families of emoji), the flags of England, Scotland and Wales.
"""

import re
from collections.abc import Callable

LONGEST = 65_536  # characters of one string: LiveKit carries no larger message
_LONGEST_MENDED = 8_192  # characters: what is told of one turn, and a millisecond of work

_CONTROLS = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls, but for the tab and what ends a line
    "\u202a-\u202e\u2066-\u2069"  # direction: embeddings, overrides, isolates, and their ends
    "\u206a-\u206f\ufeff\ufff9-\ufffb"  # deprecated controls, byte order mark, annotations
    "\ufdd0-\ufdef\ufffe\uffff"  # no characters at all
)
_ENDS = "\r\x0b\x0c\x85\u2028\u2029"
_HALVES = "\ud800-\udfff"
_MARKS = "\u061c\u200e\u200f"
_TAGS = "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
_ACCENTS = "\u0300-\u036f\u0488\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"

_NEVER = re.compile(f"[{_CONTROLS}]")
_LINE_END = re.compile(f"\r\n|[{_ENDS}]")
_HALF = re.compile(f"[{_HALVES}]")
_MARK = re.compile(f"[{_MARKS}]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u05ff\u0620-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
_FLAG_OR_TAG = re.compile(f"(\U0001f3f4[\U000e0020-\U000e007e]{{1,8}}\U000e007f)|[{_TAGS}]")
_PILE = re.compile(f"([{_ACCENTS}]{{6}})[{_ACCENTS}]+")  # Vietnamese needs two, phonetic transcriptions four
_ANY = re.compile(f"[{_CONTROLS}{_ENDS}{_HALVES}{_MARKS}{_TAGS}{_ACCENTS}]")  # each of the above takes a millisecond


def clean_text(text: str, *, limit: int = LONGEST) -> str:
    """The text, safe to show, cut at ``limit`` characters, earlier where it has to be mended; an ellipsis says so."""
    is_harmful = not (text.isascii() and text.isprintable()) and _ANY.search(text, 0, limit) is not None
    if is_harmful:
        limit = min(limit, _LONGEST_MENDED)
    kept = text if len(text) <= limit else text[: limit - 1]
    mended = _mend(kept) if is_harmful else kept
    return mended if kept is text else f"{mended}…"


def _mend(text: str) -> str:
    text = _LINE_END.sub("\n", text)
    text = _NEVER.sub("", text)
    if text.isascii():
        return text
    text = _HALF.sub("\ufffd", text)
    text = _FLAG_OR_TAG.sub(r"\1", text)
    text = _PILE.sub(r"\1", text)
    # A direction mark means something beside right-to-left writing alone.
    return text if _RIGHT_TO_LEFT.search(text) else _MARK.sub("", text)


def clean_line(text: str, *, limit: int) -> str:
    """The text as one line for a log or a sentence, its spaces single."""
    text = _NEVER.sub(" ", text[: 8 * limit])
    line = " ".join(_MARK.sub("", clean_text(text)).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


# What cleaning could change, looked for in the bytes of a JSON text: most messages have none of it.
_SUSPECT = re.compile(rb"[\x7f-\xff]|\\[bfru]")


def is_suspect(json_text: bytes) -> bool:
    """Whether there may be something to clean in the strings of a JSON text."""
    return len(json_text) > LONGEST or _SUSPECT.search(json_text) is not None


def clean_tree(value: object, note: Callable[[], object]) -> object:
    """JSON values with every string cleaned, keys included; ``note`` is called for each string that was changed."""
    match value:
        case str():
            cleaned = clean_text(value)
            if cleaned != value:
                note()
            return cleaned
        case dict():
            return {
                str(clean_tree(key, note)): item if _is_sound(key, item) else clean_tree(item, note)
                for key, item in value.items()
            }
        case list() if any(isinstance(item, str | dict | list) for item in value):
            return [clean_tree(item, note) for item in value]
    return value


def _is_sound(key: str, item: object) -> bool:
    """Base64 of any length is no text, and has nothing to clean."""
    return key == "audio" and isinstance(item, str) and item.isascii() and item.isprintable()
