"""Confined child: writes the sound of one stream to stdout, every channel by itself. Arguments: NAME DEMUXER STREAM.

Channels are not mixed: two of them may cancel each other in a mix, and a listener hears both. Each block is a HEADER
and its samples (`sound_header`).
"""

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from minivod.media.child import decoded, no_pictures, open_forced, run
from minivod.media.refusal import refuse
from minivod.media.sampling import Blindness, Watch
from minivod.media.sound_header import HEADER, MOST_CHANNELS, RATE

Block = npt.NDArray[np.int16]

_LONGEST_DAMAGE = 2.0
_GAP = 0.1
"""Seconds that a time stamp may be later than the samples before it say: clocks of cameras are not exact."""
_NO_PICTURES = 1
_FIRST_PACKETS = 64
"""Of these one has the first picture that is shown: no codec reorders more."""


def main(arguments: list[str]) -> None:
    """Writes the sound."""
    name, demuxer, number = arguments
    start = _start(_open(name, demuxer))
    container = _open(name, demuxer)
    stream = next((one for one in container.streams.audio if one.index == int(number)), None)
    if stream is None or stream.codec_context is None:
        refuse(f"its sound (stream {number} of the file) cannot be decoded")
    try:
        _write(container, stream, start)
    except Blindness as error:
        refuse(str(error))


def _open(name: str, demuxer: str) -> InputContainer:
    # Edit lists hide sound from some players only; and no picture is decoded here.
    options = {"ignore_editlist": "1"} if demuxer == "mov" else {}
    return open_forced(name, demuxer, _NO_PICTURES, **options)


def _start(container: InputContainer) -> float:
    """What the file's clock says when the picture begins; libav's own idea of it may be that of the sound."""
    videos = no_pictures(container)[:1]
    with container:
        packets = islice(container.demux(*videos), _FIRST_PACKETS) if videos else iter(())
        return min((time for packet in packets if (time := _time(packet)) is not None), default=0.0)


def _write(container: InputContainer, stream: AudioStream, start: float) -> None:
    watch = Watch(_LONGEST_DAMAGE, start, what="sound")
    writer = _Writer(start)
    for frame, time in _decoded(container, stream, watch):
        writer.take(frame, time)
    watch.ended()
    writer.finish()


def _decoded(container: InputContainer, stream: AudioStream, watch: Watch) -> Iterator[tuple[AudioFrame, float | None]]:
    for packet in container.demux(stream):
        if packet.size and (sent := _time(packet)) is not None:
            watch.sent(sent)
        for frame in decoded(packet):
            time = _time(frame)
            if time is not None:
                watch.came(time)
            yield frame, time


def _time(thing: "Packet[Any] | AudioFrame") -> float | None:
    if thing.pts is None or thing.time_base is None:
        return None
    return float(thing.pts * thing.time_base)


class _Writer:
    """Brings frames to the one rate, whatever they have, and writes blocks of a second; a change begins a new one."""

    def __init__(self, start: float) -> None:
        """Args: start: what the file's clock says at its beginning, seconds."""
        self._start = start
        self._next = start
        self._begun = start
        self._format: tuple[str, int, str, int] | None = None
        self._resampler: AudioResampler | None = None
        self._waiting: list[Block] = []

    def take(self, frame: AudioFrame, time: float | None) -> None:
        """Args: frame: as decoded; time: of its first sample by the file's clock, if it says so."""
        layout = frame.layout
        told = (frame.format.name, frame.sample_rate, layout.name, layout.nb_channels)
        late = time is not None and time > self._next + _GAP
        if told != self._format or late:
            self._flush()
            if layout.nb_channels > MOST_CHANNELS:
                refuse(f"its sound has {layout.nb_channels} channels; at most {MOST_CHANNELS} are reviewed")
            self._format = told
            self._resampler = AudioResampler(format="s16p", layout=layout, rate=RATE)
            self._begun = self._next = time if late and time is not None else self._next
        self._next += frame.samples / frame.sample_rate
        self._keep(frame)
        if sum(block.shape[1] for block in self._waiting) >= RATE:
            self._put()

    def finish(self) -> None:
        """After the last frame."""
        self._flush()

    def _keep(self, frame: AudioFrame | None) -> None:
        assert self._resampler is not None  # noqa: S101 - there is one before the first frame comes here
        self._waiting += [made.to_ndarray().astype(np.int16, copy=False) for made in self._resampler.resample(frame)]

    def _flush(self) -> None:
        if self._resampler is not None:
            self._keep(None)
            self._put()
            self._resampler = None

    def _put(self) -> None:
        """Writes what waits, in pieces of a second."""
        if not self._waiting:
            return
        block = np.concatenate(self._waiting, axis=1)
        self._waiting = []
        for begin in range(0, block.shape[1], RATE):
            part = np.ascontiguousarray(block[:, begin : begin + RATE])
            sys.stdout.buffer.write(HEADER.pack(max(0.0, self._begun - self._start), *part.shape))
            sys.stdout.buffer.write(part.tobytes())
            self._begun += part.shape[1] / RATE
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    run(main)
