"""The object endpoint: an ASGI application that routes signed requests and turns failures into XML errors."""

import mimetypes
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

import psycopg
import psycopg_pool
import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from minivod import ids
from minivod.clock import Clock
from minivod.cos import form, multipart, preconditions, writing, xml
from minivod.cos.body import Body
from minivod.cos.cors import is_preflight_of_list
from minivod.cos.errors import (
    CosError,
    InsufficientStorage,
    InternalError,
    InvalidArgument,
    MethodNotAllowed,
    RequestTimeout,
    ServiceUnavailable,
)
from minivod.cos.request import CosRequest, Parts, authenticate, decode_query
from minivod.objects import ObjectError, Objects, StoreFull, StoreUnavailable
from minivod.store.database import Database
from minivod.store.uploads import Upload, UploadedObject

log = structlog.get_logger(__name__)

PREFIX = "/vod_upload/"
"""What the paths of all uploaded objects begin with."""

_ALGORITHM = b"q-sign-algorithm"
_IN_QUERY = b"q-sign-algorithm="
_PAGE_OPERANDS = frozenset({"max-parts", "part-number-marker", "encoding-type"})
_LIST_OPERANDS = frozenset(
    {"uploads", "prefix", "delimiter", "encoding-type", "key-marker", "upload-id-marker", "max-uploads"}
)


def is_cos_request(scope: Scope) -> bool:
    """Whether a request to the server's one port is meant for the object endpoint."""
    if scope["path"].startswith(PREFIX):
        return True
    if _IN_QUERY in scope["query_string"] or is_preflight_of_list(scope):
        return True
    beginnings = [value.lstrip()[: len(_ALGORITHM)] for name, value in scope["headers"] if name == b"authorization"]
    return _ALGORITHM in beginnings


class CosEndpoint:
    """ASGI application."""

    def __init__(
        self, database: Database, objects: Objects, clock: Clock, *, max_size: int, idle: float = 60.0
    ) -> None:
        """Args: max_size: of an object, bytes; idle: seconds that the next bytes of a body may be late."""
        self._parts = Parts(database=database, objects=objects, max_size=max_size, idle=idle, clock=clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        request_id = ids.new_request_id()
        body = Body(receive, self._parts.idle)
        try:
            response = await self._respond(scope, body)
        except Exception as failure:  # the one place where failures become answers
            error = as_cos_error(failure)
            _log(scope, request_id, error, failure)
            response = _error_response(scope, request_id, error)
            if isinstance(error, RequestTimeout):
                response.headers["connection"] = "close"
        response.headers["x-cos-request-id"] = request_id
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, body: Body) -> Response:
        request = CosRequest(
            method=scope["method"],
            path=scope["path"],
            params=decode_query(scope["query_string"]),
            headers=[(_text(name).lower(), _text(value)) for name, value in scope["headers"]],
            body=body,
        )
        upload = await authenticate(self._parts, request)
        return await (self._object(request, upload) if request.key else self._bucket(request, upload))

    async def _bucket(self, request: CosRequest, upload: Upload) -> Response:
        operands = request.operands()
        if request.method == "POST" and not operands:
            return _posted(request, upload, *await form.post_object(self._parts, upload, request))
        if request.method != "GET" or "uploads" not in operands or operands.keys() - _LIST_OPERANDS:
            raise MethodNotAllowed
        prefix = operands.get("prefix", "")
        found = await multipart.list_uploads(self._parts, upload, prefix)
        encode = _encoder(operands)
        return _document(
            "ListMultipartUploadsResult",
            {
                "Bucket": upload.bucket,
                "Encoding-Type": operands.get("encoding-type", ""),
                "KeyMarker": "",
                "UploadIdMarker": "",
                "MaxUploads": 1000,
                "Prefix": encode(prefix),
                "IsTruncated": "false",
                "Upload": [
                    {
                        "Key": encode(one.object_key),
                        "UploadId": one.upload_id,
                        "StorageClass": "STANDARD",
                        "Initiated": _iso(one.created_at),
                    }
                    for one in found
                ],
            },
        )

    async def _object(self, request: CosRequest, upload: Upload) -> Response:
        operands = request.operands()
        if request.header("x-cos-copy-source") is not None:
            raise MethodNotAllowed("objects cannot be copied")
        upload_id = operands.get("uploadId", "")
        match request.method, sorted(operands.keys() - _PAGE_OPERANDS):
            case "PUT", []:
                return _object_response(await writing.put_object(self._parts, upload, request))
            case "PUT", ["partNumber", "uploadId"]:
                part = await multipart.put_part(self._parts, upload, request, upload_id, operands["partNumber"])
                return Response(headers={"etag": f'"{part.md5}"', "x-cos-hash-crc64ecma": str(part.crc64)})
            case "POST", ["uploads"]:
                begun = await multipart.begin(self._parts, upload, request)
                return _document(
                    "InitiateMultipartUploadResult",
                    {"Bucket": upload.bucket, "Key": request.key, "UploadId": begun},
                )
            case "POST", ["uploadId"]:
                return _completed(request, upload, await multipart.complete(self._parts, upload, request, upload_id))
            case "GET", ["uploadId"]:
                return await self._list_parts(request, upload, operands)
            case "DELETE", ["uploadId"]:
                await multipart.abort(self._parts, upload, request, upload_id)
                return Response(status_code=204)
            case "HEAD", []:
                return _described(request, await writing.head_object(self._parts, upload, request))
            case _:
                raise MethodNotAllowed

    async def _list_parts(self, request: CosRequest, upload: Upload, operands: Mapping[str, str]) -> Response:
        page = await multipart.list_parts(
            self._parts,
            upload,
            request,
            operands["uploadId"],
            after=operands.get("part-number-marker", ""),
            limit=operands.get("max-parts", ""),
        )
        document: dict[str, xml.Value] = {
            "Bucket": upload.bucket,
            "Encoding-Type": operands.get("encoding-type", ""),
            "Key": _encoder(operands)(request.key),
            "UploadId": operands["uploadId"],
            "StorageClass": "STANDARD",
            "PartNumberMarker": page.after,
            "NextPartNumberMarker": page.parts[-1].part_number if page.parts else page.after,
            "MaxParts": page.limit,
            "IsTruncated": "true" if page.truncated else "false",
            "Part": [
                {
                    "PartNumber": part.part_number,
                    "LastModified": _iso(part.modified_at),
                    "ETag": f'"{part.etag}"',
                    "Size": part.size,
                }
                for part in page.parts
            ],
        }
        return _document("ListPartsResult", document)


def as_cos_error(failure: Exception) -> CosError:
    """What a caller is told of a failure."""
    match failure:
        case CosError():
            return failure
        case StoreFull():
            return InsufficientStorage()
        case psycopg.OperationalError() | psycopg_pool.PoolTimeout() | StoreUnavailable():
            return ServiceUnavailable()
        case _:
            return InternalError()


def _log(scope: Scope, request_id: str, error: CosError, failure: Exception) -> None:
    note = log.error if error.status >= 500 else log.info
    note(
        "cos_request_failed",
        request_id=request_id,
        method=scope["method"],
        path=scope["path"],
        code=error.code,
        reason=error.message,
        cause=f"{type(failure).__name__}: {failure}" if isinstance(failure, ObjectError) else None,
        exc_info=failure if isinstance(error, InternalError) else None,
    )


def _error_response(scope: Scope, request_id: str, error: CosError) -> Response:
    document: dict[str, xml.Value] = {
        "Code": error.code,
        "Message": error.message,
        "Resource": quote(scope["path"], safe="/-_.~"),
        "RequestId": request_id,
        **error.details,
    }
    response = _document("Error", document)
    response.status_code = error.status
    if scope["method"] == "HEAD":
        response.body = b""
    return response


def _document(name: str, children: Mapping[str, xml.Value]) -> Response:
    return Response(xml.write(name, children), media_type="application/xml")


def _object_response(uploaded: UploadedObject, *, length: int = 0) -> Response:
    headers = {"etag": f'"{uploaded.etag}"', "x-cos-hash-crc64ecma": uploaded.crc64, "content-length": str(length)}
    if uploaded.modified_at is not None:
        headers["last-modified"] = format_datetime(uploaded.modified_at.astimezone(UTC), usegmt=True)
    return Response(headers=headers)


def _described(request: CosRequest, found: UploadedObject) -> Response:
    """The answer to a HEAD; raises PreconditionFailed."""
    response = _object_response(found, length=found.size)
    if preconditions.is_unchanged(request, found):
        response.status_code = 304
        del response.headers["content-length"]
        return response
    response.headers["content-type"] = mimetypes.guess_type(request.key)[0] or "application/octet-stream"
    return response


def _completed(request: CosRequest, upload: Upload, uploaded: UploadedObject) -> Response:
    response = _document(
        "CompleteMultipartUploadResult",
        {
            "Location": f"{request.header('host') or ''}{quote(request.path)}",
            "Bucket": upload.bucket,
            "Key": request.key,
            "ETag": f'"{uploaded.etag}"',
        },
    )
    response.headers["x-cos-hash-crc64ecma"] = uploaded.crc64
    return response


def _posted(request: CosRequest, upload: Upload, uploaded: UploadedObject, status: int) -> Response:
    """The answer to a form: with a document where the form asks for 201."""
    answer = _object_response(uploaded)
    answer.status_code = status
    if status != 201:
        return answer
    location = f"{request.header('host') or ''}/{quote(uploaded.object_key)}"
    document = _document(
        "PostResponse",
        {"Location": location, "Bucket": upload.bucket, "Key": uploaded.object_key, "ETag": f'"{uploaded.etag}"'},
    )
    document.status_code = status
    document.headers["etag"] = answer.headers["etag"]
    return document


def _encoder(operands: Mapping[str, str]) -> Callable[[str], str]:
    """How keys are written: verbatim, or URL-encoded so that any character survives XML."""
    kind = operands.get("encoding-type", "")
    if kind not in ("", "url"):
        raise InvalidArgument("encoding-type must be url")
    return quote if kind else str


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
