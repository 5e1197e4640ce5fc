"""Directories in which jobs keep their files while they run; those of processes that died are swept."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PASSABLE = 0o711
_YOUNG_SECONDS = 60.0
"""A directory of that age may be one that was made and not locked yet."""


@contextmanager
def job_directory(data_dir: Path | str, kind: str) -> Iterator[Path]:
    """An empty directory of a job's own below `data_dir`/work, removed at the end.

    It is on the file system of a local object store, so that objects are linked into it and not copied. The
    directories above it let the tools' user pass, and nothing more.

    Args:
        data_dir: the setting.
        kind: what its name begins with.
    """
    with tempfile.TemporaryDirectory(prefix=f"{kind}-", dir=_work(data_dir), ignore_cleanup_errors=True) as name:
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)  # the system gives it back however this process ends
            yield Path(name)
        finally:
            os.close(descriptor)


def sweep(data_dir: Path | str) -> int:
    """Removes the directories of jobs whose process is gone; how many."""
    removed = 0
    for path in _work(data_dir).iterdir():
        removed += _remove_if_left(path)
    return removed


def _remove_if_left(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False  # gone by now, or nothing of ours
    try:
        if time.time() - os.fstat(descriptor).st_mtime < _YOUNG_SECONDS:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _work(data_dir: Path | str) -> Path:
    work = Path(data_dir).absolute() / "work"
    try:
        work.mkdir(parents=True)
        work.chmod(_PASSABLE)  # whatever the umask is
    except FileExistsError:
        pass
    return work
