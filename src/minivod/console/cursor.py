"""Where the next page of a list begins, as a value of an address."""

import base64
from http import HTTPStatus
from typing import TypeVar

import msgspec

from minivod.console.visit import Refused

_LONGEST = 1000
PlaceT = TypeVar("PlaceT")


def written(place: object | None) -> str:
    """The place as text; empty: there is none."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode() if place else ""


def read(text: str, kind: type[PlaceT]) -> PlaceT | None:
    """The place of a text; None: it is empty. Raises Refused for what was not written here."""
    try:
        if len(text) > _LONGEST:
            raise ValueError
        return msgspec.json.decode(base64.urlsafe_b64decode(text), type=kind) if text else None
    except (ValueError, msgspec.DecodeError):
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found") from None
