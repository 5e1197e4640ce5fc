"""A form with a file (multipart/form-data, RFC 7578): small fields first, and then the file, as it comes."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

FILE = "file"
"""The name of the field that has the file."""
OVERHEAD = 128 * 1024
"""Bytes of a form beside its file."""
_LARGEST_FIELDS = 64 * 1024
_MOST_FIELDS = 64


class FormError(Exception):
    """What came is no such form; the message says what it is instead, or must be."""


class FormTooLarge(FormError):
    """Its file is, or its fields are."""


class FormCut(FormError):
    """Its last boundary is missing."""


@dataclass(frozen=True)
class FileForm:
    """A form as far as it was read.

    Attributes:
        fields: those before the file.
        file_name: of the file; empty: it has none.
        content: the file, to be read once. Whoever reads it to its end knows that the form was whole and had nothing
            behind it: else it raises FormError; FormTooLarge when there is more than was said.
    """

    fields: dict[str, str]
    file_name: str
    content: AsyncGenerator[bytes, None]


class _Event(NamedTuple):
    """A piece of a form: the headers of a part (its Content-Disposition), bytes of it, its end (without data)."""

    kind: Literal["part", "data", "end"]
    data: bytes = b""


async def open_form(chunks: AsyncIterator[bytes], content_type: str, most: int) -> FileForm:
    """Reads the fields up to the file.

    Args:
        chunks: the body, bounded by who gives it.
        content_type: the header.
        most: bytes of the file.

    Raises:
        FormTooLarge, FormCut: as said.
        FormError: it is no such form, has no file, too many fields, or two of a name.
    """
    events = _events(chunks, _boundary(content_type))
    fields: dict[str, str] = {}
    name, value, size = "", b"", 0
    async for event in events:
        match event.kind:
            case "part":
                name, file_name = _named(event.data)
                if name == FILE:
                    return FileForm(fields, file_name, _content(events, most))
                if name in fields or len(fields) >= _MOST_FIELDS:
                    raise FormError(f"each field must have a name of its own, and there may be {_MOST_FIELDS}")
                value = b""
            case "data":
                value, size = value + event.data, size + len(event.data)
                if size > _LARGEST_FIELDS:
                    raise FormTooLarge(f"the fields of the form have more than {_LARGEST_FIELDS} bytes")
            case "end":
                fields[name] = _decoded(value)
    raise FormError("the form has no file")


async def _content(events: AsyncGenerator[_Event, None], most: int) -> AsyncGenerator[bytes, None]:
    ended, size = False, 0
    async for event in events:
        if ended:
            raise FormError("the file must be the last part of the form")
        size += len(event.data)
        if size > most:
            raise FormTooLarge(f"the file has more than {most} bytes, which this server accepts")
        if event.kind == "data":
            yield event.data
        ended = event.kind == "end"


async def _events(chunks: AsyncIterator[bytes], boundary: bytes) -> AsyncGenerator[_Event, None]:
    """What the parser finds; it bounds the headers of parts itself."""
    found: deque[_Event] = deque()
    header, disposition, ended = bytearray(), bytearray(), False

    def value(data: bytes, start: int, end: int) -> None:
        if header.lower() == b"content-disposition":
            disposition.extend(data[start:end])

    def headers() -> None:
        found.append(_Event("part", bytes(disposition)))
        disposition.clear()

    def whole() -> None:
        nonlocal ended
        ended = True

    try:
        parser = MultipartParser(
            boundary,
            {
                "on_header_begin": header.clear,
                "on_header_field": lambda data, start, end: header.extend(data[start:end]),
                "on_header_value": value,
                "on_headers_finished": headers,
                "on_part_data": lambda data, start, end: found.append(_Event("data", data[start:end])),
                "on_part_end": lambda: found.append(_Event("end")),
                "on_end": whole,
            },
        )
        async for chunk in chunks:
            parser.write(chunk)
            while found:
                yield found.popleft()
    except FormParserError:
        raise FormError("the body is not multipart/form-data") from None
    if not ended:
        raise FormCut("the form ends without its last boundary")


def _boundary(content_type: str) -> bytes:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise FormError("Content-Type must be multipart/form-data with a boundary")
    return boundary


def _named(disposition: bytes) -> tuple[str, str]:
    """Names of the field and of the file in it, in which browsers write %22 for a quotation mark."""
    _, options = parse_options_header(disposition)
    if not options.get(b"name"):
        raise FormError("each part of the form must have a name")
    return _decoded(options[b"name"]), _decoded(options.get(b"filename", b"")).replace("%22", '"')


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise FormError("names and fields of the form must be UTF-8") from None
