"""A game that does everything with which a secret could slip out, and prints all that it can see of itself.

Run as a program: service's URL, its key, a LiveKit URL, and the file into which the secrets are written.
"""

import asyncio
import gc
import json
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from convai_panda import (
    CloudTransport,
    Convai,
    ConvaiError,
    Failed,
    FileContinuity,
    Nearest,
    Ready,
    SessionState,
    SilentVoice,
    Speaker,
    Transcript,
)
from convai_panda.events import EVENTS
from convai_panda.protocol.connect import ConnectRequest, ConnectResponse
from convai_panda.testing import step_until
from convai_panda.transport.livekit import LiveKitRooms
from convai_panda.transport.process import ProcessRooms

GUARD = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0001"
SECRETS: set[str] = set()


class Noted(CloudTransport):
    """Notes what must not be seen anywhere."""

    async def connect(self, request: ConnectRequest) -> ConnectResponse:
        response = await super().connect(request)
        token, session = response.token.get_secret_value(), response.session_id.get_secret_value()
        SECRETS.update((token, session, response.character_session_id))
        show("request", request)
        show("response", response)
        return response


def show(what: str, value: object) -> None:
    """Print it in every way in which somebody would."""
    print(what, value, repr(value), f"{value}")


def show_everything() -> None:
    """The repr of all that is ours and alive."""
    for value in gc.get_objects():
        if type(value).__module__.startswith("convai_panda"):
            print(repr(value))


def show_error(error: BaseException) -> None:
    """An error, its traceback, and whatever hangs on it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        print("".join(traceback.format_exception(error)), repr(error), vars(error), error.args)
        logging.getLogger("game").error("It went wrong.", exc_info=error)
        error = error.__cause__ or error.__context__  # type: ignore[assignment]


def show_process(pid: int) -> None:
    """What everybody on this machine, and its own children, can see of a process."""
    for name in ("cmdline", "environ"):
        print((Path("/proc") / str(pid) / name).read_bytes().replace(b"\0", b"\n").decode(errors="replace"))


def play(transport: Noted, folder: Path, *, kills: bool) -> None:
    """A visit with words both ways, one that is lost in mid-sentence where rooms can be, and a goodbye."""
    base = ShowBase()
    player = base.render.attach_new_node("player")
    convai = Convai(
        base,
        transport=transport,
        voice=SilentVoice(),
        listener=player,
        proximity=Nearest(linger=0.1),
        continuity=FileContinuity(folder / "ids.sqlite3"),
        player_name="Ana",
    )
    told: list[object] = []
    for event in EVENTS:
        base.accept(event.name, lambda _, event: (told.append(event), show("event", event)))
    guard = convai.add_character(GUARD, base.render.attach_new_node("guard"))

    def lines(speaker: Speaker) -> int:
        words = [event for event in told if isinstance(event, Transcript)]
        return sum(each.speaker is speaker and each.is_final for each in words)

    def count(kind: type) -> int:
        return sum(isinstance(event, kind) for event in told)

    player.set_y(-2)
    step_until(base, lambda: lines(Speaker.CHARACTER), within=60)
    guard.say("What did I say before?")
    step_until(base, lambda: lines(Speaker.CHARACTER) > 1, within=60)
    show_everything()
    if kills and isinstance(transport.rooms, ProcessRooms) and transport.rooms.child is not None:
        show_process(transport.rooms.child.pid)
        os.kill(transport.rooms.child.pid, signal.SIGKILL)
        step_until(base, lambda: count(Failed) and count(Ready) > 1, within=60)
    for event in told:
        if isinstance(event, Failed):
            show_error(event.error)
    player.set_y(-60)
    step_until(base, lambda: guard.state is SessionState.CLOSED, within=60)
    show_everything()
    convai.destroy()
    base.destroy()


@contextmanager
def answering(answer: Callable[[str], tuple[int, object]]) -> Iterator[str]:
    """A service that repeats what it was sent, as some do when they refuse it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            key = self.headers["X-API-Key"]
            status, reply = answer(key)
            if isinstance(reply, dict):
                reply = {**reply, "you_sent": body}
            encoded = json.dumps(reply).encode()
            self.send_response(status)
            headers = {"Content-Length": len(encoded), "X-Request-Trace-Id": f"for-{key}", "Set-Cookie": f"k={key}"}
            for name, value in headers.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(encoded)

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as address:
        yield f"http://{address}"


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server on loopback, as ``host:port``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def fail(key: str, livekit_url: str) -> None:
    """Every way in which a call or a join can go wrong with a secret in hand."""
    token = "eyJhbGciOiJIUzI1NiJ9.eyJ2aWRlbyI6eyJyb29tIjoieCJ9fQ.not-a-real-signature-but-a-secret"
    saved = "9a77b1c2-3d4e-4f50-8a61-b2c3d4e5f607"
    SECRETS.update((token, saved))
    good = {"room_url": livekit_url, "token": token, "character_session_id": saved, "session_id": saved[::-1]}
    half = {**good, "token": None, "session_id": token}
    answers: list[tuple[int, Any]] = [
        (401, {"detail": f"Invalid API key {key}"}),
        (
            422,
            {"detail": [{"type": "x", "loc": ["body", "character_session_id"], "msg": f"bad {saved}", "input": key}]},
        ),
        (429, {"error": f"{key} has too many"}),
        (500, f"<html>{key} {token}"),
        (200, half),
        (200, [token]),
        (307, {"message": key}),
    ]
    for status, body in answers:
        with answering(lambda _, status=status, body=body: (status, body)) as url:
            await call(CloudTransport(url=url, api_key=key), saved)
    for url in ("http://127.0.0.1:9", "https://127.0.0.1:9", "https://no-such-host.invalid"):
        await call(CloudTransport(url=url, api_key=key), saved)
    await call(
        CloudTransport(token_endpoint=f"http://127.0.0.1:9/talk?key={key}", headers={"Authorization": key}), saved
    )
    try:
        CloudTransport(url=f"http://ana:{key}@example.com/?key={key}", api_key=key)
    except ConvaiError as error:
        show_error(error)
    for rooms in (LiveKitRooms(), ProcessRooms()):
        with answering(lambda _: (200, good)) as url:
            transport = CloudTransport(url=url, api_key=key, rooms=rooms)
            try:
                response = await transport.connect(ConnectRequest.build(character_id=GUARD))
                show("response", response)
                await transport.join(response)
            except ConvaiError as error:
                show_error(error)
            finally:
                show_everything()
                await transport.aclose()


async def call(transport: CloudTransport, saved: str) -> None:
    show("transport", transport)
    try:
        await transport.connect(ConnectRequest.build(character_id=GUARD, character_session_id=saved))
    except ConvaiError as error:
        show_error(error)
    finally:
        await transport.aclose()


def main() -> None:
    url, key, livekit_url, path = sys.argv[1:]
    logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="%(name)s %(levelname)s %(message)s")
    load_prc_file_data("", "window-type none\naudio-library-name null\nnotify-level-device fatal")
    SECRETS.add(key)
    folder = Path(path).parent
    play(Noted(url=url, api_key=key, rooms=ProcessRooms()), folder, kills=True)
    play(Noted(url=url, api_key=key, rooms=LiveKitRooms()), folder, kills=False)
    asyncio.run(fail(key, livekit_url), debug=True)
    Path(path).write_text(json.dumps(sorted(SECRETS)))


if __name__ == "__main__":
    main()
