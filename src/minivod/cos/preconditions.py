"""What a request expects of the object that is there already: x-cos-forbid-overwrite, and RFC 9110 §13."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.datastructures import Headers

from minivod.conditions import Representation, failed_precondition
from minivod.cos.errors import FileAlreadyExists, InvalidArgument, PreconditionFailed
from minivod.cos.request import CosRequest, Parts
from minivod.store import uploads
from minivod.store.database import Connection
from minivod.store.uploads import Upload, UploadedObject

FORBID_OVERWRITE = "x-cos-forbid-overwrite"
_OF_WRITERS = frozenset({FORBID_OVERWRITE, "if-match", "if-none-match", "if-unmodified-since"})
_OF_READERS = frozenset({"if-match", "if-none-match", "if-unmodified-since", "if-modified-since"})

Expected = Mapping[str, str]
"""Headers that say it, by names in lower case; most requests have none."""
NOTHING: Expected = {}


def of_writer(request: CosRequest) -> Expected:
    """What a request that writes expects; raises InvalidArgument for a header that was sent twice."""
    return _said(request, _OF_WRITERS)


def is_unchanged(request: CosRequest, there: UploadedObject) -> bool:
    """Whether a reader has the object already, so that 304 is the answer; raises PreconditionFailed."""
    status = _failed(_said(request, _OF_READERS), there)
    if status == HTTPStatus.PRECONDITION_FAILED:
        raise PreconditionFailed
    return status is not None


async def check_early(parts: Parts, upload: Upload, key: str, expected: Expected) -> None:
    """Before anything is received; what counts is asked once more by `place`.

    Raises:
        FileAlreadyExists, PreconditionFailed, InvalidArgument: as named.
    """
    if expected:
        _check(expected, (await uploads.find_objects(parts.database, upload.session_key)).get(key))


async def place(connection: Connection, uploaded: UploadedObject, expected: Expected) -> None:
    """Lets an adopted object count, in a session that this transaction has locked, if what was expected is so.

    Raises:
        FileAlreadyExists, PreconditionFailed, InvalidArgument: as named.
    """
    if expected:
        _check(expected, await uploads.find_object(connection, uploaded.object_key))
    await uploads.place(connection, uploaded)


def _said(request: CosRequest, names: frozenset[str]) -> Expected:
    return {name: value for name in names if (value := request.header(name)) is not None}


def _check(expected: Expected, there: UploadedObject | None) -> None:
    forbidden = expected.get(FORBID_OVERWRITE, "false").strip().lower()
    if forbidden not in ("true", "false"):
        raise InvalidArgument(f"{FORBID_OVERWRITE} must be true or false")
    if there is None:
        if "if-match" in expected:
            raise PreconditionFailed("there is no object yet, but If-Match expects one")
        return
    if forbidden == "true":
        raise FileAlreadyExists
    if _failed(expected, there) is not None:
        raise PreconditionFailed


def _failed(expected: Expected, there: UploadedObject) -> HTTPStatus | None:
    modified = (there.modified_at or datetime.min.replace(tzinfo=UTC)).replace(microsecond=0)
    return failed_precondition(Headers(expected), Representation(f'"{there.etag}"', modified, there.size))
