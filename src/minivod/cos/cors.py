"""What scripts of other origins may do at the object endpoint: upload, with a temporary key that they were given."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Scope

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
EXPOSED_HEADERS = ("ETag", "Content-Length", "Date", "x-cos-hash-crc64ecma", "x-cos-request-id")
"""What uploaders for browsers read: the part's ETag, the checksum, the server's time, the id for the log."""
_PREFLIGHT_SECONDS = 86400


def with_cors(endpoint: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """The endpoint, for browsers too. Cookies are never asked for: a request is allowed by its signature alone.

    Args:
        endpoint: answers what is no preflight.
        origins: whose scripts may read the answers; `*` for all.
    """
    return CORSMiddleware(
        endpoint,
        allow_origins=origins,
        allow_methods=METHODS,
        allow_headers=["*"],  # Authorization, Content-Type, Content-MD5, x-cos-… and what uploaders think of next
        expose_headers=EXPOSED_HEADERS,
        max_age=_PREFLIGHT_SECONDS,
        allow_private_network=True,  # of public pages too: the server is often in the network of those who use it
    )


def is_preflight_of_list(scope: Scope) -> bool:
    """Whether a browser asks if it may list the unfinished uploads, `GET /?uploads`, whose path is the API's."""
    return scope["method"] == "OPTIONS" and any(
        name == "uploads" for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    )
