"""Picture files of the kinds that phones, editors and design tools write."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageDraw, ImageOps

SIZE = (96, 64)
ORIENTATION = 0x0112
Pixels = npt.NDArray[np.uint8]


def scene(mode: str = "RGB") -> Image.Image:
    """Different in all corners, so that every turn and mirroring shows."""
    image = Image.new("RGB", SIZE, (230, 220, 40))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 30, 20), "red")
    draw.rectangle((60, 0, 95, 10), "blue")
    draw.rectangle((0, 50, 20, 63), "green")
    return image.convert(mode)


def logo(mode: str = "RGBA") -> Image.Image:
    """Black on transparent black, with a part that is half transparent."""
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 20, 70, 50), (0, 0, 0, 255))
    draw.rectangle((20, 20, 70, 25), (200, 0, 0, 128))
    return image.convert(mode)


def written(image: Image.Image, kind: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def animated(kind: str, size: tuple[int, int] = SIZE, **options: Any) -> bytes:
    """A logo, followed by pictures of one colour."""
    others = [Image.new("RGBA", size, colour) for colour in ("red", "lime")]
    return written(logo().resize(size), kind, save_all=True, append_images=others, duration=100, **options)


def tagged(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif


def as_pillow_shows_it(content: bytes) -> Pixels:
    """The first picture upright on white: the oracle."""
    with Image.open(io.BytesIO(content)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    return np.asarray(Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB"))


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of_16_bits(colour: int, pixels: npt.NDArray[np.uint16], key: bytes = b"") -> bytes:
    """A PNG with that colour type, pixels (height x width x channels), and colour that counts as transparent."""
    height, width = pixels.shape[:2]
    rows = zlib.compress(b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0))
    transparent = chunk(b"tRNS", key) if key else b""
    return b"\x89PNG\r\n\x1a\n" + head + transparent + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def swapped_profile() -> bytes:
    """A colour profile in which red and blue have changed places, so that nobody can overlook whether it counts."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(profile[at : at + 4]): at + 4 for at in range(132, 132 + 12 * profile[131], 12)}
    red, blue = (slice(tags[kind], tags[kind] + 8) for kind in (b"rXYZ", b"bXYZ"))
    profile[red], profile[blue] = profile[blue], profile[red]
    return bytes(profile)
