"""Finds the frames that are shown at given moments; runs in the confined child, and decodes no more than it must."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_EPSILON = 0.0006
"""Seconds: some containers round times to milliseconds."""
_BACK = (0.0, 1.0, 4.0, 16.0, 64.0)
"""Seconds before the moment at which a decoder is started, until it gives a frame that comes early enough."""
_AHEAD = 10.0
"""Seconds that are decoded rather than sought over, where the container does not tell its keyframes."""
_LIFE = 50
Opened = tuple[InputContainer, VideoStream]


class Seeker:
    """Fed moments in ascending order, gives for each the frame that a player shows then."""

    def __init__(self, opening: Callable[[], Opened]) -> None:
        """Args: opening: opens the file, with the stream's decoder set up."""
        self._opening = opening
        self._container, self.stream = opening()
        base = self.stream.time_base
        assert base is not None  # noqa: S101 - streams of demuxers have one
        self._base = base
        self._zero = (self._container.start_time or 0) / av.time_base
        self._frames: Iterator[VideoFrame] = iter(())
        self._now: VideoFrame | None = None
        self._next: VideoFrame | None = None
        self._decoded = 0

    def at(self, moment: float) -> VideoFrame | None:
        """The frame at that moment (seconds from the beginning): the last one that begins until then.

        Before the first frame it is the first, after the last one the last; None: nothing can be decoded.
        """
        if not self._near(moment):
            self._go(moment)
        while self._next is not None and self._time(self._next) <= moment + _EPSILON:
            self._step()
        return self._now

    def _near(self, moment: float) -> bool:
        """Whether it is reached by decoding on, without loss and without a detour."""
        if self._now is None or self._time(self._now) > moment + _EPSILON:
            return False
        if self._next is None or self._time(self._next) > moment:
            return True
        index = self.stream.index_entries
        entry = index.search_timestamp(self._stamp(moment)) if len(index) else -1
        if entry >= 0:
            return bool(index[entry].timestamp * self._base - self._zero <= self._time(self._now))
        return moment - self._time(self._now) < _AHEAD

    def _go(self, moment: float) -> None:
        """Decodes from a keyframe at or before the moment."""
        for back in _BACK:
            if moment - back <= 0 or not self._seek(moment - back):
                break
            if self._now is not None and self._time(self._now) <= moment + _EPSILON:
                return
        self._container.close()
        self._container, self.stream = self._opening()
        self._begin()

    def _seek(self, moment: float) -> bool:
        try:
            self._container.seek(self._stamp(moment), stream=self.stream, backward=True)
        except av.error.FFmpegError:
            return False
        self._begin()
        return True

    def _begin(self) -> None:
        self._frames = self._decode()
        self._now = next(self._frames, None)
        self._next = next(self._frames, None)

    def _step(self) -> None:
        self._now, self._next = self._next, next(self._frames, None)

    def _decode(self) -> Iterator[VideoFrame]:
        for packet in self._container.demux(self.stream):
            try:
                frames: list[Any] = packet.decode()
            except av.error.MemoryError:
                raise
            except av.error.FFmpegError:
                continue  # players go on as well
            for frame in frames:
                self._decoded += 1
                if self._decoded % _LIFE == 0:
                    sys.stdout.buffer.write(b"\n")
                    sys.stdout.buffer.flush()
                if frame.pts is not None:
                    yield frame

    def _stamp(self, moment: float) -> int:
        return int((moment + self._zero) / self._base)

    def _time(self, frame: VideoFrame) -> float:
        return float((frame.pts or 0) * self._base) - self._zero
