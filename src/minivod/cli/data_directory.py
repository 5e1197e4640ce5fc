"""The data directory of one server: made for its owner alone, used by one server at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InUse(Exception):
    """Another server works on the data directory; the message names its process."""


class Unusable(Exception):
    """The data directory cannot be made or written; the message says why."""


def make(home: Path) -> None:
    """Makes it, if it is not there; raises OSError."""
    if not home.exists():
        home.mkdir(parents=True)
        home.chmod(0o711)  # whatever the umask is: the users of database and media tools have to pass


@contextmanager
def locked(data_dir: Path) -> Iterator[Path]:
    """Makes the directory if need be and holds its lock, which the system gives back however this process ends.

    Raises:
        InUse: a server runs on it.
        Unusable: it cannot be made or written.
    """
    home = data_dir.resolve()
    try:
        make(home)
        lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise Unusable(f"the data directory {home} cannot be used: {error.strerror}") from None
    with os.fdopen(lock, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read().strip() or "unknown"
            raise InUse(f"a minivod server is running on {home} already (process {holder})") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield home
