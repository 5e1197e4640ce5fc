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
