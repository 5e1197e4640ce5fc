"""Fetches what is to be published, the original or a transcode of it, and makes of it what players will get."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from minivod.media.encode import hls
from minivod.media.probe import MediaMetadata, VideoStream, examine
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.publishing import preflight
from minivod.publishing.candidate import Refused, make_candidate
from minivod.store.media import Media
from minivod.store.results import Result
from minivod.tasking.laps import Laps

_MP4 = frozenset({"mp4"})
_MOST_SEGMENTS = 100_000
_VIDEO = "video.mp4"


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What would be published.

    Attributes:
        video: the file that is reviewed: the same as players get, of HLS all of its segments in one.
        metadata: of it.
        files: what players get, by name: one MP4 without a name, or playlist and segments, the playlist first.
    """

    video: Path
    metadata: MediaMetadata
    files: Mapping[str, Path]


@dataclass(frozen=True, kw_only=True)
class Preparing:
    """How it is done; `containers` are those of originals, `max_duration` is seconds."""

    sandbox: Sandbox
    objects: Objects
    containers: frozenset[str]
    max_duration: float

    async def original(
        self, media: Media, work: Path, on_progress: Callable[[float], None], laps: Laps, name: str = _VIDEO
    ) -> Prepared:
        """The original's first video and audio stream as MP4 with faststart.

        Args:
            media: the video.
            work: an own directory.
            on_progress: told how much is done, 0 to 1.
            laps: told which step runs.
            name: of the file that is made in it.

        Raises:
            Refused: there is no original, or the player could not play it.
            NotMedia, StepFailed, OSError: as `make_candidate`.
        """
        if media.object_key is None:
            raise Refused("the original does not exist any more")
        md5 = str(media.metadata.get("md5", ""))
        return await self._mp4(media.object_key, md5, self.containers, work / name, on_progress, laps)

    async def transcode(self, result: Result, work: Path, on_progress: Callable[[float], None], laps: Laps) -> Prepared:
        """A transcode: an MP4 like an original, HLS as it is; arguments and errors as for `original`."""
        container = result.body.get("container")
        if container == "hls":
            laps.begin("fetch")
            return await self._hls(result, work, on_progress, laps)
        if container != "mp4":
            raise Refused(f"the transcode by template {result.definition} is {container}; it must be MP4 or HLS")
        md5 = str((result.metadata or {}).get("md5", ""))
        return await self._mp4(result.key(result.entry), md5, _MP4, work / _VIDEO, on_progress, laps)

    async def _mp4(
        self,
        key: str,
        md5: str,
        containers: frozenset[str],
        target: Path,
        on_progress: Callable[[float], None],
        laps: Laps,
    ) -> Prepared:
        async with self.objects.local_copy(key, target.parent) as source:
            metadata = await make_candidate(
                self.sandbox,
                source,
                target,
                md5=md5,
                containers=containers,
                max_duration=self.max_duration,
                on_progress=on_progress,
                laps=laps,
            )
        return Prepared(video=target, metadata=metadata, files={"": target})

    async def _hls(self, result: Result, work: Path, on_progress: Callable[[float], None], laps: Laps) -> Prepared:
        """Playlist and segments are ours and stay as they are; joined they are one stream, which is reviewed."""
        place = work / "hls"
        place.mkdir()
        for number, name in enumerate(result.files, 1):
            async with self.objects.local_copy(result.key(name), place) as copied:
                copied.rename(place / name)
            on_progress(number / len(result.files))
        kind: hls.Kind = "fmp4" if any(name.endswith(".m4s") for name in result.files) else "ts"
        variant = hls.read(place, result.entry.removesuffix(".m3u8"), kind, _MOST_SEGMENTS, stored=True)
        joined = work / "joined"
        hls.join(variant, joined)
        laps.begin("probe")
        found = await examine(self.sandbox, joined)
        if problems := preflight.problems(found, {"ts", "mp4"}, self.max_duration):
            raise Refused(preflight.refusal(problems, found.metadata, self.containers))
        names = [result.entry, *(name for name in result.files if name != result.entry)]
        metadata = msgspec.structs.replace(
            found.metadata,
            container="hls",
            size=int(result.body["size"]),
            bitrate=variant.average,
            video=_with_rate(found.metadata.video, result),
        )
        return Prepared(video=joined, metadata=metadata, files={name: place / name for name in names})


def _with_rate(streams: list[VideoStream], result: Result) -> list[VideoStream]:
    """The streams of a transcode; the first with its bit rate as it was counted when it was made."""
    counted = [stream["bitrate"] for stream in (result.metadata or {}).get("video", [])]
    first = [msgspec.structs.replace(stream, bitrate=counted[0]) for stream in streams[:1] if counted]
    return [*first, *streams[len(first) :]]
