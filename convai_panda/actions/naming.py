"""When two names of an action or a thing are the same: ``Pick Up``, ``pick_up`` and ``pickUp`` are. Pure."""

import re

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ARTICLES = frozenset({"the", "a", "an"})


def plain(name: str) -> str:
    """The words of a name: lower case, one space between them, no articles."""
    words = re.findall(r"[^\W_]+", _CAMEL.sub(" ", name).casefold())
    kept = [word for word in words if word not in _ARTICLES]
    return " ".join(kept or words) or name.casefold().strip()
