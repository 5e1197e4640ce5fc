"""Where ffmpeg is: the one that a setting names, or the static build that comes with `imageio-ffmpeg`."""

from functools import cache
from pathlib import Path

import imageio_ffmpeg

from minivod.media.sandbox import run_trusted


@cache
def ffmpeg_path(setting: str = "") -> Path:
    """The absolute path of ffmpeg; `setting` is the setting `ffmpeg`."""
    return Path(setting or imageio_ffmpeg.get_ffmpeg_exe()).absolute()


def ffmpeg_version(setting: str = "") -> str:
    """The first line of `ffmpeg -version`."""
    done = run_trusted([ffmpeg_path(setting), "-version"], timeout=30)
    return done.stdout.decode(errors="replace").splitlines()[0] if done.returncode == 0 else "does not run"
