"""A tool that was taken over by a video cannot change the object that it was given a link to (T15)."""

import os
import sys
from pathlib import Path

import pytest

from minivod.media.sandbox import Limits, Sandbox, capabilities
from minivod.media.workspace import job_directory
from minivod.objects import Objects

SCRIPT = """
import os, sys
path = sys.argv[1]
for call in (
    lambda: os.chmod(path, 0o666),
    lambda: open(path, "r+b").write(b"y"),
    lambda: open(path, "ab").write(b"y"),
    lambda: os.truncate(path, 1),
    lambda: os.unlink(path),
    lambda: os.rename("writable/own", path),
    lambda: os.link(path, "writable/other"),
    lambda: open("writable/other", "r+b").write(b"y"),
):
    try:
        call()
    except OSError as error:
        print(type(error).__name__)
    else:
        print("done")
"""


async def test_a_link_does_not_let_a_tool_write(open_directory: Path, tmp_path: Path) -> None:
    if not capabilities()["file access by Landlock"] and os.geteuid() != 0:
        pytest.skip("no Landlock here, and the tools run as the owner of the objects")
    home = open_directory / tmp_path.name
    home.mkdir(mode=0o711)
    objects = Objects((home / "objects").as_uri())
    await objects.put_bytes("vod_upload/a", b"x" * 1000)
    (stored,) = (home / "objects" / "vod_upload").iterdir()
    sandbox = Sandbox(Limits(stall=20.0, wall=60.0, memory=1024**3))
    with job_directory(home, "attempt") as work:
        writable = work / "writable"
        writable.mkdir()
        (writable / "own").write_bytes(b"y")
        async with objects.local_copy("vod_upload/a", work) as path:
            assert path.samefile(stored)
            done = await sandbox.run(
                [sys.executable, "-I", "-S", "-c", SCRIPT, str(path)], directory=work, writable=writable
            )
    assert done.returncode == 0, done.stderr.decode()
    chmod, *others = done.stdout.decode().split()
    assert chmod in ("done", "PermissionError")  # of an owner's right to change the mode nothing follows
    assert others and all(error in ("PermissionError", "OSError", "FileNotFoundError") for error in others), others
    assert stored.read_bytes() == b"x" * 1000
