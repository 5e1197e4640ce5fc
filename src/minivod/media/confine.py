"""Launcher: puts this process under a policy, then becomes the program. Run as `python -I -S confine.py POLICY ARGV…`.

POLICY is JSON (see `policy.Policy`). What the kernel does not offer or refuses is left out, except for limits and the
change of identity; `sandbox.capabilities` tells which defences work on a machine. Only the standard library is used:
the launcher must start fast and must not load anything that a job could have written.
"""

import ctypes
import json
import os
import resource
import sys
from typing import Any

PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
LAST_CAPABILITY = 63
CAPABILITY_VERSION = 0x20080522

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL = 1 << 14, 1 << 15
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL
READ = EXECUTE | READ_FILE | READ_DIR
FS_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}

libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


def make_ruleset(readable: list[str], listable: list[str], writable: list[str]) -> int | None:
    """A Landlock ruleset under which everything but these paths disappears; None where the kernel has none.

    It is made before the change of identity, because the new user may not be able to walk to these paths.
    """
    version = max(0, libc.syscall(LANDLOCK_CREATE, None, 0, 1))
    if version == 0:
        return None
    rights = FS_RIGHTS[min(version, 5)]
    # Also no TCP (version 4), and neither signals nor abstract sockets to processes outside (version 6).
    ruleset = _Ruleset(rights, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    descriptor = int(libc.syscall(LANDLOCK_CREATE, ctypes.byref(ruleset), size, 0))
    if descriptor < 0:
        return None
    for paths, allowed in ((readable, READ), (listable, READ_DIR), (writable, rights & ~EXECUTE)):
        for path in paths:
            _allow(descriptor, path, allowed & rights)
    return descriptor


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what does not exist need not be allowed
    if not os.path.isdir(path):  # noqa: PTH112 - pathlib costs the launcher its fast start
        access &= ON_FILES
    rule = _PathRule(access, descriptor)
    libc.syscall(LANDLOCK_ADD, ruleset, 1, ctypes.byref(rule), 0)
    os.close(descriptor)


def restrict_files(ruleset: int | None) -> bool:
    """Puts the ruleset into effect, for good; whether there was one. Needs no_new_privs."""
    if ruleset is None:
        return False
    restricted = libc.syscall(LANDLOCK_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return bool(restricted)


def leave_network() -> bool:
    """An empty network namespace of its own; whether the kernel allowed it."""
    if os.geteuid() == 0 and libc.unshare(CLONE_NEWNET | CLONE_NEWIPC) == 0:
        return True
    return bool(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0)


def limit(limits: dict[str, int]) -> None:
    """Sets resource limits, never above what holds already."""
    for name, value in limits.items():
        number = getattr(resource, f"RLIMIT_{name}")
        most = resource.getrlimit(number)[1]
        # A second between both limits of CPU time makes the kernel send SIGXCPU, which says why, before SIGKILL.
        wanted = (value, value + (1 if name == "CPU" else 0))
        soft, hard = wanted if most == resource.RLIM_INFINITY else (min(limit, most) for limit in wanted)
        resource.setrlimit(number, (soft, hard))


def become(uid: int | None, gid: int | None) -> None:
    """Another user for good, without supplementary groups."""
    if uid is None or gid is None:
        return
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def drop_bounding_set() -> None:
    """No capability can come back by an execve."""
    for number in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)


def drop_capabilities() -> None:
    """No capability is left now, even if the user stays root."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    libc.capset(header, (ctypes.c_uint32 * 6)())


def confine(policy: dict[str, Any]) -> None:
    """The confinement of a tool for unknown media; the order matters: what needs privileges comes first."""
    ruleset = make_ruleset(policy["readable"], policy["listable"], policy["writable"])
    os.umask(0o022)
    leave_network()
    drop_bounding_set()
    become(policy["uid"], policy["gid"])
    drop_capabilities()
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    restrict_files(ruleset)


def main() -> None:
    """Entry point."""
    policy, argv = json.loads(sys.argv[1]), sys.argv[2:]
    if policy["cwd"]:
        os.chdir(policy["cwd"])
    limit(policy["limits"])
    if policy["confined"]:
        confine(policy)
    else:
        become(policy["uid"], policy["gid"])
    # Last, because a change of identity clears it.
    libc.prctl(PR_SET_PDEATHSIG, policy["death_signal"], 0, 0, 0)
    if os.getppid() != policy["parent"]:
        sys.exit("the parent is gone")
    try:
        os.execve(argv[0], argv, dict(os.environ))  # noqa: S606 - the point of this module
    except OSError as error:
        sys.exit(f"{argv[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
