"""Narrative Design in small: a start section, one section for each trigger, and template keys. Pure.

Source: Convai's docs, Narrative Design: the start section is entered by itself, missing keys become empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ..protocol.server import BehaviorTreeResponse

START = "start"
_PLACEHOLDER = re.compile(r"\{([^{}\s]+)\}")


class Story:
    """One character's story in one room; a character without one has no sections."""

    def __init__(self, keys: Mapping[str, str], *, has_sections: bool) -> None:
        self.keys = dict(keys)
        self.has_sections = has_sections
        self.section: str | None = None

    def begin(self) -> list[bytes]:
        """The visit begins."""
        return self.enter(START)

    def enter(self, trigger: str) -> list[bytes]:
        """A trigger leads to its section, once; what is told of that."""
        section = trigger.strip().lower().replace(" ", "-")
        if not self.has_sections or not section or section == self.section:
            return []
        self.section = section
        moved = BehaviorTreeResponse(
            bt_code=f"seq({section})", bt_constants=json.dumps(self.keys), narrative_section_id=section
        )
        return [moved.encode()]

    def fill(self, text: str) -> str:
        """The text with its placeholders filled; those without a key are empty."""
        filled = _PLACEHOLDER.sub(lambda match: self.keys.get(match[1], ""), text)
        return re.sub(r" +(?=[,.!?]|$)", "", re.sub(r"  +", " ", filled)).strip()
