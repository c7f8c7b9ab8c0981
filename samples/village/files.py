"""Where the village's files are: beside the code, or beside the program that was built from it. Pure."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(sys.executable).resolve().parent if getattr(sys, "frozen", False) else Path(__file__).resolve().parents[2]
ASSETS = ROOT / "assets"
VILLAGE = ROOT / "samples" / "village"  # with the story and the people's sheets
