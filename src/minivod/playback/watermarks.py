"""Serves the pictures of watermark templates, to whoever has their URL, while the template has them."""

from datetime import UTC
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from minivod.conditions import Representation
from minivod.objects import NoSuchObject, Objects
from minivod.playback.delivery import Delivery, Wanted
from minivod.playback.files import is_app_id, not_found, strong_etag
from minivod.store import templates
from minivod.store.database import Database
from minivod.urls import watermark_key

_TYPES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"}


class Watermarks:
    """Finds the pictures and has them delivered."""

    def __init__(self, database: Database, objects: Objects, delivery: Delivery) -> None:
        self._database = database
        self._objects = objects
        self._delivery = delivery

    async def respond(self, request: Request, request_id: str) -> Response:
        """The answer to a GET or HEAD; 404 for everything else than the picture of a template."""
        wanted = await self._find(**request.path_params, request_id=request_id)
        try:
            return not_found() if wanted is None else await self._delivery.respond(request, wanted)
        except NoSuchObject:
            return not_found()

    async def _find(self, app_id: str, file_id: str, name: str, request_id: str) -> Wanted | None:
        """Args: file_id: the SubAppId, by the name that the log of playback has for this place in a path."""
        kind = _TYPES.get(name.rpartition(".")[2]) if name.isascii() and name.isprintable() else None
        if kind is None or not (is_app_id(app_id) and is_app_id(file_id)):
            return None
        key = watermark_key(file_id, name)
        template = await self._template(int(app_id), key)
        size = await self._objects.head(key) if template else None
        if template is None or size is None:
            return None
        modified = template.updated_at.astimezone(UTC).replace(microsecond=0)
        stands = partial(self._stands, int(app_id), key)
        return Wanted(key, kind, Representation(strong_etag(key), modified, size), stands, request_id)

    async def _template(self, app_id: int, key: str) -> templates.TemplateRow | None:
        return await templates.find_picture(self._database, app_id, key)

    async def _stands(self, app_id: int, key: str) -> bool:
        return await self._template(app_id, key) is not None
