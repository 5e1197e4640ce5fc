"""Describes a media file: container, duration, streams; read by a confined child, with a demuxer of our choice."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from minivod.media.metadata import PROBE, AudioStream, Examination, MediaMetadata, ParameterSets, VideoStream
from minivod.media.outcome import check
from minivod.media.sandbox import Sandbox, StepFailed, python_tool
from minivod.media.sniff import NotMedia, sniff

__all__ = [
    "AudioStream", "Examination", "MediaMetadata", "NotMedia", "ParameterSets", "VideoStream", "examine", "known",
    "probe",
]  # fmt: skip


async def probe(sandbox: Sandbox, path: Path, *, md5: str = "") -> MediaMetadata:
    """Describes a file.

    Args:
        sandbox: where it is read.
        path: the file, in a directory that holds nothing but the job's own.
        md5: of the file, if it is known; else all of the file is read to take it.

    Raises:
        NotMedia: it is no media, damaged, or larger than the limits; the message says what, for the API's caller.
        StepFailed: reading it did not end in time, or was hijacked.
    """
    return (await _read(sandbox, path, md5, sets=False)).metadata


async def known(sandbox: Sandbox, path: Path, told: Mapping[str, Any]) -> MediaMetadata:
    """Describes a file like `probe`, by what was told of it before, if this version of the probe told that.

    Args:
        sandbox: where it is read, if it must be.
        path: the file.
        told: in stored form, of the very same file; empty: nothing is known.
    """
    if told.get("probe") == PROBE:
        return msgspec.convert(told, MediaMetadata)
    return await probe(sandbox, path, md5=told.get("md5", ""))


async def examine(sandbox: Sandbox, path: Path, *, md5: str = "") -> Examination:
    """Describes a file like `probe`, and reads all of its first video stream for its parameter sets."""
    return await _read(sandbox, path, md5, sets=True)


async def _read(sandbox: Sandbox, path: Path, md5: str, *, sets: bool) -> Examination:
    found = sniff(path)
    argv = python_tool(
        "minivod.media.child_probe", path.name, found.demuxer, str(sandbox.max_pixels), md5, str(int(sets))
    )
    done = await sandbox.run(argv, directory=path.parent)
    check(done, sandbox.limits)
    ours = {"container": found.container, "size": _size(path), "probe": PROBE, **({"md5": md5} if md5 else {})}
    try:
        told = msgspec.json.decode(done.stdout, type=dict[str, dict[str, object] | None])
        return msgspec.convert({**told, "metadata": {**(told["metadata"] or {}), **ours}}, Examination)
    except (msgspec.MsgspecError, KeyError):
        raise StepFailed("its description makes no sense") from None


def _size(path: Path) -> int:
    return path.stat().st_size
