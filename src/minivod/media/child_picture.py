"""Confined child: writes the picture of a file to stdout, as one frame of `child_frames`.

Arguments: NAME FORMAT MAX_PIXELS LONGEST_SIDE.
"""

import io
import sys
from pathlib import Path
from typing import BinaryIO

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from minivod.media.frame_header import HEADER
from minivod.media.opened import opened
from minivod.media.refusal import NO_MEMORY, check_size, refuse
from minivod.media.still import still

_DAMAGED = "it is damaged or incomplete"
_DAMAGED_OR_LARGE = "it is damaged or incomplete, or larger than what the server decodes"
_FLAGS, _ALPHA = 20, 0x10
"""Where a WebP of several chunks has its flags, and one of these (RFC 9649 §2.7)."""


def main(arguments: list[str]) -> None:
    """Writes the picture."""
    name, kind, max_pixels, longest = arguments
    try:
        picture = _read(name, kind, int(max_pixels), int(longest))
    except MemoryError:
        refuse(NO_MEMORY)
    except Exception as error:  # decoders raise what they stumble over
        # The decoder of WebP takes its memory before it tells the size, and does not tell why it failed.
        damaged = _DAMAGED_OR_LARGE if kind == "WEBP" else _DAMAGED
        refuse(damaged if isinstance(error, UnidentifiedImageError) else f"{damaged} ({error})")
    sys.stdout.buffer.write(HEADER.pack(0.0, *picture.size, True))
    sys.stdout.buffer.write(picture.tobytes())
    sys.stdout.buffer.flush()


def _read(name: str, kind: str, max_pixels: int, longest: int) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # our limit is checked in its place
    # Drawing programs keep a whole document in a text of a PNG; the memory of this process is limited anyway.
    PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY
    if kind == "WEBP":
        with Path(name).open("rb") as file, Image.open(_with_alpha(file), formats=[kind]) as image:
            return _still(image, max_pixels, longest)
    return opened(name, kind, lambda image: _still(image, max_pixels, longest))


def _still(image: Image.Image, max_pixels: int, longest: int) -> Image.Image:
    check_size(*image.size, max_pixels)
    return still(image, longest)


def _with_alpha(file: BinaryIO) -> BinaryIO:
    """A WebP that says that it has alpha.

    Encoders cut off what is transparent around a picture of an animation, and say of what remains that it has no
    alpha. What it does not cover would be black.
    """
    content = bytearray(file.read())
    if content[12:16] == b"VP8X" and len(content) > _FLAGS:
        content[_FLAGS] |= _ALPHA
    return io.BytesIO(content)


if __name__ == "__main__":
    main(sys.argv[2:])
