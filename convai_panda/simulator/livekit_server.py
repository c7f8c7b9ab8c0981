"""A ``livekit-server`` of our own on loopback: found, built on request, started, stopped. No threads, no asyncio.

It stays on this machine: loopback addresses only, free ports, and a key that exists as long as it runs.
"""

import contextlib
import json
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import platformdirs

from ..parent import die_with_parent

VERSION = "v1.13.5"
PACKAGE = f"github.com/livekit/livekit-server/cmd/server@{VERSION}"
INSTALL_LINE = f"go install {PACKAGE}"

_VARIABLE = "CONVAI_LIVEKIT_SERVER"
_EXECUTABLE = ".exe" if sys.platform == "win32" else ""
_START_LIMIT = 15.0  # s: it is ready in under 2 on an idle machine
_STOP_LIMIT = 5.0  # s
_POLL = 0.05  # s
_ATTEMPTS = 3  # another process may take a port between our looking and the server's
_PORTS = range(16_384, 32_768)


class ServerUnavailable(Exception):
    """No livekit-server could be found, built or started; the text says what to do."""


def cached() -> Path:
    """Where ``build()`` puts the binary and ``find()`` looks for it last."""
    return platformdirs.user_cache_path("convai-panda") / f"livekit-server-{VERSION}{_EXECUTABLE}"


def find() -> Path | None:
    """The server's binary: $CONVAI_LIVEKIT_SERVER, then PATH, then our cache folder."""
    if named := os.environ.get(_VARIABLE):
        return Path(named) if Path(named).is_file() else None
    if on_path := shutil.which("livekit-server"):
        return Path(on_path)
    return cached() if cached().is_file() else None


def build() -> Path:
    """Build the binary with Go into the cache folder: minutes and a network, once. Raises ServerUnavailable."""
    go = shutil.which("go")
    if go is None:
        raise ServerUnavailable(f"Go is not installed; with Go, {INSTALL_LINE} builds livekit-server.")
    target = cached()
    target.parent.mkdir(parents=True, exist_ok=True)
    # Built beside its place and moved there whole: whoever looks meanwhile finds all of it or nothing.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="go-") as folder:
        outcome = subprocess.run(
            [go, "install", PACKAGE],
            env={**os.environ, "GOBIN": folder, "GOFLAGS": "-mod=mod"},
            capture_output=True,
            text=True,
            check=False,
        )
        built = Path(folder) / f"server{_EXECUTABLE}"
        if outcome.returncode != 0 or not built.is_file():
            reason = (outcome.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise ServerUnavailable(f"Building livekit-server failed: {reason}")
        built.replace(target)
    return target


class LiveKitServer:
    """One running server: ``url``, ``key`` and ``secret`` after ``start()``; also a context manager."""

    def __init__(self, binary: Path | None = None) -> None:
        self._binary = binary
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._port = 0
        self.key = f"key{secrets.token_hex(6)}"
        self.secret = secrets.token_urlsafe(48)

    def __repr__(self) -> str:
        return f"<LiveKitServer {self.url}>"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """What clients join: ``ws://127.0.0.1:port``."""
        return f"ws://127.0.0.1:{self._port}"

    @property
    def process_id(self) -> int | None:
        """The server's process, while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start and wait until it answers. Raises ServerUnavailable."""
        binary = self._binary or find()
        if binary is None:
            raise ServerUnavailable(
                f"No livekit-server was found. Put one on PATH, name it in ${_VARIABLE}, or build one: {INSTALL_LINE}"
            )
        for attempt in range(_ATTEMPTS):
            try:
                self._launch(binary, _free_port())
            except BaseException as error:
                self.stop()
                if not isinstance(error, ServerUnavailable) or attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    def stop(self) -> None:
        """End the server; safe to call twice, returns when the process is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(_STOP_LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._output is not None:
            self._output.close()
            self._output = None

    def kill(self) -> None:
        """End the server as a crash would, for tests of what comes after."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def revive(self) -> None:
        """Start again at the same address after ``kill``, with no room left. Raises ServerUnavailable."""
        binary = self._binary or find()
        if binary is None or not self._port:
            raise ServerUnavailable("Only a server that was started can be revived.")
        self.stop()
        try:
            self._launch(binary, self._port)
        except BaseException:
            self.stop()
            raise

    def _launch(self, binary: Path, port: int) -> None:
        self._port, tcp_port, udp_port = port, _free_port(), _free_port(socket.SOCK_DGRAM)
        # The key's secret goes by a file that only we can read and that is gone once it was read.
        handle, config = tempfile.mkstemp(prefix="livekit-", suffix=".yaml")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._config(tcp_port, udp_port), file)  # JSON is YAML
            self._output = tempfile.TemporaryFile()  # noqa: SIM115 - stop() closes it
            try:
                self._process = subprocess.Popen(
                    [os.fspath(binary), "--config", config],
                    stdin=subprocess.DEVNULL,
                    stdout=self._output,
                    stderr=subprocess.STDOUT,
                    env={
                        name: value for name, value in os.environ.items() if not name.startswith(("LIVEKIT", "CONVAI"))
                    },
                    # Ctrl-C in a terminal reaches the whole group; the server is to go last, and by us.
                    start_new_session=True,
                    preexec_fn=die_with_parent if sys.platform == "linux" else None,
                )
            except OSError as error:
                raise ServerUnavailable(f"{binary} cannot be run: {error.strerror}") from None
            self._wait()
        finally:
            Path(config).unlink(missing_ok=True)

    def _config(self, tcp_port: int, udp_port: int) -> dict[str, object]:
        """Loopback in every respect: without node_ip and interfaces media would use the machine's outer address."""
        return {
            "port": self._port,
            "bind_addresses": ["127.0.0.1"],
            "rtc": {
                "tcp_port": tcp_port,
                "udp_port": udp_port,
                "node_ip": "127.0.0.1",
                "use_external_ip": False,
                "enable_loopback_candidate": True,
                "interfaces": {"includes": ["lo0" if sys.platform == "darwin" else "lo"]},
            },
            "keys": {self.key: self.secret},
            "logging": {"level": "error"},
        }

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_LIMIT
        address = f"http://127.0.0.1:{self._port}/"
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                raise ServerUnavailable(f"livekit-server ended at once: {self._last_words()}")
            with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(address, timeout=1):
                return
            time.sleep(_POLL)
        raise ServerUnavailable(f"livekit-server did not answer within {_START_LIMIT:.0f} s: {self._last_words()}")

    def _last_words(self) -> str:
        assert self._output is not None
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").strip().splitlines()
        return (lines or ["it said nothing"])[-1].replace(self.secret, "…")


def _free_port(kind: int = socket.SOCK_STREAM) -> int:
    """One that no client gets by chance while the server is away: systems give theirs from above these."""
    for port in (*random.sample(_PORTS, _ATTEMPTS), 0):
        with socket.socket(socket.AF_INET, kind) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            free: int = probe.getsockname()[1]
            return free
    raise ServerUnavailable("No port is free on the loopback.")
