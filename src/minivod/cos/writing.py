"""Writes what a request brings to an object of its own, and lets it count in one transaction."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psycopg
import structlog

from minivod.cos import preconditions
from minivod.cos.errors import BadDigest, ExpiredToken, IncompleteBody, NoSuchKey
from minivod.cos.preconditions import NOTHING, Expected
from minivod.cos.request import CosRequest, Parts
from minivod.objects import ObjectError, Stored, StoreUnavailable, WrongContent
from minivod.store import doomed, uploads
from minivod.store.database import Connection
from minivod.store.uploads import Upload, UploadedObject

log = structlog.get_logger(__name__)


@asynccontextmanager
async def attempt(parts: Parts, upload: Upload, object_key: str) -> AsyncIterator[str]:
    """The key of a new object beside `object_key`; it is deleted unless the block ends without an exception.

    It is written down as doomed before it exists, so that not even a crash leaves an orphan, and for as long as the
    session can adopt it.
    """
    folder, _, name = object_key.rpartition("/")
    key = f"{folder}/{secrets.token_hex(8)}-{name}"
    await doomed.reserve(parts.database, [key], upload.expires_at)
    try:
        yield key
    except (psycopg.Error, StoreUnavailable, asyncio.CancelledError):
        # It may have been adopted, if the answer to the commit was lost, or it may yet appear in a store that is slow.
        # If it is still doomed when the reservation is over, the janitor deletes it.
        raise
    except BaseException:
        try:
            await parts.objects.delete(key)
            await doomed.forget(parts.database, [key])
        except (ObjectError, OSError) as error:  # the janitor will do it
            log.warning("attempt_left_to_janitor", key=key, reason=type(error).__name__)
        raise


async def receive(parts: Parts, request: CosRequest, key: str, limit: int) -> Stored:
    """Streams the request's body into the object.

    Raises:
        EntityTooLarge, MissingContentLength, InvalidArgument, InvalidDigest: what the headers announce is no good.
        BadDigest, IncompleteBody, RequestTimeout: what came is not what they announce.
    """
    size, md5 = request.content_length(limit), request.content_md5()
    try:
        return await parts.objects.put_stream(key, request.body.chunks(limit), expect_size=size, expect_md5=md5)
    except WrongContent as error:
        raise (BadDigest if "MD5" in str(error) else IncompleteBody)(str(error)) from None


async def settle(
    parts: Parts, upload: Upload, write: Callable[[Connection], Awaitable[None]], *, adopt: str | None = None
) -> None:
    """Runs `write` in a transaction that holds the session.

    Args:
        parts: of the endpoint.
        upload: the session.
        write: writes the rows.
        adopt: key of the object that they will refer to.

    Raises:
        ExpiredToken: the session is over by now, or was when the object could last be adopted.
    """
    async with parts.database.transaction() as connection:
        session = await uploads.lock(connection, upload.session_key)
        if session is None or not session.open or (adopt and not await doomed.spare(connection, [adopt])):
            raise ExpiredToken("the upload was finished, or its key expired, before the last byte had come")
        await write(connection)


async def write_object(
    parts: Parts,
    upload: Upload,
    object_key: str,
    bring: Callable[[str], Awaitable[Stored]],
    expected: Expected = NOTHING,
) -> UploadedObject:
    """Lets a whole object count; one that was there before is replaced.

    Args:
        parts: of the endpoint.
        upload: the session.
        object_key: by which it is known.
        bring: writes it under the key that it is given; raises what was wrong.
        expected: of the object that was there before.

    Raises:
        FileAlreadyExists, PreconditionFailed: the object that was there before is not to be replaced.
    """
    await preconditions.check_early(parts, upload, object_key, expected)
    async with attempt(parts, upload, object_key) as key:
        stored = await bring(key)
        uploaded = UploadedObject(
            object_key=object_key,
            session_key=upload.session_key,
            stored_key=key,
            size=stored.size,
            etag=stored.md5,
            crc64=str(stored.crc64),
            md5=stored.md5,
        )
        await settle(parts, upload, lambda connection: preconditions.place(connection, uploaded, expected), adopt=key)
    return uploaded


async def put_object(parts: Parts, upload: Upload, request: CosRequest) -> UploadedObject:
    """PUT of a whole object; one that was there before is replaced."""
    return await write_object(
        parts,
        upload,
        request.key,
        lambda key: receive(parts, request, key, parts.max_size),
        preconditions.of_writer(request),
    )


async def head_object(parts: Parts, upload: Upload, request: CosRequest) -> UploadedObject:
    """What is known of an uploaded object; raises NoSuchKey."""
    found = await uploads.find_objects(parts.database, upload.session_key)
    if request.key not in found:
        raise NoSuchKey
    return found[request.key]
