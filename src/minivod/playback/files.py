"""Serves what may be played of a video: only while its publication stands, whoever sends the bytes.

That is the published file with its cover and subtitles, and the results that show what the review has seen and nothing
else; which these are is decided by the query of `store.publications`.
"""

import hashlib
import hmac
import re
from datetime import UTC
from functools import partial
from http import HTTPStatus
from pathlib import PurePosixPath

import structlog
from starlette.requests import Request
from starlette.responses import Response

from minivod import ids
from minivod.objects import NoSuchObject, Objects
from minivod.playback.conditions import Representation
from minivod.playback.delivery import Delivery, Wanted
from minivod.playback.stream import unwatched
from minivod.store.bell import WithdrawalBell
from minivod.store.playable_reader import PlayableReader
from minivod.store.playables import SUBTITLE, Address, FileOf, Playable
from minivod.store.results import TRANSCODE
from minivod.urls import SUBTITLES, cover_name, media_name, parse_name

log = structlog.get_logger(__name__)

_LONGEST_APP_ID = 18
_NAME = re.compile(r"[A-Za-z0-9._/=-]{1,512}")
_TYPES = {
    "mp4": "video/mp4", "m4s": "video/mp4", "ts": "video/mp2t", "m3u8": "application/vnd.apple.mpegurl",
    "3gp": "video/3gpp", "flv": "video/x-flv", "mp3": "audio/mpeg", "m4a": "audio/mp4", "flac": "audio/flac",
    "ogg": "audio/ogg", "wav": "audio/wav", "vtt": "text/vtt", "jpg": "image/jpeg", "png": "image/png",
    "webp": "image/webp", "gif": "image/gif",
}  # fmt: skip
"""Content types by the ending (IANA; the playlist's: RFC 8216 §4)."""
_OTHER = "application/octet-stream"


class Files:
    """Finds what may be fetched, the published file, its cover or a file of a result, and has it delivered."""

    def __init__(
        self, playables: PlayableReader, objects: Objects, delivery: Delivery, bell: WithdrawalBell | None = None
    ) -> None:
        self._playables = playables
        self._objects = objects
        self._delivery = delivery
        self._bell = bell

    async def respond(self, request: Request, request_id: str) -> Response:
        """The answer to a GET or HEAD; 404 for everything that may not be fetched now, whatever the reason."""
        path = request.path_params
        try:
            wanted = await self._find(**path, request_id=request_id)
            return not_found() if wanted is None else await self._delivery.respond(request, wanted)
        except NoSuchObject as missing:
            log.error("published_object_is_missing", request_id=request_id, path=request.url.path, reason=str(missing))
            return not_found()

    async def _find(
        self, app_id: str, directory: str, file_id: str, name: str, request_id: str, folder: str = ""
    ) -> Wanted | None:
        if not (is_app_id(app_id) and ids.is_file_id(file_id)):
            return None
        address = _address(int(app_id), file_id, folder, name)
        playable = await self._playables.find(address) if address else None
        if address is None or playable is None:
            return None
        if not hmac.compare_digest(directory.encode(errors="replace"), playable.directory.encode()):
            return None
        file = _file(playable, "" if folder else name, PurePosixPath(name).suffix)
        if file is None:
            return None
        size = int(playable.metadata["size"]) if file.key == playable.object_key and not playable.entry else None
        if size is None and (size := await self._objects.head(file.key)) is None:
            raise NoSuchObject(file.key)
        modified = file.made_at.astimezone(UTC).replace(microsecond=0)
        kind = _TYPES.get(PurePosixPath(file.key).suffix[1:], _OTHER)
        stands = partial(self._stands, address, file.key)
        watch = partial(self._bell.calling, file_id) if self._bell else unwatched
        return Wanted(file.key, kind, Representation(strong_etag(file.key), modified, size), stands, request_id, watch)

    async def _stands(self, address: Address, key: str) -> bool:
        """Whether the object may still be fetched: not withdrawn, not deleted, and not made or published anew."""
        now = await self._playables.find(address)
        return now is not None and (
            key in (now.object_key, now.cover_key) or (now.file is not None and now.file.key == key)
        )


def _address(app_id: int, file_id: str, folder: str, name: str) -> Address | None:
    """What the database is asked for; None for what cannot be the name of anything."""
    if folder == SUBTITLES:
        return Address(app_id, file_id, SUBTITLE, 0, name) if _NAME.fullmatch(name) else None
    result = parse_name(folder or name)
    if folder:
        if result is None or result[2] or not _NAME.fullmatch(name):
            return None
        return Address(app_id, file_id, result[0], result[1], name)
    if result is None or result[0] != TRANSCODE or not result[2]:
        return Address(app_id, file_id)
    return Address(app_id, file_id, TRANSCODE, result[1])


def _file(playable: Playable, name: str, suffix: str) -> FileOf | None:
    """The file of that name beside the FileId; without a name, that of the folder of a result."""
    if name and name == media_name(playable.definition) and not playable.entry:
        return FileOf(playable.object_key, playable.updated_at)
    if name == cover_name(playable.file_id) and playable.cover_key:
        return FileOf(playable.cover_key, playable.updated_at)
    if playable.file is not None and name and PurePosixPath(playable.file.key).suffix != suffix:
        return None
    return playable.file


def strong_etag(key: str) -> str:
    """The ETag of an object: each is written under a name of its own and never changed, so the name alone validates.

    It is hashed, because the name is nobody's business.
    """
    return f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"'


def is_app_id(text: str) -> bool:
    """Whether the text is an AppId as URLs have it: digits of ASCII, no zeros in front."""
    return len(text) <= _LONGEST_APP_ID and text.isascii() and text.isdigit() and text[0] != "0"


def not_found() -> Response:
    """The answer for whatever is not published: it does not tell why, and must not be kept."""
    return Response(
        "404 Not Found\n",
        HTTPStatus.NOT_FOUND,
        {"cache-control": "no-store", "x-content-type-options": "nosniff"},
        media_type="text/plain",
    )
