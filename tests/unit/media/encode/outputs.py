"""Looks at what was encoded with a decoder of its own: pictures, sound, the boxes of a file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]


def joined(files: Sequence[Path], target: Path) -> Path:
    """Segments as one stream."""
    target.write_bytes(b"".join(path.read_bytes() for path in files))
    return target


def pictures(path: Path) -> list[tuple[float, Picture]]:
    """Time and RGB of every picture."""
    with av.open(str(path)) as container:
        return [
            (float(frame.time or 0.0), frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False))
            for frame in container.decode(video=0)
        ]


def sound(path: Path) -> tuple[int, float, npt.NDArray[np.float64]]:
    """Samples a second, when the first one is heard, and the samples of the first channel."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp")
        begin: float | None = None
        parts = []
        for frame in container.decode(audio=0):
            for plain in resampler.resample(frame):
                begin = float(plain.time or 0.0) if begin is None else begin
                parts.append(plain.to_ndarray()[0].astype(np.float64))
        rate = container.streams.audio[0].rate
    return rate, begin or 0.0, np.concatenate(parts)


def packets(path: Path, kind: str = "video") -> Iterator[tuple[float, bool, int]]:
    """Time, keyframe and size of each packet."""
    with av.open(str(path)) as container:
        for packet in container.demux(**{kind: 0}):
            if packet.size and packet.pts is not None and packet.time_base is not None:
                yield float(packet.pts * packet.time_base), packet.is_keyframe, packet.size


def colour(picture: Picture, across: float, down: float) -> tuple[int, ...]:
    """Mean colour around a place of the picture, in parts of its width and height."""
    height, width = picture.shape[:2]
    y, x = int(down * height), int(across * width)
    around: Any = picture[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].reshape(-1, 3).mean(axis=0)
    return tuple(round(float(value)) for value in around)


def near(seen: Sequence[int], expected: Sequence[int], within: int = 24) -> bool:
    """Whether two colours are alike."""
    return all(abs(one - other) <= within for one, other in zip(seen, expected, strict=True))


def reds(picture: Picture) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is red."""
    red = (picture[..., 0] > 128) & (picture[..., 1] < 100) & (picture[..., 2] < 100)
    columns, rows = np.flatnonzero(red.any(axis=0)), np.flatnonzero(red.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
