"""Bounds of template fields that msgspec cannot express: declared with the field's type, checked by one walk."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Protocol

import msgspec
from msgspec import Meta
from msgspec import inspect as types

from minivod.errors import shorten

_MEASURE = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)(%|px)", re.ASCII)
_WHOLE = 100.0


class _Given:
    """In place of a value that is too long to be told again."""

    def __str__(self) -> str:
        return "given"


GIVEN = _Given()


class Breach(msgspec.Struct, frozen=True):
    """A field whose value is not accepted.

    Attributes:
        path: of the field, with dots; items of lists by their number.
        value: that was given.
        accepted: ends the sentence "it must be …".
        code: of the error after `InvalidParameterValue.`, where the field's own code does not say it.
        missing: the field is absent and must be there; `accepted` says when.
    """

    path: str
    value: object
    accepted: str
    code: str | None = None
    missing: bool = False

    @property
    def message(self) -> str:
        """The sentence for the caller."""
        if self.missing:
            return f"the parameter {self.path} is missing; it is required {self.accepted}"
        return f"{self.path} is {shorten(self.value)}; it must be {self.accepted}"


class Bound(Protocol):
    """A condition on one value."""

    def accepts(self, value: Any) -> bool:
        """Whether it holds."""

    @property
    def words(self) -> str:
        """What is accepted, after "it must be"."""


class ZeroOr(msgspec.Struct, frozen=True):
    """A number: 0, or within a range."""

    least: int
    most: int

    def accepts(self, value: Any) -> bool:
        """Whether it holds."""
        return bool(value == 0 or self.least <= value <= self.most)

    @property
    def words(self) -> str:
        """What is accepted."""
        return f"0 or from {self.least} to {self.most}"


class Measure(msgspec.Struct, frozen=True):
    """A length on a picture: `10%` of it, or `100px`; `zero` allows 0 below the least number of pixels."""

    least: int
    most: int
    zero: bool = False

    def accepts(self, value: Any) -> bool:
        """Whether it holds."""
        match = _MEASURE.fullmatch(value)
        if match is None:
            return False
        number, unit = float(match[1]), match[2]
        if number == 0:
            return self.zero
        return number <= _WHOLE if unit == "%" else self.least <= number <= self.most

    @property
    def words(self) -> str:
        """What is accepted."""
        words = f"up to 100% (10%) or from {self.least}px to {self.most}px (100px)"
        return f"0px, or {words}" if self.zero and self.least else words


class Text(msgspec.Struct, frozen=True):
    """A text of a form."""

    pattern: str
    words: str

    def accepts(self, value: Any) -> bool:
        """Whether it holds."""
        return re.fullmatch(self.pattern, value, re.ASCII) is not None


def bound(one: Bound) -> Meta:
    """An annotation that gives a type the bound."""
    return Meta(extra={"bound": one})


def breaches(settings: msgspec.Struct, path: str = "") -> Iterator[Breach]:
    """The fields, at any depth, whose bounds do not hold."""
    for name, one in _bounds(type(settings)):
        value, place = getattr(settings, name), f"{path}{name}"
        if one is not None and value is not None and not one.accepts(value):
            yield Breach(place, value, one.words)
        for inner, item in _structs(value, place):
            yield from breaches(item, f"{inner}.")


def _structs(value: object, place: str) -> Iterator[tuple[str, msgspec.Struct]]:
    if isinstance(value, msgspec.Struct):
        yield place, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _structs(item, f"{place}.{index}")


@cache
def _bounds(kind: type[msgspec.Struct]) -> tuple[tuple[str, Bound | None], ...]:
    """The fields, each with its bound."""
    return tuple((field.name, bound_of(field.type)) for field in msgspec.structs.fields(kind))


def bound_of(kind: Any) -> Bound | None:
    """The bound that a type was annotated with."""
    info = types.type_info(kind)
    options = info.types if isinstance(info, types.UnionType) else (info,)
    for option in options:
        if isinstance(option, types.Metadata) and option.extra and "bound" in option.extra:
            one: Bound = option.extra["bound"]
            return one
    return None
