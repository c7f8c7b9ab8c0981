"""Services as nobody wishes for, each under a path of its own; and what a game is to be told about each.

As a program it is all of them at once, and prints their ports.
"""

import gzip
import json
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from convai_panda import (
    AccessDenied,
    AuthenticationError,
    CharacterNotFound,
    CloudTransport,
    ConnectError,
    InvalidRequest,
    RateLimited,
    ServiceUnavailable,
    SharedSessionConflict,
)

KEY = "key-that-nobody-may-see-1234567890"
PATIENCE = 20.0  # s that a game waits for an answer
_IMPATIENCE = 0.5  # s, where there will not be any

_ROOT = Path(__file__).parents[1]
_CERTIFICATE = Path(__file__).parent / "self_signed.pem"
_TOKEN = "token-that-nobody-may-see"
_GOOD = {"room_url": "wss://example.livekit.cloud", "token": _TOKEN, "character_session_id": "id"}
_HANDSHAKE = 0x16  # the first byte of TLS
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: the connection ends as by a power cut


@dataclass(frozen=True, slots=True)
class Case:
    """What is answered, in pieces, pauses in seconds between them; and the error that it is to be."""

    kind: type[ConnectError]
    words: str  # of its sentence
    pieces: tuple[bytes | float, ...] = ()
    cut: bool = False  # the connection ends as by a power cut


def _answer(status: int, body: bytes | object = b"", **headers: str) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} $KEY", f"Content-Length: {len(content)}", "X-Trace: $KEY", "Set-Cookie: key=$KEY"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def _status(status: int, kind: type[ConnectError], words: str, **headers: str) -> Case:
    # The right length is not known before the key is put in, so the connection's end is that of the body.
    head = _answer(status, **headers).replace(b"Content-Length: 0\r\n", b"")
    return Case(kind, words, (head, b'{"detail": "No, not with $KEY"}'))


def _body(
    body: bytes | object, words: str = "no ConnectResponse", kind: type[ConnectError] = ServiceUnavailable
) -> Case:
    return Case(kind, words, (_answer(200, body),))


_WHOLE = _answer(200, _GOOD)
_AWAY = ServiceUnavailable
_TOO_LATE = "did not answer within"
CASES: dict[str, Case] = {
    "400": _status(400, InvalidRequest, "refused the connect request"),
    "401": _status(401, AuthenticationError, "CONVAI_API_KEY"),
    "402": _status(402, AccessDenied, "plan"),
    "403": _status(403, AccessDenied, "real-time access"),
    "404": _status(404, CharacterNotFound, "character id"),
    "405": _status(405, ConnectError, "CONVAI_URL"),
    "409": _status(409, SharedSessionConflict, "shared_session_key"),
    "422": _status(422, InvalidRequest, "Correct"),
    "429": _status(429, RateLimited, "wait", Retry_After="2"),
    **{str(status): _status(status, _AWAY, "Try again later") for status in (408, 425, 500, 502, 503, 504, 520, 599)},
    **{
        str(status): _status(status, ConnectError, "redirects are not followed", Location="http://127.0.0.1:9/$KEY")
        for status in (301, 302, 303, 307, 308)
    },
    **{str(status): _status(status, ConnectError, "CONVAI_URL") for status in (201, 202, 418, 451)},
    "204": Case(ConnectError, "CONVAI_URL", (_answer(204),)),
    "empty": _body(b""),
    "null": _body(None),
    "list": _body([_GOOD]),
    "page": _body(b"<!DOCTYPE html><title>Welcome to our Wi-Fi</title>"),
    "half": _body(json.dumps(_GOOD).encode()[:60]),
    "binary": _body(b"\xff\xfe\x00\x01" * 64),
    "nested": _body(b"[" * 100_000),
    "nested-objects": _body(b'{"a":' * 50_000),
    "no-token": _body({**_GOOD, "token": ""}),
    "wrong-types": _body({"room_url": [], "token": {_TOKEN: 7}, "character_session_id": 7}),
    "infinite": _body(b'{"token": 1e999, "room_url": NaN}'),
    "endless": _body(b"x" * (2 << 20), "bytes: that is no Convai", ConnectError),
    "gzip-bomb": Case(
        ConnectError,
        "bytes: that is no Convai",
        (_answer(200, gzip.compress(b"\0" * (64 << 20)), Content_Encoding="gzip"),),
    ),
    "no-gzip": Case(_AWAY, "not encoded as it says", (_answer(200, b"not gzip at all", Content_Encoding="gzip"),)),
    "silent": Case(_AWAY, _TOO_LATE, (60.0,)),
    "slow-drip": Case(_AWAY, _TOO_LATE, tuple(x for at in range(200) for x in (_WHOLE[at : at + 1], 0.1))),
    "slow-body": Case(_AWAY, _TOO_LATE, (_WHOLE[:-20], *([0.1, b" "] * 200))),
    "no-answer": Case(_AWAY, "broke its answer off"),
    "cut-head": Case(_AWAY, "broke its answer off", (_WHOLE[:20],)),
    "cut-body": Case(_AWAY, "broke its answer off", (_WHOLE[:-20],)),
    "reset-head": Case(_AWAY, "broke its answer off", (_WHOLE[:20],), cut=True),
    "reset-body": Case(_AWAY, "broke its answer off", (_WHOLE[:-20],), cut=True),
    "no-http": Case(_AWAY, "does not speak HTTP", (b"220 mail.example ESMTP $KEY\r\n",)),
    "bad-chunks": Case(_AWAY, "HTTP", (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n$KEY\r\n",)),
    "endless-head": Case(_AWAY, "HTTP", (b"HTTP/1.1 200 OK\r\n", b"X-Filler: $KEY\r\n" * 20_000)),
}


@dataclass(frozen=True, slots=True)
class Hostile:
    """Where they are."""

    port: int
    tls_port: int  # with a certificate that nobody vouches for
    closed_port: int  # where nobody is

    def transport(self, case: str, **arguments: object) -> CloudTransport:
        return CloudTransport(
            url=f"http://127.0.0.1:{self.port}/{case}",
            api_key=KEY,
            timeout=_IMPATIENCE if CASES[case].words == _TOO_LATE else PATIENCE,
            **arguments,  # type: ignore[arg-type]
        )


@contextmanager
def hostile() -> Iterator[Hostile]:
    """All of them, in a process of their own."""
    program = [sys.executable, "-m", "tests.hostile_service"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:
        assert process.stdout is not None
        try:
            with socket.socket() as nobody:
                nobody.bind(("127.0.0.1", 0))  # taken, and not listened at
                yield Hostile(*json.loads(process.stdout.readline()), nobody.getsockname()[1])
        finally:
            process.kill()


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        connection: socket.socket = self.request
        with suppress(OSError):
            path, key = self._read(connection)
            case = CASES.get(path, CASES["404"])
            for piece in case.pieces:
                if isinstance(piece, float):
                    sleep(piece)
                else:
                    connection.sendall(piece.replace(b"$KEY", key))
            if case.cut:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            connection.close()

    def _read(self, connection: socket.socket) -> tuple[str, bytes]:
        """The case that is asked for, and the key."""
        received = b""
        while b"\r\n\r\n" not in received:
            if not (piece := connection.recv(65_536)):
                raise OSError("gone")
            received += piece
            if received[0] == _HANDSHAKE:
                return "400", b""
        head, _, body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        left = int(headers.get("content-length", "0")) - len(body)
        while left > 0 and (piece := connection.recv(65_536)):
            left -= len(piece)
        method, path, *_ = first.split()
        case = "403" if method == "CONNECT" else path.split("/")[1]  # it is no proxy
        return case, headers.get("x-api-key", "").encode()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


class _TlsServer(_Server):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        return self.context.wrap_socket(connection, server_side=True), address  # an OSError is skipped


if __name__ == "__main__":
    _TlsServer.context.load_cert_chain(_CERTIFICATE)
    servers = [kind(("127.0.0.1", 0), _Handler) for kind in (_Server, _TlsServer)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps([server.server_address[1] for server in servers]), flush=True)
    threading.Event().wait()
