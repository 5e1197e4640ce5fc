"""Watermark templates: forms with a picture, which a copy takes from the template that it is a copy of."""

import base64
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from minivod import ids
from minivod.actions.inline_picture import LARGEST
from minivod.console import choosing
from minivod.console.forms import Form
from minivod.console.pages import templates
from minivod.console.visit import Refused, Visit
from minivod.cos.body import Body
from minivod.cos.errors import CosError
from minivod.file_form import OVERHEAD, FormError, open_form
from minivod.templates import catalog
from minivod.templates.kinds import WATERMARK

_IDLE = 30.0
"""Seconds that the next bytes may be late."""
_PARTS = {"image": "TextTemplate", "text": "ImageTemplate"}
"""By Type: the part that templates of it do not have."""


async def create(visit: Visit) -> Response:
    """Makes a template."""
    return await _save(visit, None)


async def change(visit: Visit) -> Response:
    """Changes a template."""
    return await _save(visit, visit.number("definition"))


async def _save(visit: Visit, definition: int | None) -> Response:
    body = Body(visit.request.receive, _IDLE)
    try:
        form = await open_form(body.chunks(LARGEST + OVERHEAD), visit.request.headers.get("content-type", ""), LARGEST)
        visit = visit.filled_in(Form({name: [value] for name, value in form.fields.items()}))
        content = b"".join([chunk async for chunk in form.content])
    except (FormError, CosError):
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form") from None
    kind_of = visit.form.one("Type")
    if definition is None:
        content = content or await _copied(visit)
    else:
        kind_of = await _type(visit, definition)

    def amend(tree: dict[str, Any]) -> Mapping[str, Any]:
        tree.pop(_PARTS.get(kind_of, ""), None)
        if content and kind_of == "image":
            tree.setdefault("ImageTemplate", {})["ImageContent"] = base64.b64encode(content).decode()
        return tree

    return await templates.save(visit, WATERMARK, definition, amend)


async def _type(visit: Visit, definition: int) -> str:
    one = await choosing.named(visit)
    found = await catalog.find(visit.db, one.sub_app_id, WATERMARK, [definition])
    return found[definition].settings.Type if definition in found else ""


async def _copied(visit: Visit) -> bytes:
    """The picture of the template that the form was filled in from; empty: there is none."""
    one, source = await choosing.named(visit), visit.form.one("from")
    if not ids.is_number(source):
        return b""
    found = (await catalog.find(visit.db, one.sub_app_id, WATERMARK, [int(source)])).get(int(source))
    if found is None or not found.object_key:
        return b""
    return b"".join([chunk async for chunk in visit.site.services.objects.get_range(found.object_key)])
