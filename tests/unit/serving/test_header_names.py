"""Names of headers as clients know them."""

import pytest

from minivod.serving.header_names import written


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"etag", b"ETag"),
        (b"content-length", b"Content-Length"),
        (b"CONTENT-TYPE", b"Content-Type"),
        (b"last-modified", b"Last-Modified"),
        (b"date", b"Date"),
        (b"x-cos-request-id", b"x-cos-request-id"),
        (b"X-Cos-Hash-Crc64ecma", b"x-cos-hash-crc64ecma"),
        (b"x-content-type-options", b"X-Content-Type-Options"),
        (b"access-control-allow-origin", b"Access-Control-Allow-Origin"),
        (b"www-authenticate", b"WWW-Authenticate"),
        (b"ETag", b"ETag"),
    ],
)
def test_written(name: bytes, shown: bytes) -> None:
    assert written(name) == shown
