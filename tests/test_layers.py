"""The layers, executable: what each module imports, checked against one table."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import convai_panda

PACKAGE = Path(convai_panda.__file__).parent

# Who may import it (module prefixes below convai_panda; "" is the package itself).
MAY_IMPORT = {
    "panda3d": (
        "actions",
        "convai",
        "ducking",  # the volumes of the game's own audio managers
        "character",
        "lookout",
        "in_scene",
        "vicinity",
        "tagged",
        "occlusion",
        "scene",
        "doctor",
        "chat",
        "settings",
        "audio.hrtf",  # its PRC variable
        "audio.sink",
        "audio.silent",
        "audio.panda_sink",
        "audio.track",
        "audio.pump",
        "faces_rota",
        "faces.choice",
        "faces.head",
        "faces.joints",
        "faces.morphs",
        "faces.parts",
        "testing",
        "vision.camera",
        "vision.tile",
    ),
    "direct": ("actions", "convai", "character", "chat", "testing", "vision"),
    "livekit": ("transport.livekit", "simulator"),
    "httpx": ("transport.cloud",),
    "pyaudio": ("audio.portaudio",),
    "threading": ("_io", "audio.pump", "testing.convai_scene"),  # the last starts none: it looks whether any is left
    "aiohttp": ("simulator",),
    "asyncio": (
        "_io",
        "doctor",
        "session",
        "visit",
        "outbox",
        "transport",
        "audio.microphone",
        "audio.portaudio",
        "player_voice",
        "watch",
        "sighted",
        "simulator",
        "recording.recorder",
        "recording.writer",
        "recording.replay",
        "__main__",
        "testing",
    ),
    "pytest": ("testing.plugin",),
    "soxr": ("audio.pcm",),
    "soundfile": ("recording.sound",),
    "sqlite3": ("continuity",),
    "pydantic": ("protocol", "transport", "simulator", "recording"),
}

# What a package of ours must never reach: below → above.
MUST_NOT_REACH = {
    "protocol": ("convai", "character", "session", "transport", "audio", "simulator", "testing", "_io"),
    "audio": ("convai", "character", "session", "transport", "simulator", "testing", "protocol"),
    "transport": ("convai", "character", "session", "simulator", "testing", "conversation"),
    "faces": ("convai", "character", "session", "transport", "simulator", "testing", "conversation", "_io"),
    "vision": ("convai", "character", "session", "transport", "simulator", "testing", "conversation", "_io", "audio"),
    "picture": ("convai", "character", "session", "transport", "simulator", "testing", "conversation", "_io", "audio"),
    "recording": ("convai", "character", "session", "simulator", "testing", "conversation", "_io"),
    "simulator": (
        "convai",
        "character",
        "session",
        "testing",
        "conversation",
        "_io",
        "audio.pump",
        "audio.panda_sink",
        "audio.sink",
        "faces",
    ),
    "standing": ("convai", "character", "session", "transport", "simulator", "_io", "audio"),
    "acknowledgements": ("convai", "character", "session", "transport", "simulator", "_io", "audio"),
    "ending": ("convai", "character", "session", "transport", "simulator", "_io", "audio"),
    "turn_timer": ("convai", "character", "session", "transport", "simulator", "_io", "audio"),
    "notices": ("convai", "character", "session", "transport", "simulator", "_io", "audio"),
    "news": ("convai", "session", "transport", "simulator", "_io", "audio"),
    "conversation": ("convai", "character", "session", "transport", "simulator", "_io", "audio"),
    "session": ("convai", "character", "simulator", "testing", "_io"),
    "visit": ("convai", "character", "session", "simulator", "testing", "_io"),
    "proximity": ("convai", "character", "session", "transport", "simulator", "protocol", "audio"),
    "allowance": ("convai", "character", "session", "transport", "simulator", "protocol", "audio", "_io"),
    "improvising": ("convai", "character", "session", "transport", "simulator", "protocol", "audio", "_io"),
    "savegame": ("convai", "character", "session", "transport", "simulator", "protocol", "audio", "_io"),
    "recollection": ("convai", "character", "session", "transport", "simulator", "protocol", "audio", "_io"),
    "ledger": ("convai", "character", "session", "transport", "simulator", "protocol", "audio", "_io"),
    "events": ("convai", "character", "session", "transport", "simulator", "protocol", "audio"),
}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(module: str, path: Path) -> set[str]:
    """Every module named by an import, ours as dotted names below convai_panda with a leading dot."""
    found = set[str]()
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    package = [part for part in package if part]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module or "")
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
            found.update("." + ".".join([*base, alias.name]) for alias in node.names)
            found.add("." + ".".join(base))
    return found


def is_under(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes)


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda value: str(value) or "convai_panda")
def test_each_module_imports_only_what_its_layer_may(module: str, path: Path) -> None:
    found = imports(module, path)
    for foreign in {name.split(".")[0] for name in found} & MAY_IMPORT.keys():
        assert is_under(module, MAY_IMPORT[foreign]), f"{module} imports {foreign}"
    for below, above in MUST_NOT_REACH.items():
        if is_under(module, (below,)):
            bad = {name for name in found if name.startswith(".") and is_under(name[1:], above)}
            assert not bad, f"{module} imports {sorted(bad)}"


def test_importing_brings_none_of_the_heavy_parts() -> None:
    program = (
        "import sys, convai_panda\n"
        "heavy = {'livekit', 'pyaudio', 'httpx', 'aiohttp', 'numpy', 'soxr', 'soundfile'}\n"
        "heavy &= {name.split('.')[0] for name in sys.modules}\n"
        "raise SystemExit(', '.join(sorted(heavy)) or 0)"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


def test_importing_works_without_portaudio_and_livekit() -> None:
    program = (
        "import sys\n"
        "for name in ('livekit', 'pyaudio', 'httpx', 'aiohttp'):\n"
        "    sys.modules[name] = None\n"
        "import convai_panda"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
