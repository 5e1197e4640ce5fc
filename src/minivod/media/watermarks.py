"""Watermarks made ready to be laid over pictures: sizes, places and texts become a PNG with alpha and a position."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import msgspec

from minivod.media.fonts import PACKAGE, candidates
from minivod.media.mark_order import Drawn, ImageOrder, Order, TextOrder
from minivod.media.outcome import check
from minivod.media.outputs import OutputWrong, own
from minivod.media.sandbox import Sandbox, python_tool
from minivod.media.sniff import NotMedia, sniff_picture
from minivod.media.unfit import Unfit
from minivod.templates.watermark import ImageWatermark, TextWatermark, Watermark

HdrType = Literal["", "hdr10", "hlg"]
_UNSUPPORTED = "InvalidInput.ConfigurationUnsupported"
_FILE, _DRAWN = "picture", "drawn.png"
_NO_LETTERS = "no font has the letters"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A watermark to put on.

    Attributes:
        settings: the template's.
        picture: local file of an image template.
        text: TextContent, for a text template.
        start: seconds of the output from which it is seen; below 0: before the end.
        end: seconds until which it is; None or 0: to the end, below 0: before the end.
    """

    settings: Watermark
    picture: Path | None = None
    text: str = ""
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """A picture to lay over others, for ffmpeg's filter `overlay` or for Pillow; it lies within them.

    Attributes:
        path: PNG with alpha; an APNG where `animated`.
        x: of its left upper corner, pixels from the left.
        y: pixels from the top.
        start: seconds of the output from which it is seen.
        end: until which it is; None: to the end.
        animated: whether it moves.
        loops: whether it begins anew at its end; else its last picture stays, which is empty for `once`.
    """

    path: Path
    x: int
    y: int
    start: float = 0.0
    end: float | None = None
    animated: bool = False
    loops: bool = True


def timed(mark: Mark, duration: float) -> Mark:
    """The same with times that count from the start; `duration` of the output, seconds.

    StartTimeOffset and EndTimeOffset of WatermarkInput: below 0 they count from the end, and no end is 0.
    """
    start = max(0.0, duration + mark.start) if mark.start < 0 else mark.start
    end = max(0.0, duration + mark.end) if mark.end is not None and mark.end < 0 else mark.end or None
    return replace(mark, start=start, end=end)


async def overlay(sandbox: Sandbox, mark: Mark, width: int, height: int, place: Path, *, hdr: HdrType = "") -> Overlay:
    """Draws a watermark for a picture of that size (pixels), as a new file in `place`.

    What would lie outside of the picture is cut off; a mark that lies outside as a whole becomes one clear pixel.

    Args:
        sandbox: where it is drawn.
        mark: with times that count from the start (`timed`).
        width: of the output.
        height: of the output.
        place: a directory that holds nothing but the job's own.
        hdr: HDRType of the output; the mark's white is then as bright as paper.

    Raises:
        Unfit: InvalidInput.ConfigurationUnsupported: the mark has no text, no picture, or one that cannot be drawn.
        StepFailed: a limit was hit.
    """
    with tempfile.TemporaryDirectory(prefix="mark-", dir=place, ignore_cleanup_errors=True) as name:
        work = Path(name)
        try:
            order = msgspec.structs.replace(_order(sandbox, mark, (width, height), work), hdr=hdr)
            drawn = await _drawn(sandbox, order, work, (width, height))
        except NotMedia as error:
            raise Unfit(_UNSUPPORTED, _sentence(str(error), mark, sandbox)) from None
        made = work.with_suffix(".png")
        own(work / _DRAWN).rename(made)
    image = mark.settings.ImageTemplate
    return Overlay(
        path=made,
        x=drawn.left,
        y=drawn.top,
        start=mark.start,
        end=mark.end,
        animated=drawn.animated,
        loops=image is None or image.RepeatType == "repeat",
    )


def _order(sandbox: Sandbox, mark: Mark, picture: tuple[int, int], work: Path) -> Order:
    settings = mark.settings
    if settings.ImageTemplate is not None:
        part: ImageOrder | TextOrder = _image_order(mark, settings.ImageTemplate, work)
    elif settings.TextTemplate is not None:
        part = _text_order(mark, settings.TextTemplate, sandbox.fonts)
    else:
        raise Unfit(_UNSUPPORTED, f"a watermark of the type {settings.Type} cannot be drawn")
    return Order(part, settings.CoordinateOrigin, settings.XPos, settings.YPos, picture, sandbox.max_pixels, _DRAWN)


def _image_order(mark: Mark, image: ImageWatermark, work: Path) -> ImageOrder:
    if mark.picture is None:
        raise Unfit(_UNSUPPORTED, "the watermark has no picture")
    copied = Path(shutil.copyfile(mark.picture, work / _FILE))
    opacity = 1 - image.Transparency / 100
    return ImageOrder(_FILE, sniff_picture(copied), image.Width, image.Height, image.RepeatType, opacity)


def _text_order(mark: Mark, text: TextWatermark, fonts: str) -> TextOrder:
    if not mark.text.strip():
        raise Unfit(_UNSUPPORTED, "the watermark has no text; it must be in TextContent")
    colour = text.FontColor.replace("0x", "#")
    size = int(text.FontSize.removesuffix("px"))
    return TextOrder(mark.text, candidates(text.FontType, fonts), size, colour, text.FontAlpha)


async def _drawn(sandbox: Sandbox, order: Order, work: Path, picture: tuple[int, int]) -> Drawn:
    argv = python_tool("minivod.media.child_watermark", msgspec.json.encode(order).decode())
    readable = [path for path in order.mark.fonts if path] if isinstance(order.mark, TextOrder) else []
    done = await sandbox.run(argv, directory=work, writable=work, readable=readable)
    check(done, sandbox.limits)
    try:
        drawn = msgspec.json.decode(done.stdout, type=Drawn)
    except msgspec.MsgspecError:
        raise OutputWrong("the watermark's description makes no sense") from None
    if drawn.left >= picture[0] or drawn.top >= picture[1]:
        raise OutputWrong("the watermark's place makes no sense")
    return drawn


def _sentence(reason: str, mark: Mark, sandbox: Sandbox) -> str:
    if not reason.startswith(_NO_LETTERS):
        return f"the watermark cannot be drawn: {reason}"
    return (
        f"the watermark's text cannot be drawn: {reason}; the operator of the server has to install the package "
        f"{PACKAGE} (pip install 'minivod[fonts]') or to put a font with these letters into the directory "
        f"of the setting fonts_dir ({sandbox.fonts or 'not set'})"
    )
