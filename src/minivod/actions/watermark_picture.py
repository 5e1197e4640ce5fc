"""The picture of a watermark: taken out of a call, looked at in the sandbox, kept as an object, shown by its URL."""

import base64
import binascii
import secrets
from typing import Any

import msgspec
import structlog

from minivod import errors
from minivod.actions import CallContext, Services
from minivod.actions.probing import probe_directory
from minivod.media.frames import picture
from minivod.media.sandbox import StepFailed
from minivod.media.sniff import NotMedia
from minivod.objects import StoreFull, StoreUnavailable
from minivod.store import doomed
from minivod.urls import watermark_key, watermark_url

LARGEST = 4 * 1024 * 1024
"""Bytes of a picture."""
_ENDINGS = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png", b"GIF87a": "gif", b"GIF89a": "gif"}
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
    content = _decoded(part.ImageContent)
    key = watermark_key(call.sub_app_id, f"{secrets.token_hex(16)}.{_ending(content)}")
    await doomed.reserve(call.services.database, [key])
    try:
        await call.services.objects.put_bytes(key, content)
        await _look_at(call.services, key)
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


def _decoded(text: str) -> bytes:
    """The bytes of the Base64 (RFC 4648 §4), which may have line breaks."""
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise _CODE(f"{_WHERE} is not Base64 (RFC 4648, with + and / and padding, without a data: prefix)") from None
    if len(content) > LARGEST:
        raise _CODE(f"{_WHERE} has {len(content)} bytes; a picture has at most {LARGEST}")
    return content


def _ending(content: bytes) -> str:
    """The format by its first bytes; raises for what is none of the three."""
    ending = next((ending for magic, ending in _ENDINGS.items() if content.startswith(magic)), None)
    if ending is None:
        raise _CODE(f"{_WHERE} is not a picture; it must be a JPEG, PNG or GIF")
    return ending


async def _look_at(services: Services, key: str) -> None:
    """Raises InvalidParameterValue.ImageContent when the object cannot be decoded."""
    async with probe_directory(services, "watermark") as work, services.objects.local_copy(key, work) as path:
        try:
            await picture(services.sandbox, path)
        except (NotMedia, StepFailed) as error:
            raise _CODE(f"{_WHERE} is not a picture that can be read: {error}") from None
