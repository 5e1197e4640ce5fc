"""Pictures of frames: evidence thumbnails, and covers as they were reviewed."""

import io

from PIL import Image as Picture

from minivod.review.model import Image

QUALITY = 80


def to_jpeg(image: Image, most_wide: int | None = None) -> bytes:
    """A JPEG of the pixels and nothing else: no metadata, no second picture.

    Args:
        image: RGB, height x width x 3.
        most_wide: pixels to which a wider picture is scaled down; None keeps its size.
    """
    picture = Picture.fromarray(image)
    width, height = picture.size
    if most_wide is not None and width > most_wide:
        picture = picture.resize((most_wide, max(1, round(height * most_wide / width))))
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()


def jpeg_within(image: Image, wide: int, high: int, most: int) -> bytes:
    """A JPEG of at most `wide` x `high` pixels and `most` bytes, as good as these allow."""
    picture = Picture.fromarray(image)
    picture.thumbnail((wide, high))
    while True:
        for quality in (QUALITY, 60, 40):
            target = io.BytesIO()
            picture.save(target, "JPEG", quality=quality)
            if target.tell() <= most or picture.size == (1, 1):
                return target.getvalue()
        picture.thumbnail((max(1, picture.width // 2), max(1, picture.height // 2)))
