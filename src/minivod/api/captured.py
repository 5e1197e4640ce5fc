"""Reads requests back for the doctor: captured ones, and the records of those that failed."""

import re
from urllib.parse import quote

from minivod import ids, secret_ids
from minivod.api import request
from minivod.api.failures import FailedSignature
from minivod.api.redaction import REDACTED
from minivod.api.request import HttpRequest
from minivod.errors import WireError
from minivod.store.accounts import AccessKey

_TOKEN_HEADER = "x-tc-token"  # noqa: S105 - the name of a header
_TOKEN_FIELD = re.compile(rf"((?:^|&)Token=){re.escape(REDACTED)}")


class CaptureError(ValueError):
    """The text is not an HTTP request: request line, headers, empty line, body."""


def parse_capture(raw: bytes) -> HttpRequest:
    """Reads a captured request: request line, headers, an empty line, the body.

    Raises:
        CaptureError: not of that form.
    """
    separator = b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n"
    head, _, body = raw.partition(separator)
    first, *lines = head.replace(b"\r\n", b"\n").split(b"\n")
    words = first.split()
    if len(words) < 2 or not words[0].isalpha():
        raise CaptureError("the first line must be a request line such as POST / HTTP/1.1")
    headers = []
    for number, line in enumerate(lines, start=2):
        name, colon, value = line.partition(b":")
        if not colon or not name.strip():
            raise CaptureError(f"line {number} is not a header: Name: value")
        headers.append((name.strip().lower(), value.strip()))
    target = words[1]
    if target.startswith((b"http://", b"https://")):
        target = b"/" + target.split(b"/", 3)[3] if target.count(b"/") > 2 else b"/"
    path, _, query = target.partition(b"?")
    http = request.read_head(words[0].decode(), path.decode("latin-1"), query, headers)
    length = http.headers.get("content-length", "")
    http.body = body[: int(length)] if ids.is_number(length) else body
    return http


def secret_id_of(http: HttpRequest) -> str | None:
    """The SecretId that a request names, without blanks and quotes around it; None where it cannot be read.

    What is no SecretId is empty: it may be a SecretKey.
    """
    try:
        text = request.parse(http).credentials.secret_id
    except WireError:
        return None
    return secret_ids.bare(text) if secret_ids.is_presentable(text) else ""


def restore(record: FailedSignature, key: AccessKey | None) -> HttpRequest:
    """The request of a record; a token that was redacted is taken from the key."""
    token = key.token if key and key.token else REDACTED
    headers = record.headers | ({_TOKEN_HEADER: token} if _TOKEN_HEADER in record.headers else {})
    texts = [_TOKEN_FIELD.sub(rf"\g<1>{quote(token, safe='')}", text) for text in (record.query, record.form)]
    query, form = (text.encode() for text in texts)
    return HttpRequest(record.method, record.path, query, headers, frozenset(record.repeated), form)
