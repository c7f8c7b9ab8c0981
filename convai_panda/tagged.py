"""Characters declared in a model by the tag ``convai-character``, as level editors write them. Main thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .character import TAG as TIED
from .errors import ConfigurationError, InvalidRequest

if TYPE_CHECKING:
    from panda3d.core import NodePath

    from .character import Character
    from .convai import Convai

TAG = "convai-character"
_NAME, _HEAD, _GREETING, _ACTIONS = "convai-name", "convai-head", "convai-greeting", "convai-actions"
_KNOWN = frozenset({TAG, _NAME, _HEAD, _GREETING, _ACTIONS})


def add_tagged_characters(convai: Convai, root: NodePath, **options: Any) -> list[Character]:
    """Make a character of every node at or under ``root`` that has the tag ``convai-character``, its ``character_id``.

    Further tags, all optional: ``convai-name`` (default: the node's name), ``convai-head`` (a node or joint in it),
    ``convai-greeting`` (empty: it waits to be spoken to) and ``convai-actions`` (names, separated by commas).
    ``options`` are ``add_character``'s, for all of them; a tag comes first. In an egg file that is
    ``<Tag> convai-character { 3b0a1f3e-… }``; in Blender a custom property of the object. What has a character
    already is left alone, so that it can be called again after more was loaded.

    Raises ConfigurationError, which names the node, for a tag that makes no sense; those before it are added.
    """
    added = []
    for node in [root, *root.find_all_matches("**")]:
        if not node.has_tag(TAG) or node.has_python_tag(TIED):
            continue
        if unknown := {key for key in node.get_tags() if key.startswith("convai-")} - _KNOWN:
            raise ConfigurationError(
                f"{node.name or 'A node'} has a tag {min(unknown)}; known are {', '.join(sorted(_KNOWN))}."
            )
        try:
            added.append(convai.add_character(_text(node, TAG), node, **(options | _options(node))))
        except (ConfigurationError, InvalidRequest) as error:
            raise ConfigurationError(f"{node.name or 'A node'} with the tag {TAG}: {error}") from error
    return added


def _options(node: NodePath) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if node.has_tag(_NAME):
        found["name"] = _text(node, _NAME)
    if node.has_tag(_HEAD):
        found["head"] = _text(node, _HEAD)
    if node.has_tag(_GREETING):
        found["greeting"] = _text(node, _GREETING) or None
    if node.has_tag(_ACTIONS):
        found["actions"] = tuple(name.strip() for name in _text(node, _ACTIONS).split(",") if name.strip())
    return found


def _text(node: NodePath, key: str) -> str:
    return " ".join(node.get_tag(key).split())  # egg files put each unquoted word on a line of its own
