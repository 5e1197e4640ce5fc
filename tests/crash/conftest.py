"""The yard, and clips in which every second looks different."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from minivod.media.sandbox import run_trusted
from minivod.media.tools import ffmpeg_path

from ..waiting import PATIENCE
from .yard import Yard


def _make(path: Path, seconds: int, size: str = "640x360") -> Path:
    source = f"testsrc=size={size}:rate=5,hue=H=t*0.7"
    argv: list[str | Path] = [ffmpeg_path(), "-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-t", str(seconds),
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10", path]  # fmt: skip
    done = run_trusted(argv, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    return path


@pytest.fixture(scope="session")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _make(tmp_path_factory.mktemp("clips") / "short.mp4", 4)


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For what has to be encoded."""
    return _make(tmp_path_factory.mktemp("clips") / "tiny.mp4", 1, "160x120")


@pytest.fixture(scope="session")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More frames than a worker reads ahead, so that its tool lives until they are looked at."""
    return _make(tmp_path_factory.mktemp("clips") / "long.mp4", 30)


@pytest.fixture
def home(open_directory: Path) -> Path:
    """A data directory."""
    path = Path(tempfile.mkdtemp(prefix="yard-", dir=open_directory))
    path.chmod(0o711)  # the tools' user has to pass
    return path


@pytest.fixture
async def yard(database_url: str, home: Path, short_clip: Path) -> AsyncIterator[Yard]:
    async with Yard.open(database_url, home, short_clip) as opened:
        yield opened
