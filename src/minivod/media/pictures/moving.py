"""Writes moving pictures, GIF with a palette of their own and WebP; in the confined child."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from minivod.media.pictures.order import Order, file_name

_FULL_PALETTE, _FEWEST = 256, 16
_USUAL_QUALITY = 75.0
_HUNDREDTHS = 100
Pictures = Callable[[Order], Iterator[Image.Image]]


def save(order: Order, pictures: Pictures) -> None:
    """Writes all pictures of an order as one file that is repeated for ever.

    Args:
        order: with `fps`.
        pictures: gives them; of a GIF twice, because its palette is made of all of them.
    """
    path = Path(order.target) / file_name(1, order.format)
    if order.format == "gif":
        _save_gif(order, pictures, path)
    else:
        _save_webp(order, pictures, path)


def _save_webp(order: Order, pictures: Pictures, path: Path) -> None:
    coming = pictures(order)
    first = next(coming)
    ends = [round(number * 1000 / order.fps) for number in range(len(order.moments) + 1)]
    durations = [end - begin for begin, end in pairwise(ends)]
    first.save(
        path, "WEBP", save_all=True, append_images=coming, duration=durations, loop=0, quality=round(order.quality),
        method=2,
    )  # fmt: skip


def _save_gif(order: Order, pictures: Pictures, path: Path) -> None:
    palette = _palette(order, pictures)
    graph = Graph()
    picture = _source(graph, order.canvas.width, order.canvas.height)
    colours = _source(graph, palette.width, palette.height, palette.format.name)
    use = graph.add("paletteuse", "dither=bayer:bayer_scale=3:diff_mode=rectangle")
    sink = graph.add("buffersink")
    picture.link_to(use, 0, 0)
    colours.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    colours.push(palette)
    colours.push(None)
    count = len(order.moments)
    last = str(_stamp(order, count) - _stamp(order, count - 1))
    with av.open(path, "w", format="gif", options={"loop": "0", "final_delay": last}) as container:
        stream = container.add_stream("gif", rate=Fraction(_HUNDREDTHS))
        stream.width, stream.height, stream.pix_fmt = order.canvas.width, order.canvas.height, "pal8"
        stream.codec_context.time_base = Fraction(1, _HUNDREDTHS)
        for frame in _frames(order, pictures):
            picture.push(frame)
            _drain(sink, stream, container)
        picture.push(None)
        _drain(sink, stream, container)
        container.mux(stream.encode(None))


def _drain(
    sink: "av.filter.context.FilterContext", stream: VideoStream, container: "av.container.OutputContainer"
) -> None:
    while True:
        try:
            frame = sink.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        assert isinstance(frame, VideoFrame)  # noqa: S101 - it is a filter of pictures
        container.mux(stream.encode(frame))


def _palette(order: Order, pictures: Pictures) -> VideoFrame:
    colours = max(_FEWEST, min(_FULL_PALETTE, round(_FULL_PALETTE * order.quality / _USUAL_QUALITY)))
    graph = Graph()
    source = _source(graph, order.canvas.width, order.canvas.height)
    make = graph.add("palettegen", f"max_colors={colours}:reserve_transparent=0:stats_mode=full")
    sink = graph.add("buffersink")
    source.link_to(make)
    make.link_to(sink)
    graph.configure()
    for frame in _frames(order, pictures):
        source.push(frame)
    source.push(None)
    palette = sink.pull()
    assert isinstance(palette, VideoFrame)  # noqa: S101
    return palette


def _source(graph: Graph, width: int, height: int, kind: str = "bgra") -> "av.filter.context.FilterContext":
    return graph.add_buffer(
        width=width, height=height, format=VideoFormat(kind, width, height), time_base=Fraction(1, _HUNDREDTHS)
    )


def _frames(order: Order, pictures: Pictures) -> Iterator[VideoFrame]:
    for number, picture in enumerate(pictures(order)):
        frame = VideoFrame.from_ndarray(np.asarray(picture), format="rgb24").reformat(format="bgra")
        frame.pts, frame.time_base = _stamp(order, number), Fraction(1, _HUNDREDTHS)
        yield frame


def _stamp(order: Order, number: int) -> int:
    """When that picture begins; GIF has hundredths of a second."""
    return round(number * _HUNDREDTHS / order.fps)
