"""Writes and reads the XML documents of the object endpoint; reading knows no entities and no document types."""

import re
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree
from xml.parsers import expat

from minivod.cos.errors import MalformedXML

Value = str | int | Mapping[str, "Value"] | Iterable["Value"]
"""Text, or an element's children; several values of a name become several elements of it."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DEPTH = 4
_TEXT = 1024


def write(name: str, children: Mapping[str, Value]) -> bytes:
    """A document with that root element; characters that XML cannot hold become U+FFFD."""
    root = ElementTree.Element(name)
    _fill(root, children)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode").encode()


def _fill(element: ElementTree.Element, value: Value) -> None:
    if isinstance(value, Mapping):
        for name, child in value.items():
            several = not isinstance(child, str | int | Mapping)
            for item in child if several else [child]:  # type: ignore[union-attr]
                _fill(ElementTree.SubElement(element, name), item)
    else:
        element.text = _NOT_XML.sub("\ufffd", str(value))


def read_parts(document: bytes) -> list[tuple[int, str]]:
    """The part list of a CompleteMultipartUpload document: numbers, and ETags without their quotes.

    Raises:
        MalformedXML: not such a document.
    """
    reader = _Reader()
    parser = expat.ParserCreate("UTF-8")  # whatever the document claims: Python fails for encodings that it lacks
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise MalformedXML(f"the body is not XML: {expat.ErrorString(error.code)}, line {error.lineno}") from None
    return reader.parts


class _Reader:
    """Follows the elements CompleteMultipartUpload > Part > PartNumber, ETag; others are passed over."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._part: dict[str, str] = {}
        self.parts: list[tuple[int, str]] = []

    def refuse(self, *_: object) -> None:
        raise MalformedXML("the body has a document type declaration")

    def start(self, name: str, _attributes: object) -> None:
        self._path.append(name)
        if len(self._path) > _DEPTH:
            raise MalformedXML("the body is nested too deeply")
        if len(self._path) == 2 and name == "Part":
            self._part = {}

    def text(self, text: str) -> None:
        if len(self._path) == 3 and self._path[1] == "Part":
            name = self._path[2]
            self._part[name] = self._part.get(name, "") + text
            if len(self._part[name]) > _TEXT:
                raise MalformedXML(f"the value of {name[:64]} is too long")

    def end(self, name: str) -> None:
        if len(self._path) == 1 and name != "CompleteMultipartUpload":
            raise MalformedXML("the root element is not CompleteMultipartUpload")
        if len(self._path) == 2 and name == "Part":
            number = self._part.get("PartNumber", "").strip()
            etag = self._part.get("ETag", "").strip().strip('"').lower()
            if not re.fullmatch(r"[0-9]{1,5}", number, re.ASCII) or not etag:
                raise MalformedXML("a Part has no PartNumber or no ETag")
            self.parts.append((int(number), etag))
        self._path.pop()
