"""Sends an object that has no public address to somebody who may see it, with ranges, for as long as they may."""

from collections.abc import Awaitable, Callable
from datetime import UTC

from starlette.responses import Response

from minivod import ids
from minivod.conditions import Representation
from minivod.console.visit import Visit
from minivod.objects import NoSuchObject
from minivod.playback.delivery import ByServer, Wanted
from minivod.playback.files import content_type, strong_etag
from minivod.store import console_users
from minivod.store import media as media_rows
from minivod.store.console_users import ROLES, Role
from minivod.store.media import Media

SHOWN = ("video/", "audio/", "image/")
"""Content types that a browser shows; what is another one is offered for saving."""


async def _always() -> bool:
    return True


async def deliver(
    visit: Visit, media: Media, key: str | None, role: Role, still: Callable[[], Awaitable[bool]] = _always
) -> Response:
    """An object of a video; a stream of it ends when the session, its role or the video does.

    Args:
        visit: who asks for it.
        media: the video.
        key: of the object; None: there is none.
        role: the least that sees it.
        still: whether what else has to hold does; it is asked again like the session.

    Raises:
        NoSuchObject: it is not there.
    """
    services = visit.site.services
    size = await services.objects.head(key) if key else None
    if key is None or size is None:
        raise NoSuchObject(str(key))

    async def stands() -> bool:
        session = await console_users.find_session(visit.db, visit.user.token_hash)
        if session is None or ROLES.index(session.role) < ROLES.index(role):
            return False
        return bool(await media_rows.find(visit.db, media.sub_app_id, [media.file_id])) and await still()

    modified = media.updated_at.astimezone(UTC).replace(microsecond=0)
    wanted = Wanted(
        key, content_type(key), Representation(strong_etag(key), modified, size), stands, ids.new_request_id()
    )
    response = await ByServer(services.objects, services.clock).respond(visit.request, wanted)
    if not wanted.content_type.startswith(SHOWN):
        response.headers["content-disposition"] = "attachment"
    return response
