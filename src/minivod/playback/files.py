"""Serves published files: only while the publication stands, whoever sends their bytes."""

import hashlib
import hmac
from datetime import UTC
from functools import partial
from http import HTTPStatus

import structlog
from starlette.requests import Request
from starlette.responses import Response

from minivod import ids
from minivod.objects import NoSuchObject, Objects
from minivod.playback.conditions import Representation
from minivod.playback.delivery import Delivery, Wanted
from minivod.store.playable_reader import PlayableReader
from minivod.store.publications import Playable
from minivod.urls import cover_name, media_name

log = structlog.get_logger(__name__)

_LONGEST_APP_ID = 18
_VIDEO, _COVER = "video/mp4", "image/jpeg"


class Files:
    """Finds published files and has them delivered."""

    def __init__(self, playables: PlayableReader, objects: Objects, delivery: Delivery) -> None:
        self._playables = playables
        self._objects = objects
        self._delivery = delivery

    async def respond(self, request: Request, request_id: str) -> Response:
        """The answer to a GET or HEAD; 404 for everything that is not published now, whatever the reason."""
        path = request.path_params
        wanted = await self._find(path["app_id"], path["directory"], path["file_id"], path["name"], request_id)
        if wanted is None:
            return not_found()
        try:
            return await self._delivery.respond(request, wanted)
        except NoSuchObject:
            log.error(
                "published_object_is_missing",
                request_id=request_id,
                file_id=path["file_id"],
                object_key=wanted.object_key,
            )
            return not_found()

    async def _find(self, app_id: str, directory: str, file_id: str, name: str, request_id: str) -> Wanted | None:
        if not (is_app_id(app_id) and ids.is_file_id(file_id)):
            return None
        playable = await self._playables.find(int(app_id), file_id)
        if playable is None or not hmac.compare_digest(directory.encode(errors="replace"), playable.directory.encode()):
            return None
        if name == media_name(playable.definition):
            key, kind, size = playable.object_key, _VIDEO, int(playable.metadata["size"])
        elif name == cover_name(file_id) and playable.cover_key:
            key, kind, size = playable.cover_key, _COVER, await self._objects.head(playable.cover_key) or 0
        else:
            return None
        modified = playable.updated_at.astimezone(UTC).replace(microsecond=0)
        stands = partial(self._stands, playable, key)
        return Wanted(key, kind, Representation(strong_etag(key), modified, size), stands, request_id)

    async def _stands(self, playable: Playable, object_key: str) -> bool:
        """Whether the object may still be fetched: not withdrawn, and not published anew as another one."""
        now = await self._playables.find(playable.app_id, playable.file_id)
        return now is not None and object_key in (now.object_key, now.cover_key)


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
