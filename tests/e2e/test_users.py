"""`minivod serve` as root and as a normal user, whose home may be closed to it."""

import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from minivod.cli.local_server import LocalServer, start_local_server
from minivod.settings import Settings

from ..processes import told
from .user import minivod, parts, publish, tree, upload

NORMAL = 1000


def as_normal_user() -> list[str]:
    """What makes a program a normal user's; nothing for tests that are run by one.

    A user namespace in which we have another number, and no privileges: interpreter and packages may lie in the home of
    root, which is closed to real other users.
    """
    if os.geteuid() != 0:
        return []
    unshare = shutil.which("unshare")
    through = [unshare or "", "--user", f"--map-user={NORMAL}", f"--map-group={NORMAL}"]
    if unshare is None or subprocess.run([*through, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine has no user namespaces, by which root could start a program as a normal user")
    return through


@pytest.fixture
def closed_directory() -> Iterator[Path]:
    """A directory that only we may enter, like a user's home."""
    with tempfile.TemporaryDirectory(prefix="minivod-closed-", dir="/tmp") as made:
        yield Path(made)


def test_a_normal_user_runs_everything(closed_directory: Path, short_clip: Path) -> None:
    settings = {
        "HOME": "/nonexistent",
        "XDG_CACHE_HOME": "",
        "MINIVOD_MODELS_DIR": str(Settings().models_path()),
    }
    with start_local_server(closed_directory / "data", settings, through=as_normal_user()) as server:
        assert publish(server, upload(server, short_clip)).PublishResult == "Pass"
        running = [server.service.pid, *tree(server.service.pid)]
        privileges = [re.findall(r"^CapEff:\s+(\w+)$", told(pid, "status"), re.MULTILINE) for pid in running]
        assert len(running) > 3 and privileges[0]
        assert not any(int(effective, 16) for one in privileges for effective in one)
    assert server.service.poll() == 0
    log = server.log.read_text(encoding="utf-8")
    assert "Traceback" not in log


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_postgres_is_never_root(server: LocalServer) -> None:
    postgres = parts(server)["postgres"]
    users = [
        re.findall(r"^Uid:\s+(\d+)\s+(\d+)", told(pid, "status"), re.MULTILINE) for pid in (postgres, *tree(postgres))
    ]
    assert len(users) > 3 and users[0]
    assert not any("0" in ids for one in users for ids in one)
    data = server.log.with_suffix("") / "postgres"
    assert data.stat().st_uid == Path(f"/proc/{postgres}").stat().st_uid
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_is_told_when_postgres_cannot_reach_the_data(closed_directory: Path) -> None:
    refused = minivod("serve", "--data-dir", str(closed_directory / "data"), "--port", "0")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(
        f"minivod: the data directory {closed_directory / 'data'} cannot be reached by the"
    )
    assert len(refused.stderr.splitlines()) == 1
