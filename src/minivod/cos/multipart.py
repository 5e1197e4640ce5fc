"""Multipart uploads: begin, parts, lists, complete, abort; their state is in the database and survives restarts."""

import secrets
from dataclasses import dataclass
from hashlib import md5
from itertools import pairwise

from minivod import ids
from minivod.cos import preconditions
from minivod.cos.errors import (
    EntityTooLarge,
    EntityTooSmall,
    FileAlreadyExists,
    InvalidArgument,
    InvalidPart,
    InvalidPartOrder,
    LimitExceeded,
    MalformedXML,
    NoSuchUpload,
    PreconditionFailed,
)
from minivod.cos.request import CosRequest, Parts
from minivod.cos.writing import attempt, receive, settle
from minivod.cos.xml import read_parts
from minivod.objects import NoSuchObject, Stored
from minivod.store import multipart_uploads, uploads
from minivod.store.database import Connection
from minivod.store.multipart_uploads import MultipartUpload, Part
from minivod.store.uploads import Upload, UploadedObject

MOST_PARTS = 10_000
SMALLEST_PART = 1024 * 1024
LARGEST_PART = 5 * 1024**3
MOST_UPLOADS = 16
"""Unfinished multipart uploads that a session may have."""
_PART_LIST_BYTES = 2 * 1024 * 1024
_PAGE = 1000


@dataclass(frozen=True)
class PartPage:
    """A page of a multipart upload's parts."""

    parts: list[Part]
    after: int
    limit: int
    truncated: bool


async def begin(parts: Parts, upload: Upload, request: CosRequest) -> str:
    """Begins a multipart upload of the object; the UploadId.

    Raises:
        LimitExceeded: the session has too many of them.
    """
    upload_id = secrets.token_hex(24)

    async def write(connection: Connection) -> None:
        number = await multipart_uploads.create(connection, upload_id, request.key, upload.session_key)
        if number > MOST_UPLOADS:
            raise LimitExceeded(f"{MOST_UPLOADS} multipart uploads of this session are unfinished; abort some")

    await settle(parts, upload, write)
    return upload_id


async def put_part(parts: Parts, upload: Upload, request: CosRequest, upload_id: str, number: str) -> Stored:
    """Takes a part; one of that number that was there before is replaced.

    Raises:
        InvalidArgument: a number that is not 1 to 10,000.
        NoSuchUpload: unknown, complete or aborted.
        EntityTooLarge: the part, or all parts of the session together (twice the largest object).
    """
    if not (ids.is_number(number, 5) and 1 <= int(number) <= MOST_PARTS):
        raise InvalidArgument(f"partNumber must be 1 to {MOST_PARTS}")
    await _find(parts, upload, request, upload_id)
    async with attempt(parts, upload, request.key) as key:
        stored = await receive(parts, request, key, min(LARGEST_PART, parts.max_size))
        part = Part(part_number=int(number), etag=stored.md5, size=stored.size, part_key=key)

        async def write(connection: Connection) -> None:
            if not await multipart_uploads.place_part(connection, upload_id, part):
                raise NoSuchUpload
            if await multipart_uploads.bytes_held(connection, upload.session_key) > 2 * parts.max_size:
                raise EntityTooLarge(f"the parts of this session have more than {2 * parts.max_size} bytes")

        await settle(parts, upload, write, adopt=key)
    return stored


async def list_uploads(parts: Parts, upload: Upload, prefix: str) -> list[MultipartUpload]:
    """The session's unfinished multipart uploads of objects that begin with `prefix`; the newest of a key last."""
    found = await multipart_uploads.find_all(parts.database, upload.session_key)
    return [one for one in found if one.object_key.startswith(prefix)]


async def list_parts(
    parts: Parts, upload: Upload, request: CosRequest, upload_id: str, *, after: str = "", limit: str = ""
) -> PartPage:
    """A page of parts with numbers above `after`.

    Raises:
        NoSuchUpload: unknown, complete or aborted.
        InvalidArgument: `after` or `limit` is not a number.
    """
    start = _number(after, "part-number-marker", 0)
    size = max(1, min(_PAGE, _number(limit, "max-parts", _PAGE)))
    await _find(parts, upload, request, upload_id)
    found = await multipart_uploads.find_parts(parts.database, upload_id, start, size + 1)
    return PartPage(found[:size], start, size, len(found) > size)


async def complete(parts: Parts, upload: Upload, request: CosRequest, upload_id: str) -> UploadedObject:
    """Makes the object of the parts that the body lists. A repeated request, also one at once, gets the same answer.

    Raises:
        MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall, EntityTooLarge: the list is no good.
        NoSuchUpload: unknown or aborted.
        FileAlreadyExists, PreconditionFailed: the object that was there before is not to be replaced.
    """
    wanted = read_parts(await request.body.read(_PART_LIST_BYTES))
    try:
        await _find(parts, upload, request, upload_id)
        have = {part.part_number: part for part in await multipart_uploads.find_parts(parts.database, upload_id)}
        return await _assemble(parts, upload, request, upload_id, _choose(wanted, have))
    except (NoSuchUpload, InvalidPart, FileAlreadyExists, PreconditionFailed):
        made = (await uploads.find_objects(parts.database, upload.session_key)).get(request.key)
        if made is not None and made.upload_id == upload_id:
            return made
        raise


async def _assemble(
    parts: Parts, upload: Upload, request: CosRequest, upload_id: str, chosen: list[Part]
) -> UploadedObject:
    """Copies the parts into one object and lets it count in their place."""
    size = sum(part.size for part in chosen)
    if size > parts.max_size:
        raise EntityTooLarge(f"the object has {size} bytes; this server accepts {parts.max_size}")
    expected = preconditions.of_writer(request)
    await preconditions.check_early(parts, upload, request.key, expected)
    async with attempt(parts, upload, request.key) as key:
        try:
            stored = await parts.objects.concatenate([part.part_key for part in chosen], key, expect_size=size)
        except NoSuchObject:
            raise InvalidPart("a part was replaced while the upload was completed") from None
        uploaded = UploadedObject(
            object_key=request.key,
            session_key=upload.session_key,
            stored_key=key,
            size=size,
            etag=composite_etag([part.etag for part in chosen]),
            crc64=str(stored.crc64),
            md5=stored.md5,
            upload_id=upload_id,
        )

        async def write(connection: Connection) -> None:
            if not await multipart_uploads.remove(connection, upload_id):
                raise NoSuchUpload
            await preconditions.place(connection, uploaded, expected)

        await settle(parts, upload, write, adopt=key)
    return uploaded


async def abort(parts: Parts, upload: Upload, request: CosRequest, upload_id: str) -> None:
    """Ends a multipart upload without an object; raises NoSuchUpload."""
    await _find(parts, upload, request, upload_id)
    async with parts.database.transaction() as connection:
        await multipart_uploads.remove(connection, upload_id)


def composite_etag(etags: list[str]) -> str:
    """The ETag of an object made of parts: MD5 of their MD5s, a hyphen, their number."""
    joined = b"".join(bytes.fromhex(etag) for etag in etags)
    return f"{md5(joined, usedforsecurity=False).hexdigest()}-{len(etags)}"


def _choose(wanted: list[tuple[int, str]], have: dict[int, Part]) -> list[Part]:
    if not wanted:
        raise MalformedXML("the body lists no parts")
    numbers = [number for number, _ in wanted]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise InvalidPartOrder
    for number, etag in wanted:
        if number not in have:
            raise InvalidPart(f"part {number} was not uploaded")
        if have[number].etag != etag:
            raise InvalidPart(f"part {number} has the ETag {have[number].etag}, another was listed")
    chosen = [have[number] for number in numbers]
    for part in chosen[:-1]:
        if part.size < SMALLEST_PART:
            raise EntityTooSmall(f"part {part.part_number} has {part.size} bytes; only the last may be below 1 MB")
    return chosen


async def _find(parts: Parts, upload: Upload, request: CosRequest, upload_id: str) -> MultipartUpload:
    known = upload_id.isascii() and upload_id.isprintable()
    found = await multipart_uploads.find(parts.database, upload.session_key, request.key, upload_id) if known else None
    if found is None:
        raise NoSuchUpload
    return found


def _number(text: str, name: str, default: int) -> int:
    if not text:
        return default
    if not ids.is_number(text, 9):
        raise InvalidArgument(f"{name} must be a number")
    return int(text)
