"""Records ``visit.convai`` anew: a short visit to ``convai-panda sim`` over a real livekit-server.

Run it as ``python -m tests.recording.make_visit`` after the wire or the file format has changed, and look at it with
``convai-panda replay tests/recording/visit.convai``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from convai_panda import CloudTransport, Convai, MemoryContinuity, Recorder, SilentVoice, SpeechFinished
from convai_panda.testing import step_until

GUARD = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0001"
PATH = Path(__file__).with_name("visit.convai")
LINES = ("Hello.", "Goodbye.")


def main() -> None:
    load_prc_file_data("", "window-type none\naudio-library-name null")
    command = [sys.executable, "-m", "convai_panda", "sim", "--json", "--latency", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as service:
        assert service.stdout is not None
        ready = json.loads(service.stdout.readline())
        PATH.unlink(missing_ok=True)
        transport = CloudTransport(url=ready["connect_url"], api_key=ready["api_key"])
        try:
            record(Recorder(transport, PATH))
        finally:
            service.terminate()


def record(recorder: Recorder) -> None:
    base = ShowBase()
    player, guard = (base.render.attach_new_node(name) for name in ("player", "guard"))
    player.set_pos(0.0, -60.0, 0.0)
    convai = Convai(base, transport=recorder, listener=player, voice=SilentVoice(), continuity=MemoryContinuity())
    character = convai.add_character(GUARD, guard, name="Guard", greeting=None)
    heard: list[object] = []
    base.accept(SpeechFinished.name, lambda who, event: heard.append(event))
    player.set_pos(0.0, -2.0, 0.0)
    step_until(base, lambda: character.is_ready, within=30.0)
    for number, line in enumerate(LINES, 1):
        character.say(line)
        step_until(base, lambda number=number: len(heard) == number, within=30.0)  # type: ignore[misc]
    convai.destroy()
    base.destroy()


if __name__ == "__main__":
    main()
