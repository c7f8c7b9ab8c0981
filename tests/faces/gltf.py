"""Heads as modelling programs export them: tiny glTF binary files with morph targets, written byte by byte."""

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_CORNERS = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))  # Y is up
_FLOAT, _SHORT = 5126, 5123
_VERTICES, _INDICES = 34962, 34963


class _File:
    def __init__(self) -> None:
        self.data = b""
        self.views: list[dict[str, int]] = []
        self.accessors: list[dict[str, Any]] = []

    def vectors(self, values: Sequence[tuple[float, float, float]]) -> int:
        columns = list(zip(*values, strict=True))
        packed = b"".join(struct.pack("<3f", *value) for value in values)
        bounds = {"min": [min(column) for column in columns], "max": [max(column) for column in columns]}
        return self._add(packed, _VERTICES, componentType=_FLOAT, count=len(values), type="VEC3", **bounds)

    def numbers(self, values: Sequence[int]) -> int:
        packed = struct.pack(f"<{len(values)}H", *values)
        return self._add(packed, _INDICES, componentType=_SHORT, count=len(values), type="SCALAR")

    def _add(self, packed: bytes, target: int, **accessor: Any) -> int:
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(packed), "target": target})
        self.data += packed + b"\0" * (-len(packed) % 4)
        self.accessors.append({"bufferView": len(self.views) - 1, **accessor})
        return len(self.accessors) - 1


def write_head(path: Path, meshes: Mapping[str, Sequence[str]]) -> Path:
    """A head of these meshes, each a triangle with morph targets that lift it by one unit."""
    file = _File()
    written = []
    for name, targets in meshes.items():
        primitive = {
            "attributes": {"POSITION": file.vectors(_CORNERS), "NORMAL": file.vectors([(0.0, 0.0, 1.0)] * 3)},
            "indices": file.numbers([0, 1, 2]),
            "targets": [{"POSITION": file.vectors([(0.0, 1.0, 0.0)] * 3)} for _ in targets],
        }
        names = {"targetNames": list(targets)}
        written.append({"name": name, "primitives": [primitive], "weights": [0.0] * len(targets), "extras": names})
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": list(range(len(meshes)))}],
        "nodes": [{"name": name, "mesh": index} for index, name in enumerate(meshes)],
        "meshes": written,
        "accessors": file.accessors,
        "bufferViews": file.views,
        "buffers": [{"byteLength": len(file.data)}],
    }
    words = json.dumps(document).encode()
    words += b" " * (-len(words) % 4)
    chunks = struct.pack("<I4s", len(words), b"JSON") + words
    chunks += struct.pack("<I4s", len(file.data), b"BIN\0") + file.data
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)
    return path
