"""Header names as they go out: HTTP does not care about their case, but clients that look into a plain dict do."""

from functools import lru_cache

_AS_COS_WRITES_THEM = b"x-cos-"
"""What begins so stays in lower case: the official COS SDK for Python hands `dict(headers)` to its users."""
_SPECIAL = {
    b"etag": b"ETag",
    b"www-authenticate": b"WWW-Authenticate",
    b"content-md5": b"Content-MD5",
    b"dnt": b"DNT",
    b"te": b"TE",
}


@lru_cache(maxsize=256)
def written(name: bytes) -> bytes:
    """The name in the case in which COS, S3 and nginx write it: `etag` is `ETag`, `content-length` `Content-Length`.

    Args:
        name: in any case.
    """
    lower = name.lower()
    if lower.startswith(_AS_COS_WRITES_THEM):
        return lower
    return _SPECIAL.get(lower) or b"-".join(part.capitalize() for part in lower.split(b"-"))
