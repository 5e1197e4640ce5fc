"""The sound of a video for review: decoded in a confined child, streamed by a pipe, in pieces that overlap."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from minivod.media.outcome import check
from minivod.media.probe import MediaMetadata
from minivod.media.sandbox import Sandbox, StepFailed, Stream, python_tool
from minivod.media.sniff import sniff
from minivod.media.sound_header import HEADER, LONGEST_BLOCK, MOST_CHANNELS, RATE

PIECE_SECONDS = 30
"""Length of a piece: what a model of speech hears at once."""
OVERLAP_SECONDS = 5
"""By how much pieces overlap, so that a phrase across a border is whole in one of them."""
_CHILD = "minivod.media.child_sound"
_PIECE, _OVERLAP = PIECE_SECONDS * RATE, OVERLAP_SECONDS * RATE
_JITTER = RATE // 10

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a video's sound: `time` in seconds, `channels` x samples, `RATE` a second, 16 bits each.

    `fresh` is the first sample that no piece before it had.
    """

    time: float
    channels: Samples
    fresh: int = 0


async def sound(sandbox: Sandbox, path: Path, metadata: MediaMetadata) -> AsyncGenerator[Piece, None]:
    """All audio streams of a file, one after the other, each from its beginning; nothing without sound.

    Channels are given as they are, never mixed. Sound that an edit list hides is among it. Nothing is read ahead
    beyond a pipe's buffer and a piece.

    Args:
        sandbox: where it is decoded.
        path: the video, in a directory that holds nothing but the job's own.
        metadata: of the video, by `probe`.

    Raises:
        NotMedia: sound that cannot be decoded, for longer than damage explains.
        StepFailed: a limit was hit.
    """
    for stream in metadata.audio:
        if stream.empty:
            continue
        async with aclosing(_pieces(sandbox, path, stream.index)) as pieces:
            async for piece in pieces:
                yield piece


async def _pieces(sandbox: Sandbox, path: Path, index: int) -> AsyncGenerator[Piece, None]:
    cutter = Cutter()
    argv = python_tool(_CHILD, path.name, sniff(path).demuxer, str(index))
    async with sandbox.stream(argv, directory=path.parent) as stream:
        while (block := await _read(stream)) is not None:
            for piece in cutter.take(*block):
                yield piece
        check(await stream.finish(), sandbox.limits)
    for piece in cutter.finish():
        yield piece


async def _read(stream: Stream) -> tuple[float, Samples] | None:
    header = await stream.read_exactly(HEADER.size)
    if header is None:
        return None
    time, channels, number = HEADER.unpack(header)
    # The child decodes unknown data and may be in other hands by now.
    if not (0 < channels <= MOST_CHANNELS and 0 < number <= LONGEST_BLOCK and 0 <= time < float("inf")):
        raise StepFailed("the decoder's output makes no sense")
    content = await stream.read_exactly(channels * number * 2)
    if content is None:
        raise StepFailed("the decoder's output was cut off")
    return time, np.frombuffer(content, np.int16).reshape(channels, number)


class Cutter:
    """Makes pieces of blocks: short gaps become silence, long ones and a change of the channels end a piece."""

    def __init__(self) -> None:
        self._start = 0
        self._blocks: list[Samples] = []
        self._length = 0
        self._old = 0

    def take(self, time: float, block: Samples) -> Iterator[Piece]:
        """The pieces that are whole with this block.

        Args:
            time: of its first sample, seconds.
            block: channels x samples.
        """
        begin = round(time * RATE)
        gap = begin - self._start - self._length
        if not self._blocks or gap > _OVERLAP or block.shape[0] != self._blocks[0].shape[0]:
            yield from self.finish()
            self._start = max(begin, self._start)
        elif gap > _JITTER:
            self._add(np.zeros((block.shape[0], gap), np.int16))
        self._add(block)
        while self._length >= _PIECE:
            yield self._cut()

    def finish(self) -> Iterator[Piece]:
        """What is left, if no piece had it; afterwards it is as new."""
        if self._length > self._old:
            yield Piece(self._start / RATE, np.concatenate(self._blocks, axis=1), self._old)
        self._start += self._length
        self._blocks, self._length, self._old = [], 0, 0

    def _add(self, block: Samples) -> None:
        self._blocks.append(block)
        self._length += block.shape[1]

    def _cut(self) -> Piece:
        whole = np.concatenate(self._blocks, axis=1)
        piece = Piece(self._start / RATE, whole[:, :_PIECE], self._old)
        rest = whole[:, _PIECE - _OVERLAP :].copy()
        self._start += _PIECE - _OVERLAP
        self._blocks, self._length, self._old = [rest], rest.shape[1], _OVERLAP
        return piece
