"""One row of the table, and the table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure beside what it is compared with. ``is_met`` is None where there is no target."""

    id: str
    what: str
    ours: str
    compared_with: str
    ratio: str
    target: str
    is_met: bool | None = None


_HEADS = ("id", "what", "ours", "compared with", "ratio", "target", "met")


def print_table(figures: Sequence[Figure]) -> None:
    """Aligned columns, one row a figure."""
    words = {True: "yes", False: "NO", None: ""}
    rows = [
        (each.id, each.what, each.ours, each.compared_with, each.ratio, each.target, words[each.is_met])
        for each in figures
    ]
    widths = [max(len(row[column]) for row in [_HEADS, *rows]) for column in range(len(_HEADS))]
    for row in [_HEADS, tuple("-" * width for width in widths), *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
