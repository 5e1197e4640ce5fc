"""Where ffmpeg is: the one that a setting names, or the static build that comes with `imageio-ffmpeg`."""

import shutil
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from minivod.media.sandbox import run_trusted

_TIMEOUT = 30.0


@cache
def ffmpeg_path(setting: str = "") -> Path:
    """The absolute path of ffmpeg.

    Args:
        setting: the setting `ffmpeg`: a path, or a name to be found in PATH; empty: the build of the package.

    Raises:
        FileNotFoundError: there is none; the message says what to do.
    """
    if setting:
        found = shutil.which(setting)
    else:
        builds = sorted((Path(imageio_ffmpeg.__file__).parent / "binaries").glob("ffmpeg-*"))
        found = str(builds[-1]) if builds else shutil.which("ffmpeg")
    if found is None:
        raise FileNotFoundError(f"there is no ffmpeg at {setting or 'PATH'}; set MINIVOD_FFMPEG to one")
    return Path(found).absolute()


def ffmpeg_version(setting: str = "") -> str:
    """The first line of `ffmpeg -version`.

    Raises:
        OSError: it does not run, or is another program; the message says so.
    """
    path = ffmpeg_path(setting)
    done = run_trusted([path, "-version"], timeout=_TIMEOUT)
    if done.returncode != 0 or not done.stdout.startswith(b"ffmpeg version "):
        raise OSError(f"{path} does not answer like an ffmpeg")
    return done.stdout.decode(errors="replace").splitlines()[0]


@cache
def ffmpeg_encoders(setting: str = "") -> frozenset[str]:
    """The names of the encoders that it has; blocks the first time."""
    done = run_trusted([ffmpeg_path(setting), "-hide_banner", "-encoders"], timeout=_TIMEOUT)
    lines = done.stdout.decode(errors="replace").partition("------")[2].splitlines()
    return frozenset(words[1] for line in lines if len(words := line.split()) > 1)
