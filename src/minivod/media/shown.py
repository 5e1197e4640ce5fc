"""Makes decoded frames what players show on screens without HDR: square pixels, upright, RGB with 8 bits."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from minivod.media.orientation import Orientation, of_rotation

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_PQ = 16  # the transfer characteristic SMPTE ST 2084 (ITU-T H.273)


def square(width: int, height: int, stretch: float) -> tuple[float, float]:
    """The size with square pixels, none of them lost; `stretch` is the width of a pixel over its height."""
    return width * max(stretch, 1.0), height * max(1 / stretch, 1.0)


def shown(
    frame: "VideoFrame", size: tuple[int, int], orientation: Orientation | None, interpolation: str = "AREA"
) -> npt.NDArray[np.uint8]:
    """The picture, height x width x RGB.

    Args:
        frame: as decoded.
        size: to which it is scaled before it is turned.
        orientation: how it is turned; None: as the frame says.
        interpolation: as libswscale names it.
    """
    pixels = frame.to_ndarray(format="rgb24", width=size[0], height=size[1], interpolation=interpolation)
    if frame.color_trc == _PQ:
        from minivod.media.tone import to_sdr  # few videos need it, and it takes a while to load

        pixels = to_sdr(np.asarray(pixels, np.uint8))
    return (orientation or of_rotation(frame.rotation)).apply(np.asarray(pixels, np.uint8))
