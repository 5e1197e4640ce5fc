"""Tells in words why a confined tool failed: the file's fault, a limit, or a crash."""

import re
import signal

import structlog

from minivod.media.fork_server import BROKEN
from minivod.media.policy import Limits
from minivod.media.sandbox import Completed, StepFailed
from minivod.media.sniff import REFUSED, NotMedia

log = structlog.get_logger(__name__)
_LONGEST = 300
_SPEAKER = re.compile(r"^(\[[^]]* @ 0x[0-9a-f]+\] )+")
"""Which part of ffmpeg says it, with its place in memory: nothing for a person."""


def check(done: Completed, limits: Limits) -> None:
    """Raises what became of a tool that failed; the messages are for the caller of the API.

    Args:
        done: the tool that ended.
        limits: those it ran under.

    Raises:
        NotMedia: one of our children understood that the file cannot be handled.
        StepFailed: everything else.
    """
    if done.returncode == REFUSED:
        raise NotMedia(_last_line(done))
    if done.returncode != 0:
        raise StepFailed(_reason(done, limits))


def _reason(done: Completed, limits: Limits) -> str:
    if done.returncode == BROKEN:
        log.error("tool_broken", said=done.stderr.decode(errors="replace"))
        return "a tool of the server failed on it; the server's log says how"
    if done.returncode > 0:
        return _last_line(done) or f"the tool failed (exit code {done.returncode})"
    return {
        -signal.SIGXCPU: f"it used more than {limits.cpu} s of processor time",
        -signal.SIGXFSZ: f"its output grew over {limits.file_size} bytes",
        -signal.SIGKILL: "it was killed; perhaps the machine ran out of memory",
    }.get(done.returncode, f"the tool crashed (signal {-done.returncode})")


def _last_line(done: Completed) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return _SPEAKER.sub("", lines[-1].strip())[:_LONGEST] if lines else ""
