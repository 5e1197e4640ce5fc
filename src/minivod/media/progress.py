"""Reads how far ffmpeg is."""

from collections.abc import Callable

Progress = Callable[[float], None]


class Report:
    """Reads what `-progress` prints: lines `out_time_us=…` and `total_size=…`."""

    def __init__(self, duration: float, on_progress: Progress) -> None:
        """Args: duration: seconds of the output, 0 if not known; on_progress: told how much is done, 0 to 1."""
        self._duration = duration
        self._on_progress = on_progress
        self._rest = b""
        self._furthest = (0, 0)

    def take(self, block: bytes) -> bool:
        """Whether the block tells of progress."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        time, size = self._furthest
        for line in lines:
            name, _, value = line.partition(b"=")
            number = int(value) if value.strip().isdigit() else 0
            if name == b"out_time_us":
                time = max(time, number)
            elif name == b"total_size":
                size = max(size, number)
        moved = (time, size) != self._furthest
        self._furthest = (time, size)
        if moved and self._duration > 0:
            self._on_progress(min(time / 1e6 / self._duration, 1.0))
        return moved
