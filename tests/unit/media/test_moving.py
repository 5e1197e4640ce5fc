"""Moving pictures are told from still ones, also when a file is cut off or lies."""

import io

import pytest
from PIL import Image

from minivod.media.moving import is_moving


def picture(kind: str, frames: int, *, mode: str = "P") -> bytes:
    file = io.BytesIO()
    first, *rest = (Image.new(mode, (8, 8), 40 * index) for index in range(frames))
    first.save(file, kind, save_all=frames > 1, append_images=rest, **({"duration": 100} if frames > 1 else {}))
    return file.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
def test_moving_and_still(kind: str) -> None:
    assert is_moving(picture(kind, 2, mode="L"))
    assert is_moving(picture(kind, 5, mode="L"))
    assert not is_moving(picture(kind, 1, mode="L"))


def test_others_stand_still() -> None:
    assert not is_moving(picture("JPEG", 1, mode="L"))
    assert not is_moving(b"")


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
def test_what_is_cut_off_ends_the_search(kind: str) -> None:
    whole = picture(kind, 2, mode="L")
    for length in range(len(whole)):
        is_moving(whole[:length])


def test_a_comment_before_the_pictures() -> None:
    file = io.BytesIO()
    frames = [Image.new("L", (8, 8), 40 * index) for index in range(3)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], comment=b"x" * 600, loop=0, duration=50)
    assert is_moving(file.getvalue())
