"""Confined child: describes the streams of a media file as JSON on stdout. Arguments: NAME DEMUXER MAX_PIXELS."""

import hashlib
import json
import os
import sys
from fractions import Fraction
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from minivod.media.child import check_size, open_forced, real_videos, run

_BLOCK = 8 * 1024 * 1024
_HDR_TRANSFERS = (16, 18)  # SMPTE ST 2084 (PQ) and ARIB STD-B67 (HLG) of ITU-T H.273
_PACKETS_TRIED = 64


def main(arguments: list[str]) -> None:
    """Prints the description; blanks before it are signs of life while a long file is read."""
    name, demuxer, max_pixels = arguments[0], arguments[1], int(arguments[2])
    with open_forced(name, demuxer, max_pixels) as container:
        described = _describe(container, name, max_pixels)
    described["md5"] = _md5(name)
    described["faststart"] = _faststart(name) if demuxer == "mov" else None
    print(json.dumps(described))


def _describe(container: InputContainer, name: str, max_pixels: int) -> dict[str, Any]:
    size = os.path.getsize(name)  # noqa: PTH202 - a plain name in the working directory
    videos = real_videos(container)
    audios = [stream for stream in container.streams.audio if stream.codec_context is not None]
    for stream in videos:
        check_size(stream.codec_context.width, stream.codec_context.height, max_pixels)
    spans = [_seconds(stream) for stream in (*videos, *audios)]
    duration = container.duration / av.time_base if container.duration else max(spans, default=0.0)
    first = videos[0].codec_context if videos else None
    return {
        "size": size,
        "duration": duration,
        "bitrate": container.bit_rate or (int(size * 8 / duration) if duration > 0 else 0),
        "width": first.width if first else 0,
        "height": first.height if first else 0,
        "video": [_video(stream) for stream in videos],
        "audio": [_audio(stream) for stream in audios],
        "video_duration": _seconds(videos[0]) or duration if videos else 0.0,
        "audio_duration": _seconds(audios[0]) or duration if audios else 0.0,
        "rotate": _rotation(container, videos[0]) if videos else 0,
    }


def _video(stream: VideoStream) -> dict[str, Any]:
    context = stream.codec_context
    rate = stream.average_rate or stream.guessed_rate or Fraction(0)
    return {
        "codec": context.codec.canonical_name,
        "codec_tag": _tag(context.codec_tag),
        "bitrate": context.bit_rate or 0,
        "width": context.width,
        "height": context.height,
        "fps": round(float(rate), 3),
        "dynamic_range": "HDR" if context.color_trc in _HDR_TRANSFERS else "SDR",
    }


def _audio(stream: AudioStream) -> dict[str, Any]:
    context = stream.codec_context
    return {
        "codec": context.codec.canonical_name,
        "bitrate": context.bit_rate or 0,
        "sampling_rate": context.sample_rate,
        "channels": context.channels,
    }


def _tag(tag: str) -> str:
    return "".join(letter for letter in tag if letter.isascii() and letter.isprintable())


def _seconds(stream: Stream) -> float:
    if stream.duration is None or stream.time_base is None:
        return 0.0
    return max(0.0, float(stream.duration * stream.time_base))


def _rotation(container: InputContainer, stream: VideoStream) -> int:
    """Degrees clockwise by which players turn the picture: 0, 90, 180 or 270; from the first frame that decodes."""
    for _, packet in zip(range(_PACKETS_TRIED), container.demux(stream), strict=False):
        try:
            for frame in packet.decode():
                return -round(frame.rotation / 90) * 90 % 360
        except av.error.FFmpegError:
            continue  # a damaged frame says nothing about the next one
    return 0


def _md5(name: str) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with open(name, "rb") as file:  # noqa: PTH123
        while block := file.read(_BLOCK):
            digest.update(block)
            sys.stdout.write(" ")
            sys.stdout.flush()
    return digest.hexdigest()


def _faststart(name: str) -> bool:
    """Whether the index (`moov`) comes before the samples (`mdat`); ISO/IEC 14496-12 §4.2."""
    with open(name, "rb") as file:  # noqa: PTH123
        while len(header := file.read(8)) == 8:
            size, kind = int.from_bytes(header[:4], "big"), header[4:]
            if kind in (b"moov", b"mdat"):
                return kind == b"moov"
            used = 8
            if size == 1:
                size, used = int.from_bytes(file.read(8), "big"), 16
            if size < used:
                break
            file.seek(size - used, os.SEEK_CUR)
    return False


if __name__ == "__main__":
    run(main)
