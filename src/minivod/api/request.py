"""From an HTTP request to a Call: the way of calling and the common parameters (contract.md §1.1)."""

import re
from collections.abc import Iterable
from typing import Literal
from urllib.parse import parse_qsl

import msgspec

from minivod import errors
from minivod.api import signature_v1, signature_v3
from minivod.api.signature_v3 import Authorization
from minivod.errors import shorten
from minivod.messages import LANGUAGES

VERSION = "2018-07-17"
MAX_FIELDS = 5000
"""Names in a query or a form."""

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_OLD_COMMON = frozenset(
    {"Action", "Version", "Timestamp", "Nonce", "SecretId", "Signature", "SignatureMethod"}
    | {"Region", "Token", "Language", "RequestClient"}
)
_SINGLE = frozenset({"authorization", "host", "content-type", "content-length", "content-encoding"})
_REGION = re.compile(r"[a-z]{2,8}(-[a-z0-9]{2,16}){1,3}")
_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_LANGUAGE = re.compile(rb"(?:^|&)Language=([A-Za-z-]{5})(?=&|$)")

Fields = list[tuple[str, str]]


class HttpRequest(msgspec.Struct):
    """A request as it came; names of headers in lower case, `repeated` are those that came more than once."""

    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    repeated: frozenset[str] = frozenset()
    body: bytes = b""


class OldSignature(msgspec.Struct, frozen=True):
    """The old way of signing; `fields` are all parameters but Signature, decoded."""

    secret_id: str
    method: str
    signature: str
    fields: Fields


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose common parameters are known; its own parameters are not looked at yet.

    Attributes:
        http: the request as it came.
        credentials: how it is signed.
        timestamp: Unix time, seconds; `timestamp_text` as it was sent.
        language: of messages, one of LANGUAGES; empty: the caller names none.
        encoding: where its parameters are: JSON body, `fields` (query or form), or multipart body.
        fields: its parameters as names and texts, without the common ones.
    """

    http: HttpRequest
    credentials: Authorization | OldSignature
    action: str
    timestamp: int
    timestamp_text: str
    language: str
    region: str
    token: str
    encoding: Literal["json", "fields", "multipart"]
    fields: Fields = []


def read_head(method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> HttpRequest:
    """The request without its body; names of headers are in lower case already."""
    values: dict[str, str] = {}
    repeated: set[str] = set()
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1")
        if name in values:
            repeated.add(name)
        values[name] = raw_value.decode("utf-8", "surrogateescape")
    return HttpRequest(method, path, query, values, frozenset(repeated))


def check_head(request: HttpRequest) -> None:
    """Refuses what the API does not have, before the body is read.

    Raises:
        UnsupportedProtocol: a method that is neither GET nor POST.
        InvalidAuthorization: a header that decides about authentication came twice.
        InvalidRequest: another path than `/`, a compressed body, or a POST with a query.
    """
    if request.method not in ("GET", "POST"):
        raise errors.UnsupportedProtocol(f"the method is {shorten(request.method)}; the API is called by GET and POST")
    if request.path not in ("/", ""):
        raise errors.InvalidRequest(f"the path is {shorten(request.path)}; the API's only path is /")
    for name in request.repeated:
        if name in _SINGLE or name.startswith("x-tc-"):
            raise errors.InvalidAuthorization(f"the header {name} was sent more than once")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise errors.InvalidRequest("the body is compressed (Content-Encoding); the API accepts plain bodies")
    if request.method == "POST" and request.query:
        raise errors.InvalidRequest("a POST request carries its parameters in the body; this one has a query too")


def parse(http: HttpRequest) -> Call:
    """Finds out how the request calls, and reads the common parameters.

    Raises:
        InvalidAuthorization: malformed, SKIP, or not signed at all.
        MissingParameter, InvalidParameter, InvalidParameterValue, NoSuchVersion, UnsupportedRegion: as named.
        InvalidRequest: a content type or an encoding that the API does not have.
    """
    if http.method == "GET" and http.body:
        raise errors.InvalidRequest("a GET request carries its parameters in the query; this one has a body too")
    authorization = http.headers.get("authorization")
    return _parse_old(http) if authorization is None else _parse_v3(http, authorization)


def _parse_v3(http: HttpRequest, text: str) -> Call:
    authorization = signature_v3.parse_authorization(text)
    for name in authorization.signed_headers:
        if name in http.repeated:
            raise errors.InvalidAuthorization(f"the signed header {shorten(name)} was sent more than once")
    header = http.headers.get
    media_type = media_type_of(http)
    encoding: Literal["json", "fields", "multipart"]
    if http.method == "GET":
        encoding = "fields"
    elif media_type == _JSON:
        encoding = "json"
    elif media_type == _MULTIPART:
        encoding = "multipart"
    else:
        raise errors.InvalidRequest(
            f"Content-Type is {shorten(media_type)}; a POST request with {signature_v3.ALGORITHM} has {_JSON} or "
            f"{_MULTIPART}"
        )
    return Call(
        http=http,
        credentials=authorization,
        action=_required("X-TC-Action", header("x-tc-action")),
        timestamp=_timestamp("X-TC-Timestamp", header("x-tc-timestamp")),
        timestamp_text=header("x-tc-timestamp", ""),
        language=_language("X-TC-Language", header("x-tc-language")),
        region=_region("X-TC-Region", header("x-tc-region"), _version("X-TC-Version", header("x-tc-version"))),
        token=header("x-tc-token", ""),
        encoding=encoding,
        fields=read_fields(http.query) if encoding == "fields" else [],
    )


def _parse_old(http: HttpRequest) -> Call:
    if http.method == "POST":
        if media_type_of(http) != _FORM:
            raise errors.InvalidAuthorization(
                f"the request is not signed: it has no Authorization header, and no parameters of the old signature, "
                f"whose Content-Type is {_FORM}"
            )
        everything = read_fields(http.body)
    else:
        everything = read_fields(http.query)
    common = {name: value for name, value in everything if name in _OLD_COMMON}
    action = _required("Action", common.get("Action"))
    timestamp = _timestamp("Timestamp", common.get("Timestamp"))
    nonce = _required("Nonce", common.get("Nonce"))
    if not (nonce.isascii() and nonce.isdigit()):
        raise errors.InvalidParameterValue(f"Nonce is {shorten(nonce)}; it must be a positive integer")
    method = common.get("SignatureMethod", signature_v1.DEFAULT_METHOD)
    if method not in signature_v1.METHODS:
        raise errors.InvalidAuthorization(
            f"SignatureMethod is {shorten(method)}; it must be one of {', '.join(signature_v1.METHODS)}"
        )
    credentials = OldSignature(
        common["SecretId"] if "SecretId" in common else _required("SecretId", None),  # an empty one is a wrong one
        method,
        _required("Signature", common.get("Signature")),
        [(name, value) for name, value in everything if name != "Signature"],
    )
    return Call(
        http=http,
        credentials=credentials,
        action=action,
        timestamp=timestamp,
        timestamp_text=common["Timestamp"],
        language=_language("Language", common.get("Language")),
        region=_region("Region", common.get("Region"), _version("Version", common.get("Version"))),
        token=common.get("Token", ""),
        encoding="fields",
        fields=[(name, value) for name, value in everything if name not in _OLD_COMMON],
    )


def language_of(http: HttpRequest) -> str:
    """The language that the caller asks for, of a request that may be wrong in any way; empty: none that there is.

    An error of the request is told in it, so nothing else of the request is looked at.
    """
    named = http.headers.get("x-tc-language", "")
    if not named and "authorization" not in http.headers:
        found = _LANGUAGE.search(http.query or http.body)
        named = found[1].decode() if found else ""
    return named if named in LANGUAGES else ""


def media_type_of(http: HttpRequest) -> str:
    """The Content-Type without its parameters, in lower case.

    Raises:
        InvalidRequest: a charset that is not UTF-8.
    """
    content_type = http.headers.get("content-type", "")
    if content_type == _JSON:
        return _JSON
    media_type, _, parameters = content_type.lower().partition(";")
    if "charset=" in parameters and "charset=utf-8" not in parameters.replace('"', ""):
        raise errors.InvalidRequest(f"Content-Type is {shorten(content_type)}; the charset of the API is UTF-8")
    return media_type.strip()


def read_fields(text: bytes) -> Fields:
    """The names and values of a query or a form, decoded, in order.

    Raises:
        InvalidRequest: not UTF-8, or too many.
        InvalidParameter: a name came twice.
    """
    try:
        fields = parse_qsl(text.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError:
        raise errors.InvalidRequest("the parameters are not UTF-8") from None
    except ValueError:
        raise errors.InvalidRequest(f"the request has more than {MAX_FIELDS} parameters") from None
    seen: set[str] = set()
    for name, _ in fields:
        if name in seen:
            raise errors.InvalidParameter(f"{shorten(name)} is given more than once")
        seen.add(name)
    return fields


def _required(name: str, value: str | None) -> str:
    if not value:
        raise errors.MissingParameter(f"the common parameter {name} is missing")
    return value


def _timestamp(name: str, value: str | None) -> int:
    text = _required(name, value)
    if not _TIMESTAMP.fullmatch(text):
        raise errors.InvalidParameterValue(f"{name} is {shorten(text)}; it must be Unix time in whole seconds")
    return int(text)


def _version(name: str, value: str | None) -> str:
    if _required(name, value) != VERSION:
        raise errors.NoSuchVersion(f"{name} is {shorten(value)}; this server speaks {VERSION}")
    return VERSION


def _language(name: str, value: str | None) -> str:
    if value and value not in LANGUAGES:
        raise errors.InvalidParameterValue(f"{name} is {shorten(value)}; it must be one of {', '.join(LANGUAGES)}")
    return value or ""


def _region(name: str, value: str | None, _version: str) -> str:
    """Every region that could exist means this server."""
    if value and not _REGION.fullmatch(value):
        raise errors.UnsupportedRegion(f"{name} is {shorten(value)}, which is no region, such as ap-guangzhou")
    return value or ""
