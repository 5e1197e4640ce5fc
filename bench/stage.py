"""The servers that the wire benchmark calls: PostgreSQL, one API process with videos to publish, the bare endpoint."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.signed import Signer
from minivod.cli.embedded_postgres import EmbeddedPostgres
from minivod.cli.instance import first_key
from minivod.cli.listeners import listen
from minivod.cli.serve import answers
from minivod.media.sandbox import Service, start_service
from minivod.settings import Settings, to_environment
from minivod.store import migrate
from minivod.store.accounts import AccessKey

HOST = "127.0.0.1"
FIRST_FILE = 10**18
_WAIT_SECONDS = 180.0
_POLL_SECONDS = 0.05
_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Stage:
    """What is called: ports of the API and of the bare endpoint, without and with a log, and the processes."""

    signer: Signer
    api: int
    bare: int
    bare_logging: int
    api_pid: int
    database_pid: int
    database_url: str
    home: Path

    def take_stock(self) -> None:
        """Does what autovacuum does some seconds after the first requests.

        The plans that PostgreSQL keeps for prepared statements were made for empty tables and read them from end to
        end; new statistics end them.
        """
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("vacuum analyze")


@contextmanager
def open_stage(files: int, *, rate_limit: int = 0) -> Iterator[Stage]:
    """Everything, with that many videos whose FileIds count up from FIRST_FILE, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="minivod-bench-") as name:
        home = Path(name)
        home.chmod(0o755)
        postgres = EmbeddedPostgres(home)
        try:
            url = postgres.start()
            key = _prepare(url, files)
            with (
                _api(home, url, rate_limit) as (api, api_port),
                _bare(home) as bare,
                _bare(home, "log") as bare_logging,
            ):
                signer = Signer(f"{HOST}:{api_port}", key.secret_id, key.secret_key)
                postmaster = int((home / "postgres" / "postmaster.pid").read_text(encoding="ascii").split()[0])
                yield Stage(signer, api_port, bare, bare_logging, api.pid, postmaster, url, home)
        finally:
            postgres.stop()


def _prepare(url: str, files: int) -> AccessKey:
    migrate.upgrade(url)
    key = first_key(url)
    if key is None:
        raise RuntimeError("the database is not new")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """insert into media (file_id, sub_app_id, directory, name, media_type, object_key, metadata)
               select n::text, %(app)s, md5(n::text), 'video', 'mp4', 'media/' || n || '.mp4',
                      '{"container": "mp4", "duration": 60.0}'
                 from generate_series(%(first)s::bigint, %(last)s::bigint) n""",
            {"app": key.app_id, "first": FIRST_FILE, "last": FIRST_FILE + files - 1},
        )
        connection.execute("vacuum analyze")
    return key


@contextmanager
def _api(home: Path, url: str, rate_limit: int) -> Iterator[tuple[Service, int]]:
    """An API process as `minivod serve` starts it; but for the rate limit. Its access log goes to a file."""
    with listen(HOST, 0) as listener, (home / "api.log").open("wb") as log:
        port = listener.getsockname()[1]
        settings = Settings(database_url=url, data_dir=str(home / "data"), host=HOST, port=port, rate_limit=rate_limit)
        argv = [sys.executable, "-m", "minivod", "api", "--fd", str(listener.fileno())]
        env = {**os.environ, **to_environment(settings)}
        api = start_service(argv, env=env, stderr=log, pass_fds=[listener.fileno()])
        try:
            end = time.monotonic() + _WAIT_SECONDS
            while not answers(listener):
                if api.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(
                        f"the API did not start: {(home / 'api.log').read_text(encoding='utf-8')[-2000:]}"
                    )
                time.sleep(_POLL_SECONDS)
            yield api, port
        finally:
            api.terminate(_WAIT_SECONDS)


@contextmanager
def _bare(home: Path, *options: str) -> Iterator[int]:
    """The bare endpoint; early requests wait in the socket's queue."""
    with listen(HOST, 0) as listener, (home / "bare.log").open("ab") as log:
        argv = [sys.executable, "-m", "bench.bare", str(listener.fileno()), *options]
        fds = [listener.fileno()]
        bare = start_service(argv, env=os.environ, cwd=_ROOT, stdout=log, stderr=log, pass_fds=fds)
        try:
            yield listener.getsockname()[1]
        finally:
            bare.terminate(_WAIT_SECONDS)
