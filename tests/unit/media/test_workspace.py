"""Directories of jobs: they end with the job, or are swept when its process is gone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from minivod.media.workspace import job_directory, sweep

HOLDER = """
import sys, time
from minivod.media.workspace import job_directory
with job_directory(sys.argv[1], "attempt") as path:
    (path / "video.mp4").write_bytes(b"half")
    print(path, flush=True)
    time.sleep(600)
"""


def age(path: Path) -> None:
    """As if nothing had been written there for long."""
    os.utime(path, (0, 0))


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """Another process with a job."""
    argv = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_a_directory_is_gone_when_its_job_ends(tmp_path: Path) -> None:
    with pytest.raises(KeyError), job_directory(tmp_path, "probe") as path:
        assert path.name.startswith("probe-") and path.parent == tmp_path / "work"
        (path / "inner").mkdir()
        raise KeyError
    assert list((tmp_path / "work").iterdir()) == []


def test_others_may_pass_and_not_look(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with job_directory(tmp_path, "probe") as path:
            assert path.parent.stat().st_mode & 0o777 == 0o711
            assert path.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


def test_a_killed_process_leaves_a_directory_that_is_swept(
    tmp_path: Path, holder: tuple["subprocess.Popen[str]", Path]
) -> None:
    process, path = holder
    age(path)
    assert sweep(tmp_path) == 0  # it is alive
    process.send_signal(signal.SIGSTOP)
    assert sweep(tmp_path) == 0  # and still is
    process.kill()
    process.wait()
    assert (path / "video.mp4").exists()
    assert sweep(tmp_path) == 1
    assert not path.exists()


def test_a_young_directory_may_be_locked_any_moment(tmp_path: Path) -> None:
    (tmp_path / "work" / "attempt-new").mkdir(parents=True)
    assert sweep(tmp_path) == 0
    age(tmp_path / "work" / "attempt-new")
    assert sweep(tmp_path) == 1


def test_links_and_files_are_left_alone(tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "gold").write_text("au")
    age(treasure)
    work = tmp_path / "work"
    work.mkdir()
    (work / "link").symlink_to(treasure)
    (work / "file").write_text("x")
    age(work / "file")
    assert sweep(tmp_path) == 0
    assert (treasure / "gold").exists()
