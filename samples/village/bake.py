"""Write the village's models, sky and sounds into assets/: `python -m samples.village.bake`.

Everything comes from the code in this folder with seeded randomness: baking twice gives the same bytes.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from panda3d.core import BamWriter, DatagramOutputFile, Filename, NodePath

from samples.village.files import ASSETS
from samples.village.looks import LOOKS, TRAVELLER
from samples.village.noises import make_noises
from samples.village.scenery import make_common, make_greenery
from samples.village.sky import picture
from samples.village.villagers import make_villager

_BAM_MAGIC = b"pbj\x00\n\r"

_NOTE = """# Assets of the sample village

| file | what |
|---|---|
| `village.bam.pz` | ground, houses, things, water, the sky's dome |
| `greenery-high.bam.pz`, `greenery-low.bam.pz` | grass, trees and bushes for the two quality settings |
| `villager-*.bam.pz` | the people, and the traveller whom the player moves |
| `sky.png` | the evening sky |
| `*.wav` | wind and crickets, the forge's fire, the pond, steps |

Made by the code in this repository and by nothing else: `python -m samples.village.bake` writes these files,
this note included, and writes the same bytes each time. Nothing of them was drawn, scanned or copied from
elsewhere. Panda3D reads `.bam.pz` (compressed) as it reads `.bam`. `fonts/` has a note and a licence of its own,
and `village.png` and `faces.png` are pictures of the sample.

Licence: BSD-3-Clause, the same as the code (see `LICENSE` at the top of the repository).
"""


def _write(root: NodePath, path: Path) -> None:
    # A file name inside the models would say where this machine keeps them, so write the tree alone.
    out = DatagramOutputFile()
    if not out.open(Filename.from_os_specific(str(path))) or not out.write_header(_BAM_MAGIC.decode("latin-1")):
        raise OSError(f"Cannot write {path}. Check the folder's permissions.")
    writer = BamWriter(out)
    if not writer.init() or not writer.write_object(root.node()):
        raise OSError(f"Panda3D could not write {path}.")
    out.close()


def bake(folder: Path) -> dict[str, str]:
    """Write every asset into a folder and return each file's SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(make_common(), folder / "village.bam.pz")
    for quality in ("high", "low"):
        _write(make_greenery(quality), folder / f"greenery-{quality}.bam.pz")
    for look in (*LOOKS.values(), TRAVELLER):
        root = NodePath(look.name)
        make_villager(look).reparent_to(root)
        _write(root, folder / f"villager-{look.name}.bam.pz")
    picture().write(Filename.from_os_specific(str(folder / "sky.png")))
    for name, wav in make_noises().items():
        (folder / f"{name}.wav").write_bytes(wav)
    (folder / "README.md").write_text(_NOTE, encoding="utf-8", newline="\n")
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir()) if path.is_file()
    }


def main(arguments: list[str]) -> None:
    """Bake into assets/, or into the folder named."""
    folder = Path(arguments[0]) if arguments else ASSETS
    for name, digest in bake(folder).items():
        print(f"{(folder / name).stat().st_size:>10,}  {digest[:16]}  {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
