"""Pictures look as Pillow shows them, upright and on white, also where Pillow itself would not get there."""

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw

from minivod.media.still import still

from .stills import (
    SIZE,
    Pixels,
    animated,
    as_pillow_shows_it,
    logo,
    png_of_16_bits,
    scene,
    swapped_profile,
    tagged,
    written,
)  # fmt: skip


def shown(content: bytes) -> Pixels:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(still(image, 1920))


def assert_alike(found: Pixels, wanted: Pixels) -> None:
    assert found.shape == wanted.shape
    assert np.abs(found.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("value", range(10))
def test_orientations(kind: str, value: int) -> None:
    """All eight, and two that do not exist."""
    content = written(scene(), kind, exif=tagged(value))
    wanted = as_pillow_shows_it(content)
    assert wanted.shape == ((96, 64, 3) if 5 <= value <= 8 else (64, 96, 3))
    assert np.array_equal(shown(content), wanted)


def test_an_orientation_that_only_xmp_tells() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="5"/></x:xmpmeta>'
    content = written(scene(), "JPEG", xmp=xmp)
    assert shown(content).shape == (96, 64, 3)
    assert np.array_equal(shown(content), as_pillow_shows_it(content))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", range(14))
def test_metadata_that_makes_no_sense(kind: int) -> None:
    """A number that is a text and the like; at half of these, Pillow's own `exif_transpose` fails."""
    exif = tagged(6)
    wanted = as_pillow_shows_it(written(scene(), "JPEG", exif=exif))
    exif[296] = 2
    odd = struct.pack(">HHI", 296, kind, 1)
    content = written(scene(), "JPEG", exif=exif).replace(struct.pack(">HHI", 296, 3, 1), odd)
    assert odd in content
    assert np.array_equal(shown(content), wanted)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("exif", [b"", b"no TIFF at all", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff"])
def test_metadata_that_cannot_be_read(kind: str, exif: bytes) -> None:
    content = written(scene(), kind, exif=b"Exif\0\0" + exif)
    assert np.array_equal(shown(content), np.asarray(Image.open(io.BytesIO(content)).convert("RGB")))


def stills(kind: str, *modes: str, make: Callable[[str], Image.Image], **options: Any) -> list[Any]:
    told = " ".join(map(str, options))
    return [pytest.param(written(make(mode), kind, **options), id=f"{kind} {mode} {told}") for mode in modes]


def with_key(mode: str) -> bytes:
    """A PNG without alpha, of which one colour counts as transparent."""
    black: Any = (0, 0, 0) if mode == "RGB" else 0
    other: Any = (90, 10, 10) if mode == "RGB" else 1 if mode == "1" else 90
    image = Image.new(mode, SIZE, black)
    ImageDraw.Draw(image).rectangle((20, 20, 70, 50), other)
    return written(image, "PNG", transparency=black)


@pytest.mark.parametrize(
    "content",
    [
        *stills("PNG", "1", "L", "P", "RGB", make=scene),
        *stills("PNG", "LA", "RGBA", make=logo),
        *stills("JPEG", "L", "RGB", "CMYK", make=scene),
        *stills("JPEG", "RGB", make=scene, progressive=True),
        *stills("WEBP", "RGB", make=scene),
        *stills("WEBP", "RGBA", make=logo, lossless=True),
        *stills("WEBP", "RGBA", make=logo, quality=70),
        *stills("GIF", "L", "P", "RGB", make=scene),
        *stills("GIF", "RGBA", make=logo),
        *[pytest.param(with_key(mode), id=f"PNG with a transparent colour {mode}") for mode in ("1", "L", "P", "RGB")],
        pytest.param(written(logo().quantize(8), "PNG"), id="PNG palette with alpha"),
        pytest.param(written(logo(), "PNG", exif=tagged(6)), id="PNG turned and transparent"),
    ],
)
def test_modes_and_alpha(content: bytes) -> None:
    assert_alike(shown(content), as_pillow_shows_it(content))


def test_a_black_logo_is_seen() -> None:
    found = shown(written(logo(), "PNG"))
    assert (found[0, 0] == 255).all()
    assert (found[40, 40] == 0).all()
    assert np.abs(found[22, 40] - (227.0, 127.0, 127.0)).max() <= 1


@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_sixteen_bits(colour: int, channels: int) -> None:
    """Pillow's own conversion of grey ones to eight bits would make nearly all of the picture white."""
    ramp = np.linspace(0, 65535, 64 * 96).reshape(64, 96, 1).astype(np.uint16)
    found = shown(png_of_16_bits(colour, np.repeat(ramp, channels, axis=2)))
    share = ramp / 65535
    wanted = 255 * (share * share + 1 - share if channels in (2, 4) else share)
    assert found.shape == (64, 96, 3)
    assert np.abs(found - wanted).max() <= 2


def test_sixteen_bits_with_a_transparent_grey() -> None:
    pixels = np.full((64, 96, 1), 20_000, np.uint16)
    pixels[:32] = 1
    found = shown(png_of_16_bits(0, pixels, struct.pack(">H", 1)))
    assert (found[:32] == 255).all()
    assert np.abs(found[32:].astype(int) - 78).max() <= 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(animated("WEBP", lossless=True), id="WebP"),
        pytest.param(animated("WEBP", lossless=True, exif=tagged(7)), id="WebP turned"),
        pytest.param(animated("GIF"), id="GIF"),
        pytest.param(animated("PNG"), id="APNG"),
        pytest.param(animated("PNG", default_image=True), id="APNG with a picture for those who do not know it"),
        pytest.param(
            written(scene(), "MPO", save_all=True, append_images=[Image.new("RGB", (48, 32), "red")], exif=tagged(5)),
            id="MPO",
        ),
        pytest.param(written(scene(), "JPEG", exif=tagged(6)) + b"\0\0\0\x18ftypmp42" + bytes(999), id="with a video"),
    ],
)
def test_the_first_of_several_pictures(content: bytes) -> None:
    assert_alike(shown(content), as_pillow_shows_it(content))


def test_a_first_picture_that_covers_a_part() -> None:
    """GIF: the rest of the canvas is transparent."""
    content = bytearray(written(logo(), "GIF"))
    content[6:10] = struct.pack("<HH", 192, 128)
    found = shown(bytes(content))
    assert (found[100, 150] == 255).all()
    assert np.array_equal(found, as_pillow_shows_it(bytes(content)))


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")])
def test_colours_are_those_of_the_profile(kind: str, mode: str) -> None:
    """Phones write Display P3, design tools Adobe RGB; the published cover has no profile any more."""
    content = written(Image.new("RGB", SIZE, "red").convert(mode), kind, icc_profile=swapped_profile())
    assert np.abs(shown(content).mean(axis=(0, 1)) - (0, 0, 255)).max() < 6


def test_the_usual_profile_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = written(logo(), "PNG", icc_profile=profile)
    assert_alike(shown(content), as_pillow_shows_it(content))


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB"])
@pytest.mark.parametrize(
    "profile",
    [b"no profile", bytes(200), swapped_profile()[:300], swapped_profile().replace(b"mntrRGB ", b"mntrLab ")],
)
def test_a_profile_that_does_not_fit(mode: str, profile: bytes) -> None:
    content = written(scene(mode), "JPEG", icc_profile=profile)
    assert np.array_equal(shown(content), as_pillow_shows_it(content))


def test_large_pictures_are_scaled_down() -> None:
    large = scene().resize((3000, 2000), Image.Resampling.NEAREST)
    found = shown(written(large, "PNG", exif=tagged(6), compress_level=1))
    assert found.shape == (1920, 1280, 3)
    wanted = scene().rotate(-90, expand=True).resize((1280, 1920), Image.Resampling.NEAREST)
    assert np.abs(found.astype(int) - np.asarray(wanted)).mean() < 2


def test_a_thin_line() -> None:
    assert shown(written(Image.new("RGB", (9000, 1)), "PNG")).shape == (1, 1920, 3)
