"""A request to the object endpoint, and whose upload it belongs to."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from minivod import ids, secret_ids
from minivod.clock import Clock
from minivod.cos import signature
from minivod.cos.body import Body
from minivod.cos.errors import (
    AccessDenied,
    EntityTooLarge,
    ExpiredToken,
    InvalidAccessKeyId,
    InvalidArgument,
    InvalidDigest,
    InvalidToken,
    MissingContentLength,
    SignatureDoesNotMatch,
)
from minivod.objects import Objects
from minivod.store import uploads
from minivod.store.database import Database
from minivod.store.uploads import Upload

FORWARDED = "vod-forward-cos"
"""The header in which the uploader for Mini Programs sends the host that it signed, as it calls another."""
TOKEN = "x-cos-security-token"  # noqa: S105 - the name of a parameter
_MD5_BYTES = 16
_DIGITS = 19
"""Of a number of bytes."""
_NO_SECRET = "0" * 32
"""Signs nothing; it makes an unknown key cost the time of a known one."""
_MOST_PARAMETERS = 64


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the endpoint works with; `max_size` is that of an object, bytes, `idle` seconds that bytes may be late."""

    database: Database
    objects: Objects
    max_size: int
    idle: float
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class CosRequest:
    """A request as it came; names of headers are in lower case."""

    method: str
    path: str
    params: Sequence[tuple[str, str]]
    headers: Sequence[tuple[str, str]]
    body: Body

    @property
    def key(self) -> str:
        """The object's name, without the leading slash; empty: the bucket."""
        return self.path.removeprefix("/")

    def header(self, name: str) -> str | None:
        """The header's value.

        Raises:
            InvalidArgument: it was sent twice.
        """
        values = [value for header, value in self.headers if header == name]
        if len(values) > 1:
            raise InvalidArgument(f"the header {name} was sent {len(values)} times")
        return values[0] if values else None

    def operands(self) -> dict[str, str]:
        """The query parameters that say what to do: all but those of the signature."""
        return {
            name: value
            for name, value in self.params
            if not signature.is_field(name) and not name.lower().startswith("x-cos-")
        }

    def content_length(self, limit: int) -> int | None:
        """The announced size of the body, None where it comes in chunks.

        Raises:
            MissingContentLength, InvalidArgument: not announced, or not a number.
            EntityTooLarge: more than `limit` bytes.
        """
        text = self.header("content-length")
        if text is None:
            if self.header("transfer-encoding") is None:
                raise MissingContentLength
            return None
        if not ids.is_number(text, _DIGITS):
            raise InvalidArgument("Content-Length is not a number")
        if int(text) > limit:
            raise EntityTooLarge(f"the body has {int(text)} bytes; this server accepts {limit}")
        return int(text)

    def content_md5(self) -> str | None:
        """The announced MD5 of the body in hex, or None; raises InvalidDigest."""
        text = self.header("content-md5")
        if text is None:
            return None
        try:
            digest = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidDigest from None
        if len(digest) != _MD5_BYTES:
            raise InvalidDigest
        return digest.hex()

    def claim(self) -> signature.Claim:
        """What the request says of its signature; raises AccessDenied where it has none."""
        authorization = self.header("authorization")
        if authorization:
            return signature.parse_authorization(authorization)
        fields = [(name, value) for name, value in self.params if signature.is_field(name)]
        if not fields:
            raise AccessDenied("the request is not signed")
        return signature.parse(fields)


def decode_query(query: bytes) -> list[tuple[str, str]]:
    """The query's parameters in order, decoded; raises InvalidArgument for too many or bad UTF-8."""
    try:
        return parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        raise InvalidArgument("the query cannot be read") from None


async def authenticate(parts: Parts, request: CosRequest) -> Upload:
    """The upload session whose temporary key signed the request, and whose object it names.

    Raises:
        AccessDenied: not signed, an operand not signed, or an object of somebody else.
        InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed, InvalidToken, ExpiredToken: as named.
    """
    claim = request.claim()
    known = ids.SECRET_ID.fullmatch(claim.secret_id)
    upload = await uploads.find_by_secret_id(parts.database, claim.secret_id) if known else None
    signature.check_time(claim, parts.clock.now())
    signed = signature.Signed(request.method, request.path, request.params, _signed_headers(request, upload))
    try:
        signature.verify(claim, signed, upload.secret_key if upload else _NO_SECRET)
    except SignatureDoesNotMatch:
        if upload is not None:
            raise
    if upload is None:
        raise _unknown(claim.secret_id)
    _check_token(request, upload.token)
    if not upload.open:
        raise ExpiredToken("the upload is finished" if upload.file_id else None)
    if request.key and request.key not in (upload.media_key, upload.cover_key):
        raise AccessDenied
    names = [name for name, _ in request.params if not signature.is_field(name) and name.lower() != TOKEN]
    for name in names:
        if signature.encode_name(name) not in claim.params:
            raise AccessDenied(f"the query parameter {name[:64]!r} is not signed (q-url-param-list)")
    return upload


def _signed_headers(request: CosRequest, upload: Upload | None) -> Sequence[tuple[str, str]]:
    """The headers, with the host for which the request was made: that of the session's bucket, if it was forwarded.

    Raises:
        AccessDenied: it was forwarded for another host.
    """
    forwarded = request.header(FORWARDED)
    if forwarded is None or upload is None:
        return request.headers
    if forwarded != upload.bucket_host:
        raise AccessDenied("Vod-Forward-Cos is not the host of the bucket that was answered to the upload")
    return [(name, forwarded if name == "host" else value) for name, value in request.headers]


def _unknown(secret_id: str) -> InvalidAccessKeyId:
    words = secret_ids.fault(secret_id)
    return InvalidAccessKeyId(f"q-ak {secret_ids.shown(secret_id)}: {words}" if words else None)


def _check_token(request: CosRequest, token: str) -> None:
    given = request.header(TOKEN) or next((value for name, value in request.params if name.lower() == TOKEN), "")
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode()):
        raise InvalidToken
