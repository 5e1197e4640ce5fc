"""Makes a ladder: an HLS master with several streams of one source, decoded once; checked as renditions are."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from minivod.media.encode import check, codecs, graph, hls, levels, master, picture, plans, sound
from minivod.media.encode.check import Inspection
from minivod.media.encode.hls import Variant
from minivod.media.encode.levels import Level, Levels
from minivod.media.encode.results import Cut, Ladder, SubStream, span
from minivod.media.encode.sound import AudioPlan
from minivod.media.encode.source import choose
from minivod.media.encode.tool import Tool, copied_nothing
from minivod.media.metadata import MediaMetadata
from minivod.media.progress import Progress
from minivod.media.sandbox import Sandbox
from minivod.media.watermarks import Mark, Overlay, overlay, timed
from minivod.templates.adaptive import AdaptiveDynamicStreaming

_JOINED = "joined"
_ENCODED = 0.98
"""Share of the work that is done when ffmpeg ends."""
_MORE_SEGMENTS = 16


async def adapt(
    sandbox: Sandbox,
    source: Path,
    metadata: MediaMetadata,
    template: AdaptiveDynamicStreaming,
    *,
    marks: Sequence[Mark],
    place: Path,
    threads: int,
    on_progress: Progress,
) -> Ladder:
    """Makes a ladder; arguments and errors are those of `transcode`."""
    video = any(not one.RemoveVideo for one in template.StreamInfos)
    audio = any(not one.RemoveAudio for one in template.StreamInfos)
    chosen = choose(source, metadata, video=video, audio=audio)
    whole = await check.lasting(sandbox, chosen)
    tool = Tool(sandbox=sandbox, source=chosen, span=span(Cut(), whole), place=place, threads=max(1, threads))
    found = levels.choose(chosen, template, await tool.encoders())
    made = await _Adapting(tool, found, found.variants).run(marks, on_progress)
    on_progress(1.0)
    return made


@dataclass(frozen=True)
class _Stream:
    """A media playlist that was made and checked."""

    level: Level
    variant: Variant
    found: Inspection

    @property
    def codecs(self) -> list[str]:
        """Of its streams."""
        video = [master.codec(one.codec, self.found.parameter_sets) for one in self.found.metadata.video]
        return [*video, *(master.AAC_LC for _ in self.found.metadata.audio)]


@dataclass(frozen=True)
class _Adapting:
    """One ladder on its way; `variants` are what is encoded."""

    tool: Tool
    levels: Levels
    variants: Sequence[Level]

    async def run(self, marks: Sequence[Mark], on_progress: Progress) -> Ladder:
        """Encodes and checks it."""
        overlays = [await self._overlays(level, marks) for level in self.variants]
        pictures = [level.video.layout for level in self.variants if level.video is not None]
        encoders = await self.tool.encoders()
        damaged = await self.tool.run(
            [*self._graph(overlays), *self._outputs(encoders)],
            overlays=[one for over in overlays for one in over],
            pixels=sum(layout.width * layout.height for layout in pictures),
            encoders=len(pictures),
            most=sum(plans.largest(one.video, one.audio, self.tool.span.duration) for one in self.variants),
            on_progress=lambda done: on_progress(_ENCODED * done),
        )
        for over in overlays:
            for one in over:
                one.path.unlink()
        with check.blaming_the_source(damaged=damaged):
            streams = [await self._stream(number, level) for number, level in enumerate(self.variants)]
        return self._ladder(streams)

    async def _overlays(self, level: Level, marks: Sequence[Mark]) -> list[Overlay]:
        if level.video is None:
            return []
        tool, layout = self.tool, level.video.layout
        asked = [timed(mark, tool.span.duration) for mark in marks]
        hdr = picture.hdr_kept(tool.source, level.video)
        return [await overlay(tool.sandbox, mark, layout.width, layout.height, tool.place, hdr=hdr) for mark in asked]

    def _graph(self, overlays: Sequence[Sequence[Overlay]]) -> list[str]:
        source, span, parts = self.tool.source, self.tool.span, list[str]()
        videos = [(level.video, over) for level, over in zip(self.variants, overlays, strict=True) if level.video]
        if videos:
            parts.append(graph.of_video(source, span, [plan for plan, _ in videos], [over for _, over in videos]))
        audios = [level.audio for level in self.variants if level.audio is not None]
        if audios:
            parts.append(graph.of_audio(source, span, audios))
        return ["-filter_complex", ";".join(parts)]

    def _outputs(self, encoders: frozenset[str]) -> list[str]:
        words, videos, audios, tool = list[str](), 0, 0, self.tool
        for number, level in enumerate(self.variants):
            if level.video is not None:
                words += [
                    "-map",
                    f"[v{videos}]",
                    *codecs.options(level.video, tool.threads),
                    *codecs.tag(level.video, "hls"),
                ]
                videos += 1
            if level.audio is not None:
                words += ["-map", f"[a{audios}]", *sound.options(level.audio, encoders)]
                audios += 1
            directory = tool.source.path.parent
            words += [
                *copied_nothing(),
                *hls.options(self.levels.kind, str(number), self._seconds, tool.place, directory),
            ]
        return words

    @property
    def _seconds(self) -> float:
        return self.levels.seconds

    async def _stream(self, number: int, level: Level) -> _Stream:
        tool = self.tool
        most = round(tool.span.duration / self._seconds) + _MORE_SEGMENTS
        variant = hls.read(tool.place, str(number), self.levels.kind, most)
        joined = tool.place / _JOINED
        try:
            hls.join(variant, joined)
            found = await check.inspect(tool.sandbox, joined, sets=True)
        finally:
            joined.unlink(missing_ok=True)
        await check.verify(tool, found, check.wanted(tool, level.video, level.audio))
        return _Stream(level, variant, found)

    def _ladder(self, streams: Sequence[_Stream]) -> Ladder:
        sounds = {one.level.audio: one for one in streams if one.level.video is None and one.level.audio is not None}
        groups = list(sounds) if self.levels.apart and any(one.level.video for one in streams) else []
        entries, told = list[master.Entry](), list[SubStream]()
        for level in dict.fromkeys(self.levels.wanted):
            entry, size = self._entry(level, streams, sounds, groups)
            entries.append(entry)
            width, height = entry.size or (0, 0)
            told.append(
                SubStream(
                    type="video" if entry.size else "audio", width=width, height=height, size=size,
                    codecs=entry.codecs, bandwidth=entry.peak,
                )
            )  # fmt: skip
        text = master.write(entries, [sounds[one].variant.playlist.name for one in groups])
        path = self.tool.place / master.MASTER
        path.write_text(text)
        files = {file.name: file for one in streams for file in one.variant.files} | {master.MASTER: path}
        return Ladder(
            files=files,
            entry=master.MASTER,
            size=sum(file.stat().st_size for file in files.values()),
            md5=hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
            duration=max(check.length(one.found) for one in streams),
            streams=told,
        )

    def _entry(
        self,
        level: Level,
        streams: Sequence[_Stream],
        sounds: Mapping[AudioPlan, _Stream],
        groups: Sequence[AudioPlan],
    ) -> tuple[master.Entry, int]:
        """What the master says of a level, and the bytes of its own media playlist."""
        apart = self.levels.apart and level.video is not None
        inside = Level(video=level.video, audio=None) if apart else level
        stream = next(one for one in streams if one.level == inside)
        beside = sounds[level.audio] if apart and level.audio is not None else None
        parts = [stream, *([beside] if beside is not None else [])]
        entry = master.Entry(
            playlist=stream.variant.playlist.name,
            codecs=",".join(word for part in parts for word in part.codecs),
            peak=sum(part.variant.peak for part in parts),
            average=sum(part.variant.average for part in parts),
            size=(level.video.layout.width, level.video.layout.height) if level.video is not None else None,
            fps=level.video.fps if level.video is not None else 0.0,
            group=groups.index(level.audio) if beside is not None else None,
        )
        return entry, stream.variant.size
