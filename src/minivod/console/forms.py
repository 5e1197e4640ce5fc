"""The body of a form: read within bounds of size and time."""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

LARGEST = 64 * 1024
"""Bytes."""
_SECONDS = 20.0
_MOST_FIELDS = 1000
"""A ladder of ten streams has some 300."""
_TYPE = "application/x-www-form-urlencoded"


class BadForm(Exception):
    """The body is no form, or none of ours."""


class Form:
    """What was filled in."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields

    def one(self, name: str) -> str:
        """The first value of a field; empty where there is none."""
        return next(iter(self._fields.get(name, ())), "")

    def all(self, name: str) -> list[str]:
        """All values of a field."""
        return list(self._fields.get(name, ()))

    def has_below(self, prefix: str) -> bool:
        """Whether there are fields whose names begin so."""
        return any(name.startswith(prefix) for name in self._fields)


async def read_form(request: Request) -> Form:
    """The form of a POST.

    Raises:
        BadForm: it is too large, too slow, of another type, or no UTF-8.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise BadForm
    try:
        async with asyncio.timeout(_SECONDS):
            body = await _body(request)
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except (TimeoutError, ClientDisconnect, ValueError):
        raise BadForm from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return Form(fields)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise BadForm
    return bytes(body)
