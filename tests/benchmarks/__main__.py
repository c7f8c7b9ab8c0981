"""Run the benchmarks, each in a process of its own, and print one table. Exits 0 only when every target is met."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict

from . import (
    p1_frame,
    p2_hitches,
    p2b_real_rooms,
    p3_frames,
    p4_first_word,
    p5_interrupt,
    p6_visits,
    p7_import,
    p8_crowd,
    p9_echo,
    p10_push_to_talk,
    p11_boundary,
    p12_memory,
    p13_vision,
    p14_lip_sync,
    p15_faces,
    p16_village,
    p17_toolkit,
    r1_restarts,
    r2_loss,
    r3_rubbish,
    r4_kills,
    r6_hostile_service,
    r7_flood,
    r8_soak,
    r9_deaths,
)
from .figure import Figure, print_table

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "P1": p1_frame.measure,
    "P2": p2_hitches.measure,
    "P2B": p2b_real_rooms.measure,
    "P3": p3_frames.measure,
    "P4": p4_first_word.measure,
    "P5": p5_interrupt.measure,
    "P6": p6_visits.measure,
    "P7": p7_import.measure,
    "P8": p8_crowd.measure,
    "P9": p9_echo.measure,
    "P10": p10_push_to_talk.measure,
    "P11": p11_boundary.measure,
    "P12": p12_memory.measure,
    "P13": p13_vision.measure,
    "P14": p14_lip_sync.measure,
    "P15": p15_faces.measure,
    "P16": p16_village.measure,
    "P17": p17_toolkit.measure,
    "R1": r1_restarts.measure,
    "R2": r2_loss.measure,
    "R3": r3_rubbish.measure,
    "R4": r4_kills.measure,
    "R6": r6_hostile_service.measure,
    "R7": r7_flood.measure,
    "R8": r8_soak.measure,
    "R9": r9_deaths.measure,
}

_MARK = "figures: "


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"which ones (default: all): {', '.join(BENCHMARKS)}")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    ids = [name.upper() for name in arguments.ids] or list(BENCHMARKS)
    if unknown := [name for name in ids if name not in BENCHMARKS]:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    if arguments.alone:
        print(_MARK + json.dumps([asdict(figure) for name in ids for figure in BENCHMARKS[name]()]))
        return 0
    figures = [figure for name in ids for figure in _run(name)]
    print_table(figures)
    return 1 if any(figure.is_met is False for figure in figures) else 0


def _run(name: str) -> list[Figure]:
    """A benchmark that breaks is a target that is not met."""
    print(f"{name} …", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "tests.benchmarks", "--alone", name]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    line = next((line for line in outcome.stdout.splitlines() if line.startswith(_MARK)), None)
    if line is None:
        print(outcome.stderr, file=sys.stderr)
        return [Figure(name, "broke; see above", "-", "-", "-", "-", is_met=False)]
    return [Figure(**figure) for figure in json.loads(line.removeprefix(_MARK))]


if __name__ == "__main__":
    sys.exit(main())
