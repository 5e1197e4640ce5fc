"""Confined child: takes pictures out of a video. Argument: the name of a file with an `Order` as JSON.

Each line on stdout is the number of pictures that are done; empty ones are signs of life.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import msgspec
from PIL import Image

from minivod.media.child import no_pictures, open_forced, run, told_orientation
from minivod.media.orientation import UPRIGHT, Oblique, Orientation
from minivod.media.pictures.compose import Composer
from minivod.media.pictures.order import Order, file_name
from minivod.media.pictures.seeker import Opened, Seeker
from minivod.media.refusal import check_size, refuse

_OPTIONS: dict[str, dict[str, Any]] = {
    "jpg": {"format": "JPEG"},
    "png": {"format": "PNG"},
    "webp": {"format": "WEBP", "method": 4},
}


def main(arguments: list[str]) -> None:
    """Writes them."""
    order = msgspec.json.decode(Path(arguments[0]).read_bytes(), type=Order)
    if order.fps:
        from minivod.media.pictures.moving import save  # it alone needs filters and encoders of libav

        save(order, pictures)
    elif order.columns:
        _sheets(order)
    else:
        for number, picture in enumerate(pictures(order), 1):
            _save(order, picture, number)


def pictures(order: Order) -> Iterator[Image.Image]:
    """The pictures at the moments of the order."""
    seeker = Seeker(lambda: _open(order))
    ratio = seeker.stream.sample_aspect_ratio
    stretch, orientation = float(ratio) if ratio else 1.0, _orientation(order, seeker)
    composer = Composer(order.canvas, order.marks, stretch, orientation, fields=order.fields)
    for number, moment in enumerate(order.moments, 1):
        frame = seeker.at(moment)
        if frame is None:
            refuse("none of its frames can be decoded")
        yield composer.picture(frame, moment)
        sys.stdout.buffer.write(b"%d\n" % number)
        sys.stdout.buffer.flush()


def _orientation(order: Order, seeker: Seeker) -> Orientation | None:
    try:
        return told_orientation(order.source, order.demuxer, seeker.stream)
    except Oblique:
        return UPRIGHT


def _open(order: Order) -> Opened:
    container = open_forced(order.source, order.demuxer, order.max_pixels)
    streams = [stream for stream in no_pictures(container) if stream.codec_context is not None]
    if not streams:
        refuse("there is no video stream that can be decoded")
    stream, context = streams[0], streams[0].codec_context
    check_size(context.width, context.height, order.max_pixels)
    stream.thread_type = "AUTO"
    context.thread_count = order.threads
    context.options = {"max_pixels": str(order.max_pixels)}
    return container, stream


def _sheets(order: Order) -> None:
    wide, high = order.canvas.width, order.canvas.height
    cells = order.columns * order.rows
    sheet: Image.Image | None = None
    for number, picture in enumerate(pictures(order)):
        cell = number % cells
        if cell == 0:
            here = min(cells, len(order.moments) - number)
            size = (min(order.columns, here) * wide, -(-here // order.columns) * high)
            sheet = Image.new("RGB", size)
        assert sheet is not None  # noqa: S101 - the first cell makes it
        sheet.paste(picture, (cell % order.columns * wide, cell // order.columns * high))
        if cell == cells - 1 or number == len(order.moments) - 1:
            _save(order, sheet, number // cells + 1)


def _save(order: Order, picture: Image.Image, number: int) -> None:
    options = dict(_OPTIONS[order.format])
    if order.format != "png":
        options["quality"] = round(order.quality)
    picture.save(Path(order.target) / file_name(number, order.format), **options)


if __name__ == "__main__":
    av.logging.set_level(None)
    run(main)
