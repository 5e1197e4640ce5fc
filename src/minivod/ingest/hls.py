"""Joins an HLS stream by its URL: the best variant, its segments one after the other, remuxed to one MP4."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from minivod.destinations import Target
from minivod.ingest.arrival import BadVideo
from minivod.ingest.download import Downloader, SourceFailed, new_file
from minivod.ingest.playlist import MOST_BYTES, BadPlaylist, Playlist, parse
from minivod.media.probe import NotMedia
from minivod.media.remux import remux_to_mp4
from minivod.media.sandbox import Sandbox, StepFailed

_CANNOT = "SourceFileError.ContentUnsupported"


async def join(
    downloader: Downloader,
    content: bytes,
    source: Target,
    place: Path,
    *,
    sandbox: Sandbox,
    most: int,
    on_progress: Callable[[float], None],
) -> Path:
    """The stream as one MP4.

    Args:
        downloader: of the task.
        content: of the playlist, a master or one of segments.
        source: where it came from.
        place: the attempt's directory.
        sandbox: where the segments are remuxed.
        most: bytes of all segments together.
        on_progress: told how much is done, 0 to 1.

    Raises:
        SourceFailed: a playlist or a segment cannot be had, or cannot be joined.
        BadVideo: what the segments make cannot be read, or has no picture.
        OSError: the disk is full.
    """
    try:
        playlist = parse(content, source)
        if playlist.variants:
            playlist = await _chosen(downloader, playlist)
    except BadPlaylist as error:
        raise SourceFailed(_CANNOT, f"the HLS playlist at {source.shown} is not taken: {error}") from None
    joined = place / "joined"
    with new_file(joined) as file:
        for number, part in enumerate(playlist.parts, 1):
            try:
                await downloader.fetch(part.url, file, most=most - file.tell(), span=part.span)
            except SourceFailed as error:
                told = f"part {number} of {len(playlist.parts)} of the HLS stream (at most {most} bytes): {error}"
                raise SourceFailed(error.code, told) from None
            on_progress(number / len(playlist.parts))
    try:
        await remux_to_mp4(sandbox, joined, place / "stream.mp4", on_progress=lambda _: None)
    except (NotMedia, StepFailed) as error:
        raise BadVideo(f"its segments do not make a video: {error}") from None
    joined.unlink()
    return place / "stream.mp4"


async def _chosen(downloader: Downloader, master: Playlist) -> Playlist:
    """The playlist of the variant with the highest bandwidth among those that have their sound in them."""
    whole = [variant for variant in master.variants if variant.has_own_sound]
    if not whole:
        raise BadPlaylist("its sound is in playlists of its own (EXT-X-MEDIA), which are not joined with the picture")
    best = max(whole, key=lambda variant: variant.bandwidth)
    content = BytesIO()
    got = await downloader.fetch(best.url, content, most=MOST_BYTES)
    playlist = parse(content.getvalue(), got.source)
    if playlist.variants:
        raise BadPlaylist("its variants are master playlists again")
    return playlist
