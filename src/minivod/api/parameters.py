"""From a Call to the tree of its parameters: JSON, dotted names, multipart; with limits on shape and content."""

import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser

from minivod.api.request import Call
from minivod.errors import InvalidParameter, InvalidParameterValue, InvalidRequest, shorten

MAX_DEPTH = 32
"""Levels of objects and lists inside one another."""
MAX_VALUES = 50_000
"""Values in one request."""

Tree = dict[str, Any]

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))')
_NAME = re.compile(r'(?:^|;)\s*name="([^"]{1,256})"')
_INDEX = re.compile(r"0|[1-9][0-9]{0,5}")
_FEW_DIGITS = 18


class HugeNumber:
    """A number of a request that no parameter can hold; decoding refuses it by its type, at its place."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def read(call: Call) -> Tree:
    """The parameters of the call, by name; members that are null are left out.

    Raises:
        InvalidRequest: the body cannot be read, or is nested too deep.
        InvalidParameter: a name came twice, or dotted names contradict each other.
        InvalidParameterValue: a text with a character that cannot be stored.
    """
    if call.encoding == "json":
        return read_json(call.http.body)
    if call.encoding == "fields":
        return read_dotted(call.fields)
    return read_multipart(call.http.headers.get("content-type", ""), call.http.body)


def read_json(body: bytes) -> Tree:
    """The object that the body is; an empty body is an empty object."""
    if not body:
        return {}
    value = _decode_json(body, "the body")
    if not isinstance(value, dict):
        raise InvalidRequest("the body must be a JSON object whose members are the parameters")
    return value


def _decode_json(body: bytes, what: str) -> Any:
    check_structure(body)
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{what} is not UTF-8: byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise InvalidRequest(f"{what} is not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except RecursionError:  # cannot happen below MAX_DEPTH; a decoder that differs must not become a server error
        raise InvalidRequest(f"{what} is nested too deep") from None
    if b"\\u" in body:
        _check_text(value, "")
    return value


def check_structure(body: bytes) -> None:
    """Refuses what would cost much to decode, before it is decoded; an ordinary body costs three counts.

    Raises:
        InvalidRequest: more than MAX_DEPTH levels or MAX_VALUES values.
    """
    opened = body.count(b"{") + body.count(b"[")
    if opened <= MAX_DEPTH and body.count(b",") < MAX_VALUES:
        return
    # Text may hold many commas (a picture in SVG does); so many brackets and quotes are no text, and dear to skip.
    crowded = opened > MAX_VALUES or body.count(b'"') > 4 * MAX_VALUES
    skeleton = b"" if crowded else _STRING.sub(b"", body)
    if crowded or skeleton.count(b",") + skeleton.count(b"{") + skeleton.count(b"[") > MAX_VALUES:
        raise InvalidRequest(f"the body has more than {MAX_VALUES} values")
    depth = 0
    for bracket in _BRACKETS.findall(skeleton):
        depth += 1 if bracket in b"{[" else -1
        if depth > MAX_DEPTH:
            raise InvalidRequest(f"the body has more than {MAX_DEPTH} levels of objects and lists")


def read_dotted(fields: Iterable[tuple[str, str]]) -> Tree:
    """Names such as `Filters.0` and `DeleteParts.0.Type` as lists and objects; every value stays text."""
    tree: Tree = {}
    for name, value in fields:
        if "." in name:
            _place(tree, name, value)
        elif name in tree:
            raise _contradiction(name)
        else:
            tree[name] = value
        if "\0" in value:
            raise _bad_character(name)
    return {name: _with_lists(value, name) if isinstance(value, dict) else value for name, value in tree.items()}


def _place(tree: Tree, name: str, value: str) -> None:
    *path, last = name.split(".")
    if len(path) >= MAX_DEPTH:
        raise InvalidRequest(f"{shorten(name)} has more than {MAX_DEPTH} levels")
    for part in path:
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            raise _contradiction(name)
    if last in tree:
        raise _contradiction(name)
    tree[last] = value


def _with_lists(node: Tree, path: str) -> Any:
    """The node, as a list where its names are numbers."""
    children = {
        name: _with_lists(value, f"{path}.{name}") if isinstance(value, dict) else value for name, value in node.items()
    }
    if not all(_INDEX.fullmatch(name) for name in children):
        return children
    items = sorted(children.items(), key=lambda item: int(item[0]))
    if [name for name, _ in items] != [str(index) for index in range(len(items))]:
        raise InvalidParameter(f"the items of {shorten(path)} must be numbered 0, 1, 2, … without gaps")
    return [value for _, value in items]


def read_multipart(content_type: str, body: bytes) -> Tree:
    """The parts of a multipart/form-data body: JSON where a part says so, else text."""
    if not body:
        return {}
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise InvalidRequest(f"Content-Type is {shorten(content_type)}; multipart/form-data needs a boundary")
    parts = _Parts()
    try:
        parser = MultipartParser((match[1] or match[2]).encode(), parts.callbacks())
        parser.write(body)
        parser.finalize()
    except (MultipartParseError, UnicodeEncodeError) as error:
        raise InvalidRequest(f"the body is not multipart/form-data: {error}") from None
    if not parts.ended:
        raise InvalidRequest("the body is not multipart/form-data: its last boundary is missing")
    return parts.tree


class _Parts:
    """Collects what the multipart parser finds."""

    def __init__(self) -> None:
        self.tree: Tree = {}
        self.ended = False
        self._texts: list[tuple[str, str]] = []
        self._begin()

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_part_data": lambda data, start, end: self._data.extend(data[start:end]),
            "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._data = bytearray()
        self._field = bytearray()
        self._value = bytearray()
        self._headers: dict[str, str] = {}

    def _end_header(self) -> None:
        name = self._field.decode("latin-1").lower()
        if name in self._headers:
            raise InvalidRequest(f"a part of the body has the header {shorten(name)} twice")
        try:
            self._headers[name] = self._value.decode("utf-8")
        except UnicodeDecodeError:
            raise InvalidRequest(f"the header {shorten(name)} of a part of the body is not UTF-8") from None
        self._field, self._value = bytearray(), bytearray()

    def _end_part(self) -> None:
        match = _NAME.search(self._headers.get("content-disposition", ""))
        if match is None:
            raise InvalidRequest("a part of the body has no name in its Content-Disposition")
        name = match[1]
        if name in self.tree or any(name == other for other, _ in self._texts):
            raise _contradiction(name)
        if len(self.tree) + len(self._texts) >= MAX_DEPTH * MAX_DEPTH:
            raise InvalidRequest(f"the body has more than {MAX_DEPTH * MAX_DEPTH} parts")
        if self._headers.get("content-type", "").startswith("application/json"):
            value = _decode_json(bytes(self._data), shorten(name))
            if value is not None:
                self.tree[name] = value
            return
        try:
            self._texts.append((name, self._data.decode("utf-8")))
        except UnicodeDecodeError:
            raise InvalidParameterValue(f"{shorten(name)} is not UTF-8 text") from None

    def _end(self) -> None:
        for name, value in read_dotted(self._texts).items():
            if name in self.tree:
                raise _contradiction(name)
            self.tree[name] = value
        self.ended = True


def _members(pairs: list[tuple[str, Any]]) -> Tree:
    """A JSON object: names are unique, null means absent."""
    members = {name: value for name, value in pairs if value is not None}
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _contradiction(name)
            seen.add(name)
    return members


def _integer(text: str) -> Any:
    if len(text) <= _FEW_DIGITS:
        return int(text)
    if len(text) <= 2 * _FEW_DIGITS and -(2**63) <= int(text) < 2**63:
        return int(text)
    return HugeNumber(text)


def _float(text: str) -> Any:
    value = float(text)
    return HugeNumber(text) if value in (float("inf"), float("-inf")) else value


def _constant(text: str) -> NoReturn:
    raise InvalidRequest(f"the body is not JSON: {text} is not a JSON value")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _check_text(value: Any, path: str) -> None:
    """Refuses characters that escapes can write but no database or answer can hold: NUL and half surrogates."""
    if isinstance(value, str):
        if "\0" in value or not _encodes(value):
            raise _bad_character(path)
    elif isinstance(value, dict):
        for name, child in value.items():
            _check_text(name, f"{path}.{name}" if path else name)
            _check_text(child, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            _check_text(child, f"{path}.{index}")


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _bad_character(path: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"{shorten(path)} has a character that text cannot have: U+0000 or half a surrogate")


def _contradiction(name: str) -> InvalidParameter:
    return InvalidParameter(f"{shorten(name)} is given more than once")
