"""An upload by a form of the Media page: what ApplyUpload, the uploader and CommitUpload do together.

The browser sends the file to the console itself. The official uploader would have to come with the package, as
somebody else's script; with a plain form, uploading works without script too, and what script adds is the progress.
"""

from http import HTTPStatus
from pathlib import PurePath

from starlette.responses import Response

from minivod.console import paths
from minivod.console.forms import Form
from minivod.console.pages import media
from minivod.console.visit import Visit
from minivod.cos import writing
from minivod.cos.body import Body
from minivod.cos.errors import CosError, EntityTooLarge
from minivod.cos.request import Parts
from minivod.errors import WireError
from minivod.file_form import OVERHEAD, FileForm, FormError, FormTooLarge, open_form
from minivod.objects import StoreFull
from minivod.store import uploads

_IDLE = 60.0
"""Seconds that the next bytes may be late."""
_LONGEST_NAME = 255


class NoFile(Exception):
    """The form was sent without a file."""


async def upload(visit: Visit) -> Response:
    """Makes a video of the file, and shows it; what goes wrong is told on the page, and nothing is left of it."""
    body = Body(visit.request.receive, _IDLE)
    try:
        return await _upload(visit, body)
    except (WireError, CosError, FormError, StoreFull, NoFile) as error:
        return await media.listed(visit, _told(visit, error), HTTPStatus.CONFLICT, app=visit.number("app"))


async def _upload(visit: Visit, body: Body) -> Response:
    most = visit.site.services.settings.max_upload_size
    form = await open_form(body.chunks(most + OVERHEAD), visit.request.headers.get("content-type", ""), most)
    visit = visit.filled_in(Form({name: [value] for name, value in form.fields.items()}))
    app = visit.number("app")
    file_id = await _receive(visit, app, form)
    async with visit.db.transaction() as connection:  # those of its two actions do not know which video it became
        await visit.record(connection, app, "Upload", file_id, {"FileName": form.file_name})
    return visit.go(paths.with_query(paths.media(app, file_id), said="uploaded"))


async def _receive(visit: Visit, app: int, form: FileForm) -> str:
    """The FileId of the new video; raises WireError for what the actions refuse, and where no file was chosen."""
    if not form.file_name:
        raise NoFile
    name = PurePath(form.file_name)
    parameters = {
        "MediaType": name.suffix.removeprefix("."),
        "MediaName": name.stem[:_LONGEST_NAME],
        "ClassId": form.fields.get("class") or "0",
    }
    applied = await visit.call(app, "ApplyUpload", parameters, text=True)
    session = await uploads.find_by_session_key(visit.db, app, applied.VodSessionKey)
    if session is None:
        raise LookupError(f"the upload of application {app} was not written")
    services = visit.site.services
    parts = Parts(
        database=visit.db, objects=services.objects, max_size=services.settings.max_upload_size, idle=_IDLE,
        clock=services.clock,
    )  # fmt: skip
    await writing.write_object(
        parts, session, session.media_key, lambda key: services.objects.put_stream(key, form.content)
    )
    committed = await visit.call(app, "CommitUpload", {"VodSessionKey": applied.VodSessionKey})
    return str(committed.FileId)


def _told(visit: Visit, error: Exception) -> str:
    match error:
        case WireError():
            return visit.said(error.message)
        case EntityTooLarge() | FormTooLarge():
            return visit.text("upload.too_large", most=visit.site.services.settings.max_upload_size)
        case StoreFull():
            return visit.text("upload.full")
        case NoFile():
            return visit.text("upload.none")
        case _:
            return visit.text("upload.broken")
