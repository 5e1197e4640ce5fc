"""`minivod serve` starts: what it prints, what it keeps, and with which sentence it refuses to start."""

import socket
import stat
from pathlib import Path

import pytest

from minivod.cli.local_server import LocalServer, start_local_server

from .user import minivod, works


def test_the_key_is_printed_once_and_goes_on_working(home: Path) -> None:
    data = home / "data"
    with start_local_server(data) as first:
        printed = (home / "data.out").read_text(encoding="utf-8")
        assert [line.split(": ")[0] for line in printed.splitlines()] == ["endpoint", "AppId", "SecretId", "SecretKey"]
        assert works(first)
    with start_local_server(data) as second:
        assert (home / "data.out").read_text(encoding="utf-8") == f"endpoint: {second.url}\n"
        assert works(second, (first.secret_id, first.secret_key))
    for path in data.rglob("*"):
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, f"{path} is not its owner's alone"
    assert stat.S_IMODE(data.stat().st_mode) & 0o066 == 0
    assert first.secret_key not in (home / "data.log").read_text(encoding="utf-8")


def test_a_second_server_names_the_first(server: LocalServer, env: dict[str, str]) -> None:
    refused = minivod("serve", "--port", "0", env=env)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"minivod: a minivod server is running on {env['MINIVOD_DATA_DIR']} already (process {server.service.pid})\n"
    )
    assert works(server)


def test_a_port_that_is_taken(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = minivod("serve", "--data-dir", str(home / "data"), "--port", str(port))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (f"minivod: cannot listen on 127.0.0.1:{port}: Address already in use; set another port\n")


@pytest.mark.parametrize(("host", "reason"), [("192.0.2.1", "Cannot assign requested address"), ("name.invalid", "")])
def test_a_host_that_is_not_here(home: Path, host: str, reason: str) -> None:
    refused = minivod("serve", "--data-dir", str(home / "data"), "--port", "0", "--host", host)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"minivod: cannot listen on {host}:0: {reason}")
    assert refused.stderr.endswith("; set another host\n")


def test_a_data_directory_that_cannot_be_made(home: Path) -> None:
    (home / "file").touch()
    refused = minivod("serve", "--data-dir", str(home / "file" / "data"), "--port", "0")
    assert refused.returncode == 1
    assert refused.stderr == (f"minivod: the data directory {home / 'file' / 'data'} cannot be used: Not a directory\n")


def test_a_data_directory_of_another_version(home: Path) -> None:
    old = home / "data" / "postgres"
    old.mkdir(parents=True)
    (old / "PG_VERSION").write_text("17\n", encoding="ascii")
    refused = minivod("serve", "--data-dir", str(home / "data"), "--port", "0")
    assert refused.returncode == 1
    assert "was made by PostgreSQL 17; this version of minivod comes with 18" in refused.stderr
