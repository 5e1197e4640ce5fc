"""Makes a rendition: one file, or HLS, of a source by a transcoding template; checked before it is given away."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from minivod.media.encode import check, codecs, graph, hls, picture, plans, sound
from minivod.media.encode.check import Inspection
from minivod.media.encode.plans import TranscodePlan
from minivod.media.encode.results import Cut, Made, span
from minivod.media.encode.size import Layout
from minivod.media.encode.source import choose
from minivod.media.encode.tool import Tool, copied_nothing
from minivod.media.metadata import MediaMetadata
from minivod.media.outputs import own
from minivod.media.progress import Progress
from minivod.media.sandbox import Sandbox
from minivod.media.watermarks import Mark, Overlay, overlay, timed
from minivod.templates.transcode import Transcode

_FORMATS = {
    "mp4": ("-f", "mp4", "-movflags", "+faststart"),
    "flv": ("-f", "flv"),
    "mp3": ("-f", "mp3", "-id3v2_version", "0"),
    "m4a": ("-f", "mp4", "-brand", "M4A ", "-movflags", "+faststart"),
    "flac": ("-f", "flac"),
    "ogg": ("-f", "ogg"),
    "wav": ("-f", "wav", "-rf64", "auto"),
}
_NAME = "output"
_ENCODED = 0.98
"""Share of the work that is done when ffmpeg ends."""
_MORE_SEGMENTS = 16
"""Beyond one for each second."""
_JOINED = "joined"


async def transcode(
    sandbox: Sandbox,
    source: Path,
    metadata: MediaMetadata,
    template: Transcode,
    *,
    cut: Cut,
    marks: Sequence[Mark],
    place: Path,
    threads: int,
    on_progress: Progress,
) -> Made:
    """Makes a rendition.

    Args:
        sandbox: where it is made.
        source: the file, in a directory that holds nothing but the job's own.
        metadata: of it, by `probe`.
        template: what is made.
        cut: the part of the source.
        marks: watermarks.
        place: an empty directory below the source's, for the files.
        threads: of the decoder, of the filters and of the encoder.
        on_progress: told how much is done, 0 to 1.

    Raises:
        Unfit: it cannot be made of this source; the message and the code are for the caller of the API.
        OutputWrong: the output is not what it should be, and the source is not known to be damaged.
        StepFailed: a limit was hit.
        OSError: the disk is full, which is no fault of the file.
    """
    chosen = choose(source, metadata, video=template.video is not None, audio=template.audio is not None)
    whole = await check.lasting(sandbox, chosen)
    tool = Tool(sandbox=sandbox, source=chosen, span=span(cut, whole), place=place, threads=max(1, threads))
    work = _Transcoding(tool, template, plans.transcode(chosen, template, await tool.encoders()))
    made = await work.run(marks, on_progress)
    on_progress(1.0)
    return made


@dataclass(frozen=True)
class _Transcoding:
    """One output on its way."""

    tool: Tool
    template: Transcode
    plan: TranscodePlan

    async def run(self, marks: Sequence[Mark], on_progress: Progress) -> Made:
        """Encodes and checks it."""
        video = self.plan.video
        layout = video.layout if video is not None else None
        overlays = [await self._overlay(mark, layout) for mark in marks] if layout is not None else []
        damaged = await self.tool.run(
            [*self._graph(overlays), *await self._streams(), *copied_nothing(), *self._output()],
            overlays=overlays,
            pixels=layout.width * layout.height if layout is not None else 0,
            most=plans.largest(video, self.plan.audio, self.tool.span.duration),
            on_progress=lambda done: on_progress(_ENCODED * done),
        )
        for one in overlays:
            one.path.unlink()
        with check.blaming_the_source(damaged=damaged):
            return await (self._playlist() if self.plan.segment else self._file())

    async def _overlay(self, mark: Mark, layout: Layout) -> Overlay:
        asked = timed(mark, self.tool.span.duration)
        hdr = picture.hdr_kept(self.tool.source, self.plan.video)
        return await overlay(self.tool.sandbox, asked, layout.width, layout.height, self.tool.place, hdr=hdr)

    def _graph(self, overlays: Sequence[Overlay]) -> list[str]:
        source, span, parts = self.tool.source, self.tool.span, list[str]()
        if self.plan.video is not None:
            parts.append(graph.of_video(source, span, [self.plan.video], [overlays]))
        if self.plan.audio is not None:
            parts.append(graph.of_audio(source, span, [self.plan.audio]))
        return graph.options(parts)

    async def _streams(self) -> list[str]:
        words = list[str]()
        if self.plan.video is not None:
            words += ["-map", "[v0]", *codecs.options(self.plan.video, self.tool.threads)]
            words += codecs.tag(self.plan.video, self.template.Container)
        if self.plan.audio is not None:
            words += ["-map", "[a0]", *sound.options(self.plan.audio, await self.tool.encoders())]
        return words

    def _output(self) -> list[str]:
        if self.plan.segment:
            directory = self.tool.source.path.parent
            return hls.options(self.template.SegmentType, _NAME, self.plan.segment, self.tool.place, directory)
        return [*_FORMATS[self.template.Container], self.tool.name(self._path)]

    @property
    def _path(self) -> Path:
        return self.tool.place / f"{_NAME}.{self.template.Container}"

    async def _file(self) -> Made:
        found = (await self._checked(own(self._path))).metadata
        name = self._path.name
        return Made(files={name: self._path}, entry=name, metadata=found, size=found.size, md5=found.md5)

    async def _playlist(self) -> Made:
        most = round(self.tool.span.duration) + _MORE_SEGMENTS
        variant = hls.read(self.tool.place, _NAME, self.template.SegmentType, most)
        joined = self.tool.place / _JOINED
        try:
            hls.join(variant, joined)
            found = await self._checked(joined)
        finally:
            joined.unlink(missing_ok=True)
        md5 = hashlib.md5(variant.playlist.read_bytes(), usedforsecurity=False).hexdigest()
        size = variant.size
        whole = msgspec.structs.replace(
            found.metadata,
            container="hls",
            duration=check.length(found),
            bitrate=variant.average,
            size=size,
            md5=md5,
            faststart=None,
        )
        files = {path.name: path for path in variant.files}
        return Made(files=files, entry=variant.playlist.name, metadata=whole, size=size, md5=md5)

    async def _checked(self, path: Path) -> Inspection:
        found = await check.inspect(self.tool.sandbox, path)
        await check.verify(self.tool, found, check.wanted(self.tool, self.plan.video, self.plan.audio))
        return found
