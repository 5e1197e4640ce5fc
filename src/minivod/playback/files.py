"""Serves what may be played of a video, whoever sends the bytes.

What that is, is decided by the query of `store.playables`, and who may have it by `playback.rules`; both are asked
before each answer, and again while a stream is under way.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache, partial
from http import HTTPStatus
from posixpath import splitext

import structlog
from starlette.requests import Request
from starlette.responses import Response

from minivod import ids
from minivod.clock import Clock
from minivod.conditions import Representation
from minivod.objects import NoSuchObject, Objects
from minivod.playback.delivery import Delivery, Wanted, send_text
from minivod.playback.links import Fetch, Links, Place
from minivod.playback.plays import Counted, Plays, opens
from minivod.playback.rules import Asked, Forbidden, Limited, judge
from minivod.playback.stream import unwatched
from minivod.store.bell import WithdrawalBell
from minivod.store.distributions import SIGNED
from minivod.store.playable_reader import PlayableReader
from minivod.store.playables import SUBTITLE, Address, FileOf, Playable
from minivod.store.results import TRANSCODE
from minivod.urls import ORIGINAL, SUBTITLES, cover_name, media_name, parse_name

log = structlog.get_logger(__name__)

_LONGEST_APP_ID = 18
_NAME = re.compile(r"[A-Za-z0-9._/=-]{1,512}")
_TYPES = {
    "mp4": "video/mp4", "m4s": "video/mp4", "ts": "video/mp2t", "m3u8": "application/vnd.apple.mpegurl",
    "3gp": "video/3gpp", "flv": "video/x-flv", "mp3": "audio/mpeg", "m4a": "audio/mp4", "flac": "audio/flac",
    "ogg": "audio/ogg", "wav": "audio/wav", "vtt": "text/vtt", "jpg": "image/jpeg", "png": "image/png",
    "webp": "image/webp", "gif": "image/gif", "mov": "video/quicktime", "m4v": "video/mp4", "webm": "video/webm",
    "mkv": "video/x-matroska", "avi": "video/x-msvideo", "mpg": "video/mpeg", "mpeg": "video/mpeg",
    "m2ts": "video/mp2t", "aac": "audio/aac", "jpeg": "image/jpeg",
}  # fmt: skip
"""Content types by the ending (IANA; the playlist's: RFC 8216 §4)."""
_OTHER = "application/octet-stream"


@dataclass(frozen=True)
class Files:
    """Finds what may be fetched, a video, its cover or a file of a result, and has it delivered.

    `public_url` is the setting, whose path may be part of what links sign.
    """

    playables: PlayableReader
    objects: Objects
    delivery: Delivery
    links: Links
    clock: Clock
    public_url: str = ""
    bell: WithdrawalBell | None = None
    plays: Plays | None = None

    async def respond(self, request: Request, request_id: str) -> Response:
        """The answer to a GET or HEAD.

        404 for everything that may not be fetched now, whatever the reason; 403 if the request lacks a signature or
        the right Referer.
        """
        try:
            wanted = await self._find(request, request_id)
            if wanted is None:
                return not_found()
            if wanted.text is not None:
                response = send_text(request, wanted)
            else:
                response = await self.delivery.respond(request, wanted)
            if self.plays is None or wanted.counted is None:
                return response
            return self.plays.answering(request, wanted.representation, wanted.counted, response)
        except Forbidden as reason:
            log.info("playback_refused", request_id=request_id, path=request.url.path, reason=str(reason))
            return forbidden(str(reason) if isinstance(reason, Limited) else "")
        except NoSuchObject as missing:
            log.error("published_object_is_missing", request_id=request_id, path=request.url.path, reason=str(missing))
            return not_found()

    async def _find(self, request: Request, request_id: str) -> Wanted | None:
        path = request.path_params
        folder, name = path.get("folder", ""), path["name"]
        if not (is_app_id(path["app_id"]) and ids.is_file_id(path["file_id"])):
            return None
        address = address_of(int(path["app_id"]), path["file_id"], folder, name)
        playable = await self.playables.find(address) if address else None
        if address is None or playable is None:
            return None
        if not hmac.compare_digest(path["directory"].encode(errors="replace"), playable.directory.encode()):
            return None
        asked = Asked.by(request, self.public_url, self.clock.now())
        link = judge(playable, asked)
        file = file_of(playable, "" if folder else name, splitext(name)[1]) if playable.plays else None
        if file is None:
            return None
        fetch = Fetch(file)
        if link is not None:
            client = request.client.host if request.client else ""
            fetch = await self.links.apply(playable, file, Place(asked, link, folder, name, client))
        kind = content_type(fetch.file.key)
        return Wanted(
            object_key=fetch.file.key,
            content_type=kind,
            representation=await self._representation(playable, fetch, asked),
            stands=partial(self._stands, address, file.key, asked),
            request_id=request_id,
            watch=partial(self.bell.calling, playable.file_id) if self.bell else unwatched,
            text=fetch.text,
            caching=_caching(playable),
            counted=Counted(playable.sub_app_id, playable.file_id, opens(kind, address.kind, folder, name)),
        )

    async def _representation(self, playable: Playable, fetch: Fetch, asked: Asked) -> Representation:
        """Size and validators; a text depends on the query too."""
        key, size = fetch.file.key, None
        modified = fetch.file.made_at.astimezone(UTC).replace(microsecond=0)
        if fetch.text is not None:
            return Representation(strong_etag(f"{key} {asked.query}"), modified, len(fetch.text))
        if key == playable.object_key and playable.task_id and not playable.entry:
            size = int(playable.metadata["size"])
        if size is None and (size := await self.objects.head(key)) is None:
            raise NoSuchObject(key)
        return Representation(_etag_of_object(key), modified, size)

    async def _stands(self, address: Address, key: str, asked: Asked) -> bool:
        """Whether the object may still be fetched: not withdrawn, not deleted, and not made or published anew.

        Nor may the rules have changed; a link that was good at the beginning does not end in the midst of it.
        """
        now = await self.playables.find(address)
        if now is None or not now.plays:
            return False
        try:
            judge(now, asked)
        except Forbidden:
            return False
        return key in (now.object_key, now.source_key, now.cover_key) or (now.file is not None and now.file.key == key)


def _caching(playable: Playable) -> dict[str, str]:
    """Headers for caches: what one link or page may have, others may not."""
    headers = {"cache-control": "private, no-cache"} if playable.distribution == SIGNED else {}
    return headers if playable.referers is None else headers | {"vary": "Referer"}


def address_of(app_id: int, file_id: str, folder: str, name: str) -> Address | None:
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


def file_of(playable: Playable, name: str, suffix: str) -> FileOf | None:
    """The file of that name beside the FileId; without a name, that of the folder of a result."""
    if name and name == media_name(playable.definition) and not playable.entry and playable.object_key:
        return FileOf(playable.object_key, playable.updated_at)
    if name == ORIGINAL and playable.source_key:
        return FileOf(playable.source_key, playable.updated_at)
    if name == cover_name(playable.file_id) and playable.cover_key:
        return FileOf(playable.cover_key, playable.updated_at)
    if playable.file is not None and name and splitext(playable.file.key)[1] != suffix:
        return None
    return playable.file


def content_type(key: str) -> str:
    """The content type of an object, by the ending of its key."""
    return _TYPES.get(splitext(key)[1][1:].lower(), _OTHER)


def strong_etag(key: str) -> str:
    """The ETag of an object: each is written under a name of its own and never changed, so the name alone validates.

    It is hashed, because the name is nobody's business.
    """
    return f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"'


_etag_of_object = lru_cache(1024)(strong_etag)


def is_app_id(text: str) -> bool:
    """Whether the text is an AppId as URLs have it: digits of ASCII, no zeros in front."""
    return len(text) <= _LONGEST_APP_ID and text.isascii() and text.isdigit() and text[0] != "0"


def forbidden(reason: str = "") -> Response:
    """The answer to who has no right to a file; it tells no more than a reason that the bearer of a link may know."""
    return _refusal(HTTPStatus.FORBIDDEN, reason)


def not_found() -> Response:
    """The answer for whatever is not published: it does not tell why, and must not be kept."""
    return _refusal(HTTPStatus.NOT_FOUND)


def _refusal(status: HTTPStatus, reason: str = "") -> Response:
    told = f"{int(status)} {status.phrase}\n" + (f"{reason}\n" if reason else "")
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(told, status, headers, media_type="text/plain")
