"""A `minivod serve` of one's own on a given directory and a free port: for the demo, tests and benchmarks."""

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from minivod.media.sandbox import Service, start_service

START_SECONDS = 180.0
STOP_SECONDS = 60.0
_POLL_SECONDS = 0.05


class ServerFailed(Exception):
    """The server did not start; the message ends with what it said."""


@dataclass(frozen=True)
class LocalServer:
    """A running server and its first key; `https_url` is empty where it has no certificate."""

    url: str
    secret_id: str
    secret_key: str
    app_id: int
    service: Service
    log: Path
    https_url: str = ""

    @property
    def address(self) -> str:
        """host:port."""
        return self.url.split("://", 1)[1]

    def wait(self) -> None:
        """Returns when the server ends or the user presses Ctrl-C."""
        try:
            self.service.wait()
        except KeyboardInterrupt:
            return


@contextmanager
def start_local_server(
    data_dir: Path, settings: Mapping[str, str] | None = None, *, through: Sequence[str] = ()
) -> Iterator[LocalServer]:
    """Starts a server on an empty data directory, waits until it is ready, and stops it at the end.

    Args:
        data_dir: made if it does not exist; the server's output is kept beside it.
        settings: variables of its environment; of this process's own ones, `MINIVOD_…` are not inherited.
        through: a program and its arguments that becomes the server, such as `setpriv`; by its absolute path.

    Raises:
        ServerFailed: it ended, or was not ready within START_SECONDS.
    """
    log, out = data_dir.with_name(f"{data_dir.name}.log"), data_dir.with_name(f"{data_dir.name}.out")
    env = {name: value for name, value in os.environ.items() if not name.startswith("MINIVOD_")}
    env |= {"MINIVOD_DATA_DIR": str(data_dir), "MINIVOD_PORT": "0", "MINIVOD_TLS_PORT": "0", **(settings or {})}
    with out.open("wb") as stdout, log.open("ab") as stderr:
        argv = [*through, sys.executable, "-m", "minivod", "serve"]
        service = start_service(argv, env=env, stdout=stdout, stderr=stderr)
    try:
        told = _announced(service, out, log)
        yield LocalServer(
            url=told["endpoint"],
            secret_id=told.get("SecretId", ""),
            secret_key=told.get("SecretKey", ""),
            app_id=int(told.get("AppId", "0")),
            service=service,
            log=log,
            https_url=told.get("endpoint (TLS)", ""),
        )
    finally:
        service.terminate(STOP_SECONDS)


def _announced(service: Service, out: Path, log: Path) -> dict[str, str]:
    """What the server prints when it is ready; it comes in one piece that ends with a new line."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        text = out.read_text(encoding="utf-8")
        if text.startswith("endpoint: ") and text.endswith("\n"):
            return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
        if service.poll() is not None:
            break
        time.sleep(_POLL_SECONDS)
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    raise ServerFailed("the server did not start: " + " / ".join(said[-5:]))
