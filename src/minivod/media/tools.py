"""Where ffmpeg is: the one that a setting names, or the static build that comes with `imageio-ffmpeg`."""

import shutil
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from minivod.media.sandbox import run_trusted

_TIMEOUT = 30.0
_NEWEST_FILTER, _NEWEST_OPTION = "noise", b"-drop"
"""What no ffmpeg before 5.0 knows of all that we ask for: the filter that leaves repeated sound out (`encode/sound`).
Builds of one's own have versions like `N-109871-g1d2b`, so that a number would not tell."""


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
        OSError: it does not run, is another program, or too old for what we ask of it; the message says so.
    """
    path = ffmpeg_path(setting)
    done = run_trusted([path, "-version"], timeout=_TIMEOUT)
    if done.returncode != 0 or not done.stdout.startswith(b"ffmpeg version "):
        raise OSError(f"{path} does not answer like an ffmpeg")
    version = done.stdout.decode(errors="replace").splitlines()[0]
    known = run_trusted([path, "-hide_banner", "-h", f"bsf={_NEWEST_FILTER}"], timeout=_TIMEOUT).stdout
    if _NEWEST_OPTION not in known.split():
        raise OSError(f"{path} is {version.partition(' Copyright')[0]}; 5.0 or newer is needed")
    return version


@cache
def ffmpeg_encoders(setting: str = "") -> frozenset[str]:
    """The names of the encoders that it has; blocks the first time."""
    done = run_trusted([ffmpeg_path(setting), "-hide_banner", "-encoders"], timeout=_TIMEOUT)
    lines = done.stdout.decode(errors="replace").partition("------")[2].splitlines()
    return frozenset(words[1] for line in lines if len(words := line.split()) > 1)
