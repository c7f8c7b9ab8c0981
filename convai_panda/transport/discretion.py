"""Keeping secrets out of what is written about a call: URLs, the service's own words, other libraries' logs. Pure."""

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

_SHORTEST = 8  # characters of a secret: shorter words are everywhere
_TOKEN = re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]+)*|(?<=access_token=)[^&\s\"']+")  # a JWT, LiveKit's query
_TALKATIVE = ("httpx", "httpcore.http11", "httpcore.http2", "httpcore.proxy")  # whole URLs, the answer's cookies

_is_secret: ContextVar[bool] = ContextVar("convai_panda_is_secret", default=False)


def shown(url: str) -> str:
    """A URL as it may be shown: without a user, a query or a fragment, any of which may hold a key."""
    parts = urlsplit(url)
    if not parts.scheme or not parts.hostname:
        return "(no URL)"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    try:
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        port = ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def conceal_tokens(text: str) -> str:
    """The text without anything that has the form of a token."""
    return _TOKEN.sub("…", text)


class Secrets:
    """What must not be read in anything that a service sends back, as some repeat a key that they refuse."""

    def __init__(self, values: Iterable[str]) -> None:
        words = {word for value in values for word in (value, *value.split()) if len(word) >= _SHORTEST}
        self._words = sorted(words, key=len, reverse=True)

    def conceal(self, text: str) -> str:
        """The text without them."""
        for word in self._words:
            text = text.replace(word, "…")
        return conceal_tokens(text)

    def conceal_bytes(self, body: bytes) -> bytes:
        """The bytes without them; what is no UTF-8 stays as it is."""
        return self.conceal(body.decode(errors="surrogateescape")).encode(errors="surrogateescape")


class _Discreet(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not _is_secret.get()


_discreet = _Discreet()


@contextmanager
def discretion() -> Iterator[None]:
    """Have HTTP libraries log nothing of what is done inside; other calls of the game's are not touched."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_discreet)  # a second time changes nothing
    before = _is_secret.set(True)
    try:
        yield
    finally:
        _is_secret.reset(before)
