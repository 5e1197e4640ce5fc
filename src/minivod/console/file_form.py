"""A form with a file (multipart/form-data, RFC 7578): its fields first, then the file as it comes."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from minivod.console.forms import BadForm, Form

_LONGEST_FIELD = 8192
"""Bytes."""
_MOST_FIELDS = 20


@dataclass(frozen=True)
class FileForm:
    """The fields that come before the file, its name as the browser has it, and its content, to be read once.

    Whoever reads the content to its end knows that the form was whole: else it raises BadForm.
    """

    fields: Form
    file_name: str
    content: AsyncIterator[bytes]


class _Event(NamedTuple):
    """A piece of a form: a part's headers are read, bytes of it, its end."""

    kind: Literal["part", "data", "end"]
    data: bytes = b""


async def open_form(chunks: AsyncIterator[bytes], content_type: str) -> FileForm:
    """Reads the fields up to the file.

    Args:
        chunks: the body, bounded by who gives it.
        content_type: the header.

    Raises:
        BadForm: it is no form, has no file, or too many or too long fields before it.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise BadForm
    fields: dict[str, list[str]] = {}
    name, value = "", b""
    events = _events(chunks, boundary)
    async for event in events:
        match event.kind:
            case "part":
                name, file_name = _named(event.data)
                value = b""
                if file_name is not None:
                    return FileForm(Form(fields), file_name, _content(events))
            case "data":
                value += event.data
                if len(value) > _LONGEST_FIELD:
                    raise BadForm
            case "end":
                fields.setdefault(name, []).append(_decoded(value))
                if len(fields) > _MOST_FIELDS:
                    raise BadForm
    raise BadForm


async def _content(events: AsyncIterator[_Event]) -> AsyncIterator[bytes]:
    ended = False
    async for event in events:
        if ended:  # a second file, or a field that comes too late to be looked at
            raise BadForm
        if event.kind == "data":
            yield event.data
        ended = event.kind == "end"


async def _events(chunks: AsyncIterator[bytes], boundary: bytes) -> AsyncIterator[_Event]:
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
        raise BadForm from None
    if not ended:
        raise BadForm


def _named(disposition: bytes) -> tuple[str, str | None]:
    """Name of a field, and of the file in it; None: it is none."""
    _, options = parse_options_header(disposition)
    if b"name" not in options:
        raise BadForm
    file_name = options.get(b"filename")
    return _decoded(options[b"name"]), None if file_name is None else _decoded(file_name).replace("%22", '"')


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise BadForm from None
