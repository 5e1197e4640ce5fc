"""What a value of a setting may be: as a type, and in words."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0)]
Origin = Annotated[str, Meta(pattern=r"^(\*|https?://[^\s;,'\"]+)\Z")]
"""As a Content-Security-Policy names it, and nothing with which one could say more there; `*` for all."""
_PASSWORD = re.compile(r"(://[^/@:\s]*):[^\s]*@")


def type_in_words(info: Any) -> str:
    """The type of a setting, by `msgspec.inspect.type_info`."""
    inner = info.type if isinstance(info, msgspec.inspect.Metadata) else info
    match inner:
        case msgspec.inspect.LiteralType():
            return _either(
                [f"`{value}`" if value else "empty" for value in sorted(inner.values, key=lambda value: value == "")]
            )
        case msgspec.inspect.ListType():
            return "list of text"
        case msgspec.inspect.DictType():
            return "table of lists of numbers"
        case msgspec.inspect.BoolType():
            return "true or false"
        case msgspec.inspect.IntType():
            return _bounded("whole number", inner)
        case msgspec.inspect.FloatType():
            return _bounded("number", inner)
        case _:
            return "text"


def _either(choices: list[str]) -> str:
    return " or ".join([", ".join(choices[:-1]), choices[-1]])


def _bounded(kind: str, info: Any) -> str:
    bounds = [(" above ", info.gt), (" from ", info.ge), (" to ", info.le)]
    return kind + "".join(f"{word}{bound}" for word, bound in bounds if bound is not None)


def masked(text: str) -> str:
    """The text without the password of a URL in it."""
    return _PASSWORD.sub(r"\1:***@", text)
