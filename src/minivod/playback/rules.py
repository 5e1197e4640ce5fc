"""Whether a request may have a file: the one place that every answer of playback asks, beside the query of the store.

`store.playables` says what plays at all; here are signatures and Referers, which need the request and no database.
"""

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request

from minivod.playback import referers
from minivod.playback.signature import InvalidLink, Link, directory_of, verify
from minivod.store.distributions import SIGNED
from minivod.store.playables import Playable


@lru_cache
def _path_of(url: str) -> str:
    return urlsplit(url).path.rstrip("/")


class Forbidden(Exception):
    """The request may not have it (403); nobody is told why."""


class Limited(Forbidden):
    """The link is good, and its limits forbid this; its bearer is told why."""


class Asked(msgspec.Struct, frozen=True):
    """What of a request counts: `directories` of its path as it may be signed, its query, Referers and time."""

    directories: Sequence[str]
    query: Sequence[tuple[str, str]]
    referers: Sequence[str]
    now: float

    @classmethod
    def by(cls, request: Request, public_url: str, now: float) -> "Asked":
        """What a request says; `public_url` may have a path, which a proxy in front takes away before we see it."""
        directory, prefix = directory_of(request.scope["path"]), _path_of(public_url)
        return cls(
            directories=[directory, f"{prefix}{directory}"] if prefix else [directory],
            query=request.query_params.multi_items() if request.scope["query_string"] else (),
            referers=request.headers.getlist("referer"),
            now=now,
        )


def judge(playable: Playable, asked: Asked) -> Link | None:
    """The link by which the file is fetched; None where none is needed.

    The signature is looked at first: without one nobody learns whether there is anything that plays.

    Raises:
        Forbidden: the signature is wrong or missing, or the Referer is not allowed.
    """
    link = None
    if playable.distribution == SIGNED:
        try:
            link = verify(playable.url_key or "", asked.directories, asked.query, asked.now)
        except InvalidLink as error:
            raise Forbidden(str(error)) from None
    if playable.plays and playable.referers is not None and not referers.allowed(playable.referers, asked.referers):
        raise Forbidden("the Referer is not allowed")
    return link
