"""What tools leave is taken over only if it is a file of their own."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from minivod.media.outputs import opened, own, refuse_full_disk
from minivod.media.sandbox import StepFailed


def test_a_file_of_its_own(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.write_bytes(b"content")
    assert own(made) == made
    with opened(made) as file:
        file.write(b"C")
    assert made.read_bytes() == b"Content"


@pytest.mark.parametrize("kind", ["missing", "link", "other name", "directory", "pipe", "empty"])
def test_anything_else(tmp_path: Path, kind: str) -> None:
    secret, made = tmp_path / "secret", tmp_path / "made"
    secret.write_bytes(b"content")
    makers: dict[str, Callable[[], object]] = {
        "missing": lambda: None,
        "link": lambda: made.symlink_to(secret),
        "other name": lambda: made.hardlink_to(secret),
        "directory": made.mkdir,
        "pipe": lambda: os.mkfifo(made),
        "empty": made.touch,
    }
    makers[kind]()
    for change in (False, True):
        with pytest.raises(StepFailed, match=r"^its output made (cannot be opened|is no file of its own)"):
            opened(made, change=change)
    with pytest.raises(StepFailed):
        own(made)


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    refuse_full_disk(tmp_path)
    with pytest.raises(OSError, match="no space left for working files"):
        refuse_full_disk(tmp_path, told=True)
