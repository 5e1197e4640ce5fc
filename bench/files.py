"""(e) How fast one API process serves a published file, as a ratio to nginx with the same file on the same machine.

The API asks the database before each answer whether the video is still published; nginx asks nobody. Both send the
same file, which is in the kernel's memory, to the same client, in turn. The third way is nginx in front of the API,
which sends the file after the API has named it (`file_delivery=nginx`).
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.drain import drain
from bench.report import Report, spread
from bench.stage import FIRST_FILE, HOST, open_stage
from minivod.cli.listeners import listen

TITLE = "(e) Published files, one API process"
AIM = "≥ 50 %"
_KEY = "published/1/bench.mp4"
_NGINX = """
daemon off; pid {home}/nginx.pid; error_log {home}/nginx-error.log; worker_processes auto; {user}
events {{ worker_connections 1024; }}
http {{
  access_log {home}/nginx-access.log; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3;
  uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;
  server {{ listen 127.0.0.1:{port}; root {objects}; }}
}}
"""


@dataclass(frozen=True)
class Plan:
    """`files` by number of connections, fetched in each round; `sizes` in bytes."""

    rounds: int
    sizes: tuple[int, ...]
    files: dict[int, int]


FULL = Plan(rounds=3, sizes=(1_000_000, 20_000_000), files={1: 400, 8: 1600, 32: 1600})
QUICK = Plan(rounds=1, sizes=(1_000_000,), files={1: 10, 8: 40})


def run(*, quick: bool) -> Report:
    """Measures and reports; without nginx there is nothing to compare with."""
    nginx = shutil.which("nginx")
    if nginx is None:
        return Report(TITLE, ["left out: nginx is not installed (Debian: nginx-light)"])
    plan = QUICK if quick else FULL
    report = Report(TITLE, ["size", "c", "nginx MB/s", "minivod MB/s", "% of nginx", "aim"])
    with open_stage(1) as stage:
        for size in plan.sizes:
            path = _publish(stage.database_url, stage.home, size)
            with _serve(nginx, stage.home) as port:
                for connections, number in plan.files.items():
                    _measure(report, plan, (port, f"/{_KEY}"), (stage.api, path), connections, number, size)
    report.notes.append(f"Median of {plan.rounds} rounds (least to most).")
    return report


def _measure(
    report: Report, plan: Plan, nginx: tuple[int, str], api: tuple[int, str], connections: int, number: int, size: int
) -> None:
    files = max(number * plan.sizes[0] // size, connections)
    theirs: list[float] = []
    ours: list[float] = []
    for _ in range(plan.rounds):
        for rates, (port, path) in ((theirs, nginx), (ours, api)):
            drain(HOST, port, path, connections=connections, files=connections)
            rates.append(drain(HOST, port, path, connections=connections, files=files).rate)
    ratios = [100 * our / their for our, their in zip(ours, theirs, strict=True)]
    report.add(f"{size / 1e6:.0f} MB", str(connections), spread(theirs), spread(ours), spread(ratios), AIM)


def _publish(url: str, home: Path, size: int) -> str:
    """Makes the benchmark's video one with a published file of that size; its path."""
    place = home / "data" / "objects" / _KEY
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(bytes(size))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """insert into publication (file_id, sub_app_id, task_id, definition, state, object_key, metadata)
               select file_id, sub_app_id, 'task', 0, 'PASS', %(key)s, jsonb_build_object('size', %(size)s::bigint)
                 from media where file_id = %(file)s
               on conflict (file_id) do update set metadata = excluded.metadata""",
            {"key": _KEY, "size": size, "file": str(FIRST_FILE)},
        )
        row = connection.execute(
            "select s.app_id, m.directory from media m join sub_app s using (sub_app_id) where m.file_id = %s",
            [str(FIRST_FILE)],
        ).fetchone()
    if row is None:
        raise RuntimeError("the stage has no video")
    return f"/{row[0]}/{row[1]}/{FIRST_FILE}/f0.mp4"


@contextmanager
def _serve(nginx: str, home: Path) -> Iterator[int]:
    """Runs nginx on the object store's directory; the port."""
    with listen(HOST, 0) as free:
        port = int(free.getsockname()[1])
    config = home / "nginx.conf"
    user = "user root;" if Path.home() == Path("/root") else ""
    config.write_text(_NGINX.format(home=home, port=port, objects=home / "data" / "objects", user=user))
    with subprocess.Popen([nginx, "-c", str(config), "-p", str(home)], stderr=subprocess.DEVNULL) as process:
        try:
            _wait(port)
            yield port
        finally:
            process.terminate()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            drain(HOST, port, f"/{_KEY}", connections=1, files=1)
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("nginx did not start")
