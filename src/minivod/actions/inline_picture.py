"""Pictures that come inside a call as Base64: decoded, told by their first bytes, looked at in the sandbox."""

import base64
import binascii

from minivod import errors
from minivod.actions import Services
from minivod.actions.probing import probe_directory
from minivod.media.decoded import picture
from minivod.media.sandbox import StepFailed
from minivod.media.sniff import NotMedia

LARGEST = 4 * 1024 * 1024
"""Bytes of a picture."""
_ENDINGS = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png", b"GIF87a": "gif", b"GIF89a": "gif"}


def decoded(text: str, where: str, code: type[errors.WireError], largest: int = LARGEST) -> bytes:
    """The bytes of the Base64 (RFC 4648 §4), which may have line breaks.

    Args:
        text: what came.
        where: the parameter.
        code: of the error, when it is no Base64 or has more bytes than `largest`.
        largest: bytes.
    """
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise code(f"{where} is not Base64 (RFC 4648, with + and / and padding, without a data: prefix)") from None
    if len(content) > largest:
        raise code(f"{where} has {len(content)} bytes; it may have at most {largest}")
    return content


def ending(content: bytes, where: str, code: type[errors.WireError]) -> str:
    """The format by its first bytes; raises `code` for what is none of the three."""
    found = next((name for magic, name in _ENDINGS.items() if content.startswith(magic)), None)
    if found is None:
        raise code(f"{where} is not a picture; it must be a JPEG, PNG or GIF")
    return found


async def look_at(services: Services, key: str, where: str, code: type[errors.WireError]) -> None:
    """Raises `code` when the object cannot be decoded."""
    async with probe_directory(services, "picture") as work, services.objects.local_copy(key, work) as path:
        try:
            await picture(services.sandbox, path)
        except (NotMedia, StepFailed) as error:
            raise code(f"{where} is not a picture that can be read: {error}") from None
