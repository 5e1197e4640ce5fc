"""The picture of a watermark: taken out of a call, looked at in the sandbox, kept as an object, shown by its URL."""

import secrets
from typing import Any

import msgspec
import structlog

from minivod import errors
from minivod.actions import CallContext
from minivod.actions.inline_picture import decoded, ending, look_at
from minivod.objects import StoreFull, StoreUnavailable
from minivod.store import doomed
from minivod.urls import watermark_key, watermark_url

_CODE = errors.invalid("ImageContent")
_WHERE = "ImageTemplate.ImageContent"
log = structlog.get_logger(__name__)


class Shown(msgspec.Struct, frozen=True):
    """The URL of the picture; empty when the call had none."""

    ImageUrl: str


class CreatedShown(msgspec.Struct, frozen=True):
    """The definition of the new template, and the URL of its picture; empty when it has none."""

    Definition: int
    ImageUrl: str


async def keep(call: CallContext, asked: Any) -> tuple[Any, str | None]:
    """Keeps the picture of a template or of a change, if it has one; the object is doomed until a row adopts it.

    Raises:
        InvalidParameterValue.ImageContent: no Base64, too large, or no picture that can be drawn.
    """
    part = asked.ImageTemplate
    if part is None or not part.ImageContent:
        return asked, None
    content = decoded(part.ImageContent, _WHERE, _CODE)
    key = watermark_key(call.sub_app_id, f"{secrets.token_hex(16)}.{ending(content, _WHERE, _CODE)}")
    await doomed.reserve(call.services.database, [key])
    try:
        await call.services.objects.put_bytes(key, content)
        await look_at(call.services, key, _WHERE, _CODE)
    except errors.WireError:
        await doomed.release(call.services.database, [key])
        raise
    except (StoreFull, StoreUnavailable) as error:
        log.error("watermark_without_storage", reason=str(error))
        raise errors.ServiceUnavailable from None
    return msgspec.structs.replace(asked, ImageTemplate=msgspec.structs.replace(part, ImageContent="")), key


async def keep_new(call: CallContext, asked: Any) -> tuple[Any, str | None]:
    """The same for a new template, which must have a picture if it has a place for one."""
    if asked.ImageTemplate is not None and not asked.ImageTemplate.ImageContent:
        raise _CODE(f"{_WHERE} is empty; it must be a picture as Base64")
    return await keep(call, asked)


def created(call: CallContext, definition: int, key: str | None) -> CreatedShown:
    """The answer to a creation."""
    return CreatedShown(definition, watermark_url(call.services.public_url, call.app_id, key))


def changed(call: CallContext, _: int, key: str | None) -> Shown:
    """The answer to a change."""
    return Shown(watermark_url(call.services.public_url, call.app_id, key))
