"""How a confined child ends when a file cannot be handled, and what each of them refuses."""

import os
import sys
from typing import NoReturn

from minivod.media.sniff import REFUSED

NO_MEMORY = "it needs more memory than the server allows for a step"


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Ends the child when a picture is larger than `max_pixels`, or so large that libav did not even note its size."""
    if width <= 0 or height <= 0:
        refuse(f"its picture has no size, or is larger than the {max_pixels} pixels that the server decodes")
    if width * height > max_pixels:
        refuse(f"its picture of {width}x{height} is larger than the {max_pixels} pixels that the server decodes")


def refuse(reason: str) -> NoReturn:
    """Ends the child: the file cannot be handled."""
    sys.stderr.write("\n" + " ".join(reason.split()) + "\n")
    sys.stderr.flush()
    os._exit(REFUSED)  # threads of a decoder must not delay the end
