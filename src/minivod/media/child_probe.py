"""Confined child: describes the streams of a media file as JSON on stdout. Arguments: NAME DEMUXER MAX_PIXELS MD5."""

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

from minivod.media.boxes import index_first
from minivod.media.child import check_size, open_forced, real_videos, run, told_orientation
from minivod.media.orientation import UPRIGHT, Oblique, Orientation, of_rotation

_BLOCK = 8 * 1024 * 1024
_HDR_TRANSFERS = (16, 18)  # SMPTE ST 2084 (PQ) and ARIB STD-B67 (HLG) of ITU-T H.273
_PACKETS_TRIED = 64


def main(arguments: list[str]) -> None:
    """Prints the description; blanks before it are signs of life while a long file is read for its MD5."""
    name, demuxer, max_pixels, md5 = arguments[0], arguments[1], int(arguments[2]), arguments[3]
    with open_forced(name, demuxer, max_pixels) as container:
        described = _describe(container, name, max_pixels)
    described["md5"] = md5 or _md5(name)
    described["faststart"] = _faststart(name) if demuxer == "mov" else None
    print(json.dumps(described))


def _describe(container: InputContainer, name: str, max_pixels: int) -> dict[str, Any]:
    size = os.path.getsize(name)  # noqa: PTH202 - a plain name in the working directory
    videos = real_videos(container)
    audios = [stream for stream in container.streams.audio if stream.codec_context is not None]
    for stream in videos:
        check_size(stream.codec_context.width, stream.codec_context.height, max_pixels)
    spans = [_seconds(stream) for stream in (*videos, *audios)]
    duration = max(0.0, container.duration / av.time_base) if container.duration else max(spans, default=0.0)
    first = videos[0].codec_context if videos else None
    return {
        "duration": duration,
        "bitrate": max(0, container.bit_rate) or (int(size * 8 / duration) if duration > 0 else 0),
        "width": first.width if first else 0,
        "height": first.height if first else 0,
        "video": [_video(stream) for stream in videos],
        "audio": [_audio(stream) for stream in audios],
        "video_duration": _seconds(videos[0]) or duration if videos else 0.0,
        "audio_duration": _seconds(audios[0]) or duration if audios else 0.0,
        "rotate": _rotation(container, videos[0], name, max_pixels) if videos else 0,
    }


def _video(stream: VideoStream) -> dict[str, Any]:
    context = stream.codec_context
    rate = stream.average_rate or stream.guessed_rate or Fraction(0)
    return {
        "codec": context.codec.canonical_name,
        "codec_tag": _tag(context.codec_tag),
        "bitrate": max(0, context.bit_rate or 0),
        "width": context.width,
        "height": context.height,
        "fps": max(0.0, round(float(rate), 3)),
        "dynamic_range": "HDR" if context.color_trc in _HDR_TRANSFERS else "SDR",
    }


def _audio(stream: AudioStream) -> dict[str, Any]:
    context = stream.codec_context
    return {
        "codec": context.codec.canonical_name,
        "bitrate": max(0, context.bit_rate or 0),
        "sampling_rate": context.sample_rate,
        "channels": context.channels,
    }


def _tag(tag: str) -> str:
    return "".join(letter for letter in tag if letter.isascii() and letter.isprintable())


def _seconds(stream: Stream) -> float:
    if stream.duration is None or stream.time_base is None:
        return 0.0
    return max(0.0, float(stream.duration * stream.time_base))


def _rotation(container: InputContainer, stream: VideoStream, name: str, max_pixels: int) -> int:
    """Degrees clockwise by which players turn the picture: 0, 90, 180 or 270."""
    try:
        told = told_orientation(name, container.format.name.partition(",")[0], stream)
    except Oblique:
        return 0  # publishing refuses it, with words
    return (told or _orientation_of_frames(container, stream, max_pixels)).degrees


def _orientation_of_frames(container: InputContainer, stream: VideoStream, max_pixels: int) -> Orientation:
    """What the first frame that decodes says."""
    stream.codec_context.options = {"max_pixels": str(max_pixels)}
    for _, packet in zip(range(_PACKETS_TRIED), container.demux(stream), strict=False):
        try:
            for frame in packet.decode():
                return of_rotation(frame.rotation)
        except av.error.FFmpegError:
            continue  # a damaged frame says nothing about the next one
    return UPRIGHT


def _md5(name: str) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with open(name, "rb") as file:  # noqa: PTH123
        while block := file.read(_BLOCK):
            digest.update(block)
            sys.stdout.write(" ")
            sys.stdout.flush()
    return digest.hexdigest()


def _faststart(name: str) -> bool:
    with open(name, "rb") as file:  # noqa: PTH123
        return index_first(file, os.path.getsize(name))  # noqa: PTH202


if __name__ == "__main__":
    run(main)
