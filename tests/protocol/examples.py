"""The example messages beside the tests: one JSON file each, named after its type."""

import json
from pathlib import Path
from typing import Any

WIRE = Path(__file__).parent.parent / "wire"


def names(folder: str) -> list[str]:
    return sorted(path.stem for path in (WIRE / folder).glob("*.json"))


def example(folder: str, name: str) -> bytes:
    return (WIRE / folder / f"{name}.json").read_bytes()


def decoded(folder: str, name: str) -> Any:
    return json.loads(example(folder, name))
