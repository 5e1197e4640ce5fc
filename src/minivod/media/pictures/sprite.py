"""Image sprites: small pictures at even distances on large sheets, and a WebVTT that says which is where."""

from dataclasses import dataclass
from pathlib import Path

from minivod.media.metadata import MediaMetadata
from minivod.media.pictures import moments
from minivod.media.pictures.order import Order
from minivod.media.pictures.sizes import canvas
from minivod.media.pictures.tool import take
from minivod.media.progress import Progress
from minivod.media.sandbox import Sandbox
from minivod.media.unfit import Unfit
from minivod.templates.pictures import LONGEST_SPRITE, ImageSprite

MOST_PIXELS = 100 * 1024**2
"""Of a sheet."""
VTT = "sprite.vtt"


@dataclass(frozen=True, slots=True)
class Sprite:
    """Sheets and WebVTT; the latter names the sheets by their file names, so that they belong side by side.

    `width` and `height` of a small picture, pixels; `total` of small pictures on all sheets.
    """

    sheets: list[Path]
    vtt: Path
    width: int
    height: int
    total: int


async def sprite(
    sandbox: Sandbox, source: Path, metadata: MediaMetadata, template: ImageSprite, *,
    place: Path, threads: int, on_progress: Progress,
) -> Sprite:  # fmt: skip
    """Makes the sheets; the last one is only as large as it must be.

    Args:
        sandbox: where they are made.
        source: the video.
        metadata: of the video.
        template: distances, and size, format, rows and columns.
        place: an own directory for the files.
        threads: of the decoder.
        on_progress: told how much is done, 0 to 1.

    Raises:
        Unfit: the sheets would be too large or too many, or nothing can be made of the video.
        StepFailed: a limit was hit.
        OSError: the disk is full.
    """
    cell = canvas(template, template.FillType, metadata, sandbox.max_pixels)
    times = moments.spaced(template, metadata.duration)
    columns, rows = template.ColumnCount, template.RowCount
    wide = min(columns, len(times)) * cell.width
    high = min(rows, -(-len(times) // columns)) * cell.height
    if max(wide, high) > LONGEST_SPRITE or wide * high > MOST_PIXELS:
        raise Unfit(
            "InvalidInput.ConfigurationUnsupported",
            f"a sheet of {columns} columns and {rows} rows of {cell.width}x{cell.height} pixels would be too large; a "
            f"side has at most {LONGEST_SPRITE} pixels, and a sheet {MOST_PIXELS}",
        )
    order = Order(
        source="", demuxer="", max_pixels=0, threads=threads, moments=times, format=template.Format, canvas=cell,
        columns=columns, rows=rows,
    )  # fmt: skip
    sheets = await take(sandbox, source, metadata, order, marks=(), place=place, on_progress=on_progress)
    vtt = place / VTT
    vtt.write_text(webvtt(times, metadata.duration, sheets, order), encoding="utf-8")
    return Sprite(sheets, vtt, cell.width, cell.height, len(times))


def webvtt(times: list[float], duration: float, sheets: list[Path], order: Order) -> str:
    """The cues (W3C WebVTT), each with the place of its picture as a media fragment (`#xywh=`)."""
    wide, high, cells = order.canvas.width, order.canvas.height, order.columns * order.rows
    cues = ["WEBVTT\n"]
    for number, begin in enumerate(times):
        end = times[number + 1] if number + 1 < len(times) else max(duration, begin + 0.001)
        row, column = divmod(number % cells, order.columns)
        place = f"{sheets[number // cells].name}#xywh={column * wide},{row * high},{wide},{high}"
        cues.append(f"{_clock(begin)} --> {_clock(end)}\n{place}\n")
    return "\n".join(cues)


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
