"""Makes decoded frames what players show on screens without HDR: square pixels, upright, RGB with 8 bits."""

from typing import TYPE_CHECKING, NamedTuple

from minivod.media.orientation import UPRIGHT, Orientation, of_rotation

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_PQ = 16  # the transfer characteristic SMPTE ST 2084 (ITU-T H.273)
_COLOURS = 3


class Pixels(NamedTuple):
    """A picture: RGB, 8 bits each, row after row without gaps."""

    width: int
    height: int
    data: bytes


def square(width: int, height: int, stretch: float) -> tuple[float, float]:
    """The size with square pixels, none of them lost; `stretch` is the width of a pixel over its height."""
    return width * max(stretch, 1.0), height * max(1 / stretch, 1.0)


def shown(
    frame: "VideoFrame", size: tuple[int, int], orientation: Orientation | None, interpolation: str = "AREA"
) -> Pixels:
    """The picture of a frame.

    Args:
        frame: as decoded.
        size: to which it is scaled before it is turned.
        orientation: how it is turned; None: as the frame says.
        interpolation: as libswscale names it.
    """
    scaled = frame.reformat(format="rgb24", width=size[0], height=size[1], interpolation=interpolation)
    pixels = Pixels(scaled.width, scaled.height, _without_gaps(scaled))
    turn = orientation or of_rotation(frame.rotation)
    hdr = frame.color_trc == _PQ
    return _changed(pixels, turn, hdr=hdr) if hdr or turn != UPRIGHT else pixels


def _without_gaps(frame: "VideoFrame") -> bytes:
    """The pixels of an RGB frame, whose rows may be followed by bytes that are nothing."""
    [plane] = frame.planes
    content, row, whole = memoryview(plane), frame.width * _COLOURS, abs(plane.line_size)
    if plane.line_size == row:
        return content[: row * frame.height].tobytes()
    starts = range(0, whole * frame.height, whole)
    ordered = reversed(starts) if plane.line_size < 0 else starts  # such a frame is stored upside down
    return b"".join([content[start : start + row] for start in ordered])


def _changed(pixels: Pixels, turn: Orientation, *, hdr: bool) -> Pixels:
    import numpy as np  # few videos need it, and it takes as long to load as all else that a child needs

    array = np.frombuffer(pixels.data, np.uint8).reshape(pixels.height, pixels.width, _COLOURS)
    if hdr:
        from minivod.media.tone import to_sdr  # fewer still

        array = to_sdr(array)
    array = turn.apply(array)
    return Pixels(array.shape[1], array.shape[0], array.tobytes())
