"""Covers are decoded by the confined child: all kinds of files, damage in words, and limits before anything is read."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from minivod.media.frames import picture
from minivod.media.opened import opened
from minivod.media.probe import NotMedia
from minivod.media.sandbox import Limits, Sandbox

from .stills import (
    SIZE,
    Pixels,
    animated,
    as_pillow_shows_it,
    chunk,
    logo,
    scene,
    swapped_profile,
    tagged,
    written,
)  # fmt: skip

MORE = (SIZE[0] + 1, SIZE[1])


async def shown(sandbox: Sandbox, directory: Path, content: bytes) -> Pixels:
    path = directory / "cover"
    path.write_bytes(content)
    return (await picture(sandbox, path)).image


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(written(scene(), "JPEG", exif=tagged(5)), id="JPEG mirrored and turned"),
        pytest.param(written(logo(), "PNG"), id="PNG transparent"),
        pytest.param(animated("GIF"), id="GIF animated"),
        pytest.param(animated("WEBP", lossless=True), id="WebP animated"),
    ],
)
async def test_kinds(sandbox: Sandbox, tmp_path: Path, content: bytes) -> None:
    wanted = as_pillow_shows_it(content)
    found = await shown(sandbox, tmp_path, content)
    assert found.shape == wanted.shape
    assert np.abs(found.astype(int) - wanted).max() <= 1


async def test_profiles_count_in_the_child(sandbox: Sandbox, tmp_path: Path) -> None:
    content = written(scene().resize((1, 1), box=(0, 0, 1, 1)), "PNG", icc_profile=swapped_profile())
    assert (await shown(sandbox, tmp_path, content)).argmax() == 2


async def test_long_notes_of_an_editor(sandbox: Sandbox, tmp_path: Path) -> None:
    """Drawing programs keep their whole document in a compressed text of a PNG."""
    content = written(scene(), "PNG")
    note = chunk(b"zTXt", b"scene\0\0" + zlib.compress(b"x" * 4_000_000))
    at = content.index(b"IDAT") - 4
    found = await shown(sandbox, tmp_path, content[:at] + note + content[at:])
    assert np.array_equal(found, np.asarray(scene()))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(written(scene(), "JPEG")[:-100], id="JPEG"),
        pytest.param(written(scene(), "PNG")[:80], id="PNG"),
        pytest.param(written(scene(), "GIF")[:200], id="GIF"),
        pytest.param(animated("WEBP")[:200], id="WebP"),
        pytest.param(b"RIFF\x20\0\0\0WEBPVP8X", id="WebP head"),
    ],
)
async def test_damage_is_told(sandbox: Sandbox, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotMedia, match="damaged or incomplete") as refused:
        await shown(sandbox, tmp_path, content)
    assert not any(word in str(refused.value) for word in ("<", "Error", "cover", str(tmp_path)))


WRITTEN_AS = {
    "as usual": {}, "restarted": {"restart_marker_rows": 1}, "turned": {"exif": tagged(6)},
    "coarse": {"quality": 30, "optimize": True}, "fine": {"quality": 100, "subsampling": 0},
}  # fmt: skip


@pytest.mark.parametrize("options", WRITTEN_AS.values(), ids=WRITTEN_AS)
@pytest.mark.parametrize("missing", [1, 2])
async def test_a_jpeg_without_its_end(sandbox: Sandbox, tmp_path: Path, options: dict[str, Any], missing: int) -> None:
    """Cameras write such files, and whatever shows pictures shows them."""
    content = written(scene(), "JPEG", **options)
    whole = await shown(sandbox, tmp_path, content)
    assert np.array_equal(await shown(sandbox, tmp_path, content[:-missing]), whole)


@pytest.mark.parametrize("options", [*WRITTEN_AS.values(), {"progressive": True}], ids=[*WRITTEN_AS, "progressive"])
def test_a_jpeg_of_which_a_part_is_missing(tmp_path: Path, options: dict[str, Any]) -> None:
    """A cover that was cut off is never shown with a grey part: it is refused, or all that is seen is there."""
    content = written(scene(), "JPEG", **options)
    path = tmp_path / "cover"

    def read(content: bytes) -> bytes:
        path.write_bytes(content)
        return opened(str(path), "JPEG", Image.Image.tobytes)

    whole, refused = read(content), 0
    for missing in (*range(3, 60), len(content) // 3):
        try:
            assert read(content[:-missing]) == whole, missing
        except OSError:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize(
    ("content", "larger"),
    [
        *[(written(scene(), kind), written(scene().resize(MORE), kind)) for kind in ("JPEG", "PNG", "GIF", "WEBP")],
        (animated("WEBP"), animated("WEBP", size=MORE)),
    ],
    ids=["JPEG", "PNG", "GIF", "WebP", "WebP animated"],
)
async def test_more_pixels_than_the_limit(tmp_path: Path, content: bytes, larger: bytes) -> None:
    small = Sandbox(Limits(stall=20.0), max_pixels=SIZE[0] * SIZE[1])
    assert (await shown(small, tmp_path, content)).shape == (64, 96, 3)
    with pytest.raises(NotMedia, match="97x64 is larger than the 6144 pixels"):
        await shown(small, tmp_path, larger)


@pytest.mark.parametrize("lossless", [True, False])
async def test_the_cut_edge_of_an_animation_is_transparent(sandbox: Sandbox, tmp_path: Path, lossless: bool) -> None:
    """Pillow takes it for black, because such a file says that it has no alpha."""
    first = Image.new("RGBA", SIZE)
    first.paste("black", (20, 20, 70, 50))
    others = [Image.new("RGBA", SIZE, "red")]
    content = written(first, "WEBP", save_all=True, append_images=others, lossless=lossless)
    assert (as_pillow_shows_it(content) == 0).all()
    found = await shown(sandbox, tmp_path, content)
    assert (found[:18] == 255).all()
    assert (found[:, 74:] == 255).all()
    assert (found[22:48, 22:68] < 10).all()


@pytest.mark.parametrize("exif", [tagged(1), None])
async def test_an_opaque_webp_stays_opaque(sandbox: Sandbox, tmp_path: Path, exif: Image.Exif | None) -> None:
    content = written(scene(), "WEBP", lossless=True, **({"exif": exif} if exif else {}))
    assert np.array_equal(await shown(sandbox, tmp_path, content), np.asarray(scene()))
