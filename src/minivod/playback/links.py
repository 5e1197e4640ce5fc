"""What the limits of a signed link make of a file: who may fetch it, how much of it, and names with signatures."""

import hashlib
import posixpath
from dataclasses import dataclass, field

import msgspec

from minivod.addresses import network
from minivod.objects import Objects
from minivod.playback import playlists
from minivod.playback.previews import Previews
from minivod.playback.rules import Asked, Limited
from minivod.playback.signature import GRACE_SECONDS, Link, directory_of, signed_query
from minivod.store import link_viewers
from minivod.store.database import Database
from minivod.store.playables import FileOf, Playable
from minivod.urls import SUBTITLES

_PLAYLIST, _CUES = ".m3u8", ".vtt"
_STILL = (".jpg", ".png", ".webp", ".gif", _CUES)
"""Pictures and text, which a try-out does not cut."""
_MOST_REMEMBERED = 256
"""Playlists of try-outs whose segments are known."""


class Fetch(msgspec.Struct, frozen=True):
    """What is sent: an object, or `text` made of it, whose names have queries."""

    file: FileOf
    text: bytes | None = None


@dataclass(frozen=True)
class Place:
    """Where a file is asked for: by which link, under which name beside its FileId, and from which address."""

    asked: Asked
    link: Link
    folder: str
    name: str
    client: str


@dataclass(frozen=True)
class Links:
    """Applies the limits of links; `previews` makes try-outs of single files."""

    database: Database
    objects: Objects
    previews: Previews
    _remembered: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)

    async def apply(self, playable: Playable, file: FileOf, place: Place) -> Fetch:
        """What of the file is sent.

        Raises:
            Limited: too many addresses have played it, or it is not in the try-out.
        """
        await self._admit(playable, place)
        suffix = posixpath.splitext(file.key)[1]
        seconds = place.link.seconds
        if suffix == _PLAYLIST and place.folder:
            return Fetch(file, await self._playlist(playable, file, place))
        if suffix == _CUES and place.folder not in ("", SUBTITLES):
            text = (await self._read(file.key)).decode()
            return Fetch(file, playlists.signed_cues(text, self._queries(playable, place)).encode())
        if seconds and (suffix not in _STILL or file.key == playable.source_key):
            return Fetch(await self._within(playable, file, place))
        return Fetch(file)

    async def _admit(self, playable: Playable, place: Place) -> None:
        """Counts the address, if the link is for few: all files of a video that links with the same members lead to."""
        link = place.link
        if not link.viewers:
            return
        members = f"{playable.file_id} {link.t} {link.exper} {link.rlimit} {link.us}"
        digest = hashlib.sha256(members.encode(errors="replace")).hexdigest()
        until = link.expires + GRACE_SECONDS
        address = network(place.client)
        if not await link_viewers.admit(self.database, playable.file_id, digest, address, link.viewers, until):
            raise Limited(f"rlimit: {link.viewers} other addresses have played this link")

    async def _playlist(self, playable: Playable, file: FileOf, place: Place) -> bytes:
        text = (await self._read(file.key)).decode()
        if place.link.seconds:
            text = _cut(text, place.link.seconds)
        return playlists.signed_playlist(text, self._queries(playable, place)).encode()

    async def _within(self, playable: Playable, file: FileOf, place: Place) -> FileOf:
        """The file, if it is a segment of the first seconds; of a single file, those seconds."""
        if not playable.playlists:
            return await self.previews.find(playable, file, place.link.seconds)
        begin = file.key.removesuffix(place.name)
        for name in playable.playlists:
            if place.name in await self._segments(begin, name, place.link.seconds):
                return file
        raise Limited("exper: the segment is not among the first seconds")

    async def _segments(self, begin: str, name: str, seconds: int) -> frozenset[str]:
        """What a playlist names of the first seconds; objects never change, so it is remembered."""
        key = (begin + name, seconds)
        if key not in self._remembered:
            text = _cut((await self._read(key[0])).decode(), seconds)
            if len(self._remembered) >= _MOST_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            folder = posixpath.dirname(name)
            self._remembered[key] = frozenset(posixpath.join(folder, one) for one in playlists.names(text))
        return self._remembered[key]

    def _queries(self, playable: Playable, place: Place) -> playlists.Query:
        """Signatures for what a file names, by the same members; `directories` ends with what players see."""
        here = place.asked.directories[-1]

        def query(name: str) -> str:
            return signed_query(playable.url_key or "", directory_of(posixpath.join(here, name)), place.link)

        return query

    async def _read(self, key: str) -> bytes:
        return b"".join([bytes(chunk) async for chunk in self.objects.get_range(key)])


def _cut(text: str, seconds: int) -> str:
    try:
        return playlists.cut(text, seconds)
    except playlists.TooShort:
        raise Limited(f"exper: the first segment is longer than {seconds} s") from None
