"""Messages broken on purpose, in bytes and in meaning; the same chance breaks the same message alike. Pure."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

_Json = Any

HOSTILE = (
    "\x1b[2J\x1b[31m\x07",  # a terminal that obeys
    "\x01red\x01\x02\x05",  # TextNode's own controls
    "\u202egnp.exe\u202c\u2066",
    "Z" + "\u0335\u0321\u0334" * 40,
    "\U000e0041\U000e0042\U000e0043",
    "\n2026-01-01 ERROR root: forged\r\n",
    "%s%n{0}${x}<script>&lt;",
    "\ufeff\ufffe\x00",
    "🏴\U000e0067\U000e0062" * 3,
    "ﷺ" * 50,
)

_VALUES: tuple[_Json, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    -(10**18),
    1e308,
    float("nan"),
    float("inf"),
    "",
    "\x00",
    "A" * 5_000,
    [],
    [[[[]]]],
    {},
    {"type": "bot-ready"},
    [float("-inf")] * 20,
    {"data": {"data": {"data": {}}}},
)
_KEYS = ("type", "data", "text", "label", "id", "audio", "sample_rate", "blendshapes", "payload", "__class__", "")


def hostile(text: str, chance: Random) -> str:
    """The text with something in it that attacks whoever shows it."""
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(HOSTILE) + text[place:]


def mangle(payload: bytes, chance: Random) -> bytes:
    """The message, broken in one of many ways."""
    return chance.choice(_WAYS)(payload, chance)


def _flip(payload: bytes, chance: Random) -> bytes:
    broken = bytearray(payload)
    for _ in range(chance.randint(1, 4)):
        if broken:
            broken[chance.randrange(len(broken))] = chance.randrange(256)
    return bytes(broken)


def _cut(payload: bytes, chance: Random) -> bytes:
    return payload[: chance.randrange(len(payload) + 1)]


def _repeat(payload: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(payload) + 1)
    return payload[:start] + payload[start : start + chance.randint(1, 40)] * chance.randint(2, 50) + payload[start:]


def _noise(payload: bytes, chance: Random) -> bytes:
    return chance.randbytes(chance.randrange(200))


def _nest(payload: bytes, chance: Random) -> bytes:
    depth = chance.choice((2, 50, 1_000))
    return b'{"type":"server-message","data":' * depth + payload + b"}" * depth


def _meaning(payload: bytes, chance: Random) -> bytes:
    """One or a few values, keys or lengths changed; the JSON stays JSON, but for NaN and infinity."""
    try:
        root = json.loads(payload)
    except ValueError:
        return _flip(payload, chance)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        root = _change(root, chance)
    return json.dumps(root).encode()


def _change(value: _Json, chance: Random) -> _Json:
    if isinstance(value, dict) and value and chance.random() < 0.8:
        key = chance.choice(list(value))
        match chance.randrange(5):
            case 0:
                return {name: item for name, item in value.items() if name != key}
            case 1:
                return {**value, chance.choice(_KEYS): chance.choice(_VALUES)}
            case _:
                return {**value, key: _change(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        place = chance.randrange(len(value))
        match chance.randrange(4):
            case 0:
                return value[:place]
            case 1:
                return value * chance.randint(2, 20)
            case _:
                return [*value[:place], _change(value[place], chance), *value[place + 1 :]]
    if isinstance(value, str) and chance.random() < 0.5:
        return hostile(value, chance)
    return chance.choice(_VALUES)


_WAYS: tuple[Callable[[bytes, Random], bytes], ...] = (_flip, _cut, _repeat, _noise, _nest, *[_meaning] * 7)
