"""Launcher: puts this process under a policy, then becomes the program. Run as `python -I -S confine.py POLICY ARGV…`.

POLICY is JSON (see `policy.Policy`). What the kernel does not offer or refuses is left out, except for limits and the
change of identity; `sandbox.capabilities` tells which defences work on a machine. Only the standard library is used:
the launcher must start fast and must not load anything that a job could have written.
"""

import ctypes
import json
import os
import resource
import signal
import struct
import sys
import time
from typing import Any, NoReturn

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 22, 24, 38
CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
LAST_CAPABILITY = 63
CAPABILITY_VERSION = 0x20080522

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL = 1 << 14, 1 << 15
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL
FS_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}

SECCOMP_FILTER, SECCOMP_ALLOW, SECCOMP_ERROR = 2, 0x7FFF0000, 0x00050000
LOAD, JUMP_EQUAL, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06  # instructions of classic BPF
AT_NUMBER, AT_ARCHITECTURE, AT_FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data, little endian
CLONE_THREAD = 0x10000
DEAF = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGTERM})
"""What tools for unknown media do not hear: service managers send these to all processes at once, and when a tool ends
is for the worker to say."""
HEARD = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGCHLD)
EPERM, ENOSYS = 1, 38
# Calls with the same number everywhere: io_uring_*, pidfd_*, mounting by file descriptor.
_NEW_CALLS = (424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 442)
_CLONE3 = 435
_AUTOGROUP_TRIES = 5
# machine: (its AUDIT_ARCH, clone, tgkill, prlimit64, the calls that tools have no need of). These make processes or
# leave the process group, open sockets (Landlock does not cover Unix sockets), reach into other processes, or are
# known for bugs of the kernel: socket, socketpair, [fork, vfork,] kill, rt_sigqueueinfo, rt_tgsigqueueinfo, setpgid,
# setsid, ptrace, process_vm_readv, process_vm_writev, kcmp, personality, pivot_root, chroot, acct, mount, umount2,
# swapon, swapoff, reboot, init_module, finit_module, delete_module, kexec_load, kexec_file_load, add_key,
# request_key, keyctl, unshare, setns, perf_event_open, name_to_handle_at, open_by_handle_at, bpf, userfaultfd, tkill,
# setpriority, ioprio_set, sched_setparam, sched_setscheduler, sched_setaffinity, sched_setattr, migrate_pages,
# move_pages[, iopl, ioperm].
_CALLS = {
    "x86_64": (
        0xC000003E, 56, 234, 302, (
            41, 53, 57, 58, 62, 129, 297, 109, 112, 101, 310, 311, 312, 135, 155, 161, 163, 165, 166, 167, 168, 169,
            175, 313, 176, 246, 320, 248, 249, 250, 272, 308, 298, 303, 304, 321, 323, 200, 141, 251,
            142, 144, 203, 314, 256, 279, 172, 173,
        ),
    ),
    "aarch64": (
        0xC00000B7, 220, 131, 261, (
            198, 199, 129, 138, 240, 154, 157, 117, 270, 271, 272, 92, 41, 51, 89, 40, 39, 224, 225, 142,
            105, 273, 106, 104, 294, 217, 218, 219, 97, 268, 241, 264, 265, 280, 282, 130, 140, 30,
            118, 119, 122, 274, 238, 239,
        ),
    ),
}  # fmt: skip

libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.c_char_p))


def make_ruleset(programs: list[str], listable: list[str], readable: list[str], writable: list[str]) -> int | None:
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
    for paths, allowed in (
        (programs, EXECUTE | READ_FILE | READ_DIR),
        (listable, READ_DIR),
        (readable, READ_FILE | READ_DIR),
        (writable, rights & ~EXECUTE),
    ):
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


def restrict_calls() -> bool:
    """seccomp: no sockets, no new processes (threads are fine), no reach into others; whether it took effect."""
    if os.uname().machine not in _CALLS:
        return False
    architecture, clone, tgkill, prlimit, denied = _CALLS[os.uname().machine]
    refusal, missing = SECCOMP_ERROR | EPERM, SECCOMP_ERROR | ENOSYS
    program = [
        *((LOAD, 0, 0, AT_ARCHITECTURE), (JUMP_EQUAL, 1, 0, architecture), (RETURN, 0, 0, refusal)),
        # Bit 30 marks calls of the x32 interface, which have other numbers.
        *((LOAD, 0, 0, AT_NUMBER), (JUMP_ANY_BIT, 0, 1, 1 << 30), (RETURN, 0, 0, refusal)),
    ]
    for number in (*denied, *_NEW_CALLS):
        program += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, refusal)]
    program += [
        # Its flags are out of sight; libraries that miss it use clone.
        *((JUMP_EQUAL, 0, 1, _CLONE3), (RETURN, 0, 0, missing)),
        *_only(tgkill, os.getpid(), refusal),  # abort() sends a signal to the own process
        *_only(prlimit, 0, refusal),
        *((JUMP_EQUAL, 0, 3, clone), (LOAD, 0, 0, AT_FIRST_ARGUMENT)),
        *((JUMP_ANY_BIT, 1, 0, CLONE_THREAD), (RETURN, 0, 0, refusal), (RETURN, 0, 0, SECCOMP_ALLOW)),
    ]
    content = b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
    filled = _Program(len(program), content)
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_FILTER, ctypes.byref(filled), 0, 0) == 0)


def _only(call: int, first_argument: int, refusal: int) -> "list[tuple[int, int, int, int]]":
    """Instructions by which a call is allowed with that first argument (an int) alone."""
    return [
        *((JUMP_EQUAL, 0, 4, call), (LOAD, 0, 0, AT_FIRST_ARGUMENT)),
        *((JUMP_EQUAL, 0, 1, first_argument), (RETURN, 0, 0, SECCOMP_ALLOW), (RETURN, 0, 0, refusal)),
    ]


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


def hear_signals(deaf: frozenset[signal.Signals] = frozenset()) -> None:
    """Whoever started this process may have had signals ignored or blocked, which is passed on: no more of that.

    Without SIGINT, SIGQUIT (ignored in background jobs of shells) and SIGTERM a program cannot be ended; without
    SIGCHLD it does not learn how its children end. SIGHUP is left as it is, for `nohup`. `deaf` stay blocked.
    """
    for number in HEARD:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, deaf)


def confine(policy: dict[str, Any]) -> None:
    """The confinement of a tool for unknown media; the order matters: what needs privileges comes first."""
    ruleset = make_ruleset(*(policy[kind] for kind in ("programs", "listable", "readable", "writable")))
    os.umask(0o022)
    leave_network()
    drop_bounding_set()
    become(policy["uid"], policy["gid"])
    drop_capabilities()
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    restrict_files(ruleset)
    restrict_calls()


def give_way(nice: int) -> None:
    """Adds to the niceness of this process, and to that of its session, which is to be its own.

    Linux may share processors out among sessions first (autogroup, sched(7)); niceness then counts only within one, and
    an encoder in a session of its own would get as much as the whole server.
    """
    os.nice(nice)
    for _ in range(_AUTOGROUP_TRIES):
        try:
            with open("/proc/self/autogroup", "w") as file:  # noqa: PTH123
                file.write(str(os.getpriority(os.PRIO_PROCESS, 0)))
        except BlockingIOError:  # the kernel takes one such change of unprivileged processes in a tenth of a second
            time.sleep(0.1)
        except OSError:  # it has none
            return
        else:
            return


def enter(policy: dict[str, Any]) -> None:
    """Puts this process under a policy, for good; ends it when its parent is gone."""
    hear_signals(DEAF if policy["confined"] else frozenset())
    if policy["cwd"]:
        os.chdir(policy["cwd"])
    limit(policy["limits"])
    if policy["nice"]:
        give_way(policy["nice"])
    if policy["confined"]:
        confine(policy)
    else:
        become(policy["uid"], policy["gid"])
    # Last, because a change of identity clears it.
    libc.prctl(PR_SET_PDEATHSIG, policy["death_signal"], 0, 0, 0)
    if os.getppid() != policy["parent"]:
        sys.exit("the parent is gone")


def execute(argv: list[str]) -> NoReturn:
    """Becomes the program."""
    try:
        os.execve(argv[0], argv, dict(os.environ))  # noqa: S606 - the point of this module
    except OSError as error:
        sys.exit(f"{argv[0]}: {error.strerror}")


def main() -> None:
    """Entry point."""
    enter(json.loads(sys.argv[1]))
    execute(sys.argv[2:])


if __name__ == "__main__":
    main()
