"""Launcher: puts this process under a policy, then becomes the program. Run as `python -I -S confine.py POLICY ARGV…`.

POLICY is JSON (see `sandbox.Policy`). What the kernel does not offer or refuses is left out, except for limits and the
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
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
LAST_CAPABILITY = 63

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


def landlock_version() -> int:
    """The kernel's Landlock interface version; 0 where there is none."""
    return max(0, libc.syscall(LANDLOCK_CREATE, None, 0, 1))


def restrict_files(readable: list[str], writable: list[str]) -> bool:
    """Landlock: everything but these paths disappears for this process; whether it took effect."""
    version = landlock_version()
    if version == 0:
        return False
    rights = FS_RIGHTS[min(version, 5)]
    ruleset = _Ruleset(rights, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    descriptor = libc.syscall(LANDLOCK_CREATE, ctypes.byref(ruleset), size, 0)
    if descriptor < 0:
        return False
    for paths, allowed in ((readable, READ), (writable, rights & ~EXECUTE)):
        for path in paths:
            _allow(descriptor, path, allowed & rights)
    return bool(libc.syscall(LANDLOCK_RESTRICT, descriptor, 0) == 0)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what does not exist need not be allowed
    if not os.path.isdir(path):
        access &= ON_FILES
    rule = _PathRule(access, descriptor)
    libc.syscall(LANDLOCK_ADD, ruleset, 1, ctypes.byref(rule), 0)
    os.close(descriptor)


def leave_network() -> bool:
    """An empty network namespace of its own; whether the kernel allowed it."""
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET
    if libc.unshare(flags) == 0:
        return True
    return bool(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)


def drop_capabilities() -> None:
    """No capability survives the coming execve, even if the user stays root."""
    for number in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)


def become(uid: int, gid: int) -> None:
    """Another user for good, without supplementary groups."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def apply(policy: dict[str, Any]) -> None:
    """Puts this process under the policy; the order matters: what needs privileges comes first."""
    if policy.get("no_privileges"):
        os.umask(0o022)
    if policy.get("no_network"):
        leave_network()
    for name, value in policy.get("limits", {}).items():
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (value, value))
    if policy.get("no_privileges"):
        drop_capabilities()
    if policy.get("uid") is not None:
        become(policy["uid"], policy["gid"])
    if policy.get("cwd"):
        os.chdir(policy["cwd"])
    if policy.get("no_privileges"):
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        restrict_files(policy["readable"], policy["writable"])
    # Last, because a change of identity clears it.
    libc.prctl(PR_SET_PDEATHSIG, policy["death_signal"], 0, 0, 0)
    if os.getppid() != policy["parent"]:
        sys.exit("the parent is gone")


def main() -> None:
    """Entry point."""
    policy, argv = json.loads(sys.argv[1]), sys.argv[2:]
    apply(policy)
    try:
        os.execve(argv[0], argv, dict(os.environ))
    except OSError as error:
        sys.exit(f"{argv[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
