"""Opens picture files as whatever shows pictures does: a JPEG too that lacks the marker of its end and nothing else."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PIL import Image

T = TypeVar("T")
_END = b"\xff\xd9"
"""The marker of a JPEG's end (ITU-T T.81 §B.2.1), which some cameras leave out."""
_MORE = b"\x55" * 64


def opened(name: str, kind: str, read: Callable[[Image.Image], T]) -> T:
    """What `read` makes of the picture.

    Args:
        name: of the file.
        kind: its format, as Pillow calls it.
        read: is called again if the picture lacked its end; raises what decoders raise.

    Raises:
        OSError: the picture is damaged, or a part of it is missing.
    """
    try:
        with Image.open(name, formats=[kind]) as image:
            return read(image)
    except OSError:
        ended = _with_end(Path(name).read_bytes()) if kind == "JPEG" else None
        if ended is None:
            raise
    with Image.open(io.BytesIO(ended), formats=[kind]) as image:
        return read(image)


def _with_end(content: bytes) -> bytes | None:
    """The JPEG with the marker; None if more than that is missing.

    A decoder needs no more bits than there are if it makes the same of it whatever comes then. Of a progressive one
    whole scans might be missing: nothing can be said of those, which cameras do not write.
    """
    content = content.removesuffix(_END[:1])
    seen = set()
    try:
        for more in (b"", _MORE):
            with Image.open(io.BytesIO(content + more + _END), formats=["JPEG"]) as image:
                if "progressive" in image.info:
                    return None
                seen.add(hashlib.sha256(image.tobytes()).digest())
    except OSError:
        return None
    return content + _END if len(seen) == 1 else None
