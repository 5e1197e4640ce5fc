"""XML of the object endpoint: what is written can be read by others, what is read cannot do harm."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minivod.cos import xml
from minivod.cos.errors import MalformedXML


def complete(*parts: str) -> bytes:
    return f"<CompleteMultipartUpload>{''.join(parts)}</CompleteMultipartUpload>".encode()


@given(st.text())
def test_any_text_survives_writing(text: str) -> None:
    found = ElementTree.fromstring(xml.write("Error", {"Message": text, "Other": {"Inner": 5}}))
    expected = "".join(char if char.isprintable() else "" for char in text)
    shown = "".join(char if char.isprintable() else "" for char in (found.findtext("Message") or ""))
    assert shown.replace("\ufffd", "") == expected.replace("\ufffd", "").replace("\ufffe", "").replace("\uffff", "")
    assert found.findtext("Other/Inner") == "5"


def test_lists_become_elements() -> None:
    found = ElementTree.fromstring(xml.write("R", {"Part": [{"N": 1}, {"N": 2}], "None": []}))
    assert [part.findtext("N") for part in found.findall("Part")] == ["1", "2"]
    assert found.find("None") is None


def test_parts_are_read() -> None:
    document = complete(
        '<Part><PartNumber>1</PartNumber><ETag>"AB"</ETag></Part>',
        "<Part><ETag>&quot;cd&quot;</ETag><Other>x</Other><PartNumber> 2 </PartNumber></Part>",
    )
    assert xml.read_parts(document) == [(1, "ab"), (2, "cd")]
    assert xml.read_parts(complete()) == []


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"no xml",
        b"<Other/>",
        b"<CompleteMultipartUpload>",
        complete("<Part><PartNumber>1</PartNumber></Part>"),
        complete("<Part><ETag>a</ETag></Part>"),
        complete("<Part><PartNumber>-1</PartNumber><ETag>a</ETag></Part>"),
        complete("<Part><PartNumber>９</PartNumber><ETag>a</ETag></Part>"),
        complete("<Part><PartNumber>123456</PartNumber><ETag>a</ETag></Part>"),
        complete(f"<Part><PartNumber>1</PartNumber><ETag>{'a' * 2000}</ETag></Part>"),
        complete("<a>" * 10 + "</a>" * 10),
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_part_list(document: bytes) -> None:
    with pytest.raises(MalformedXML):
        xml.read_parts(document)


def test_entities_are_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + complete(
        "<Part><PartNumber>1</PartNumber><ETag>&b;</ETag></Part>"
    )
    external = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + complete("<Part>&a;</Part>")
    for document in (bomb, external, b"<!DOCTYPE CompleteMultipartUpload>" + complete()):
        with pytest.raises(MalformedXML, match="document type"):
            xml.read_parts(document)


@pytest.mark.parametrize("encoding", ["no-such", "gbk", "rot13", "utf-16", "latin-1"])
def test_an_encoding_that_the_document_claims_means_nothing(encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + complete(
        "<Part><PartNumber>1</PartNumber><ETag>é</ETag></Part>"
    )
    assert xml.read_parts(document) == [(1, "é")]


@given(st.binary(max_size=300))
def test_no_body_breaks_the_reader(document: bytes) -> None:
    with pytest.raises(MalformedXML):
        xml.read_parts(document)
