"""Parameters are the same however they come, and nothing that is costly or ambiguous gets through (T8)."""

import json
import time
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minivod import errors
from minivod.api import parameters, request

from . import signer

NESTED: dict[str, Any] = {
    "FileIds": ["1", "2"],
    "DeleteParts": [{"Type": '视频 " \\ +&=', "Definition": 7}],
    "Flag": True,
    "F": 1.5,
}


WAYS: dict[str, dict[str, Any]] = {
    "json": {},
    "get": {"http_method": "GET"},
    "form": {"sign_method": "HmacSHA256"},
    "multipart": {"options": {"IsMultipart": True}},
}


@pytest.mark.parametrize("way", list(WAYS))
def test_the_same_parameters_by_every_way(way: str) -> None:
    options = WAYS[way]
    sent: dict[str, Any] = {
        key: value for key, value in NESTED.items() if way != "multipart" or isinstance(value, list)
    }
    tree = parameters.read(request.parse(signer.by_sdk("X", sent, **options)))
    if way in ("get", "form"):
        assert tree == {
            "FileIds": ["1", "2"],
            "DeleteParts": [{"Type": '视频 " \\ +&=', "Definition": "7"}],
            "Flag": "True",
            "F": "1.5",
        }
    else:
        assert tree == sent


def test_null_means_absent_at_every_level() -> None:
    assert parameters.read_json(b'{"A":null,"B":{"C":null,"D":1}}') == {"B": {"D": 1}}


def test_an_empty_body_has_no_parameters() -> None:
    assert parameters.read_json(b"") == {}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"[]", errors.InvalidRequest),
        (b'"x"', errors.InvalidRequest),
        (b"null", errors.InvalidRequest),
        (b"{", errors.InvalidRequest),
        (b"{}x", errors.InvalidRequest),
        (b"\xef\xbb\xbf{}", errors.InvalidRequest),
        (b"{'A':1}", errors.InvalidRequest),
        (b'{"A":NaN}', errors.InvalidRequest),
        (b'{"A":-Infinity}', errors.InvalidRequest),
        (b'{"A":01}', errors.InvalidRequest),
        (b'{"A":"\xff"}', errors.InvalidRequest),
        (b'{"A":"\n"}', errors.InvalidRequest),
        (b'{"A":1,"A":1}', errors.InvalidParameter),
        (b'{"A":1,"\\u0041":1}', errors.InvalidParameter),
        (b'{"A":null,"A":1}', errors.InvalidParameter),
        (b'{"B":{"A":1,"A":2}}', errors.InvalidParameter),
        (b'{"A":"\\u0000"}', errors.InvalidParameterValue),
        (b'{"A":["\\ud800"]}', errors.InvalidParameterValue),
        (b'{"\\udfff":1}', errors.InvalidParameterValue),
        (b'{"A":' + b"[" * 40 + b"]" * 40 + b"}", errors.InvalidRequest),
        (b"[" * 1_000_000, errors.InvalidRequest),
        (b'{"A":[' + b"1," * 60_000 + b"1]}", errors.InvalidRequest),
        (b'{"A":[' + b"{}," * 60_000 + b"1]}", errors.InvalidRequest),
    ],
)
def test_bodies_that_are_refused(body: bytes, error: type[errors.WireError]) -> None:
    with pytest.raises(error) as raised:
        parameters.read_json(body)
    assert len(raised.value.message) < 300
    raised.value.message.encode()


def test_depth_and_number_are_counted_outside_strings() -> None:
    text = "[{" * 50 + "," * 60_000 + '\\"[{'
    assert parameters.read_json(json.dumps({"A": text}).encode()) == {"A": text}
    deep: Any = 1
    for _ in range(parameters.MAX_DEPTH - 1):
        deep = [deep]
    assert parameters.read_json(json.dumps({"A": deep}).encode()) == {"A": deep}
    with pytest.raises(errors.InvalidRequest, match="levels"):
        parameters.read_json(json.dumps({"A": [deep]}).encode())


def test_numbers_beyond_64_bits_are_marked() -> None:
    tree = parameters.read_json(b'{"A":9223372036854775807,"B":9223372036854775808,"C":-9223372036854775809,"D":1e999}')
    assert tree["A"] == 2**63 - 1
    assert {str(tree[name]) for name in "BCD"} == {"9223372036854775808", "-9223372036854775809", "1e999"}
    assert isinstance(parameters.read_json(b'{"A":' + b"9" * 1_000_000 + b"}")["A"], parameters.HugeNumber)


@pytest.mark.parametrize(
    "bomb",
    [
        b'{"A":[' + b"[],[]," * 1_700_000 + b"[]]}",
        b'{"A":[' + b"1," * 5_000_000 + b"1]}",
        b"[" * 10_000_000,
        b'{"A":' * 2_000_000,
        b'{"A":"' + b"\\" * 10_000_000,
        b'"' * 10_000_000,
        b'{"' + b'":1,"' * 2_000_000 + b'":1}',
    ],
    ids=["lists", "numbers", "brackets", "objects", "backslashes", "quotes", "names"],
)
def test_bombs_cost_little_time_and_memory(bomb: bytes) -> None:
    assert len(bomb) <= 11 * 1024 * 1024
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(errors.WireError):
        parameters.read_json(bomb)
    seconds, (_, peak) = time.process_time() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 5
    assert peak < 80 * 1024 * 1024


@pytest.mark.parametrize(
    ("fields", "tree"),
    [
        ([("A", "1")], {"A": "1"}),
        ([("A.0", "x"), ("A.1", "y")], {"A": ["x", "y"]}),
        ([("A.1", "y"), ("A.0", "x")], {"A": ["x", "y"]}),
        ([(f"A.{index}", str(index)) for index in range(12)], {"A": [str(index) for index in range(12)]}),
        ([("A.0.B", "x"), ("A.0.C.0", "y")], {"A": [{"B": "x", "C": ["y"]}]}),
        ([("A.B", "x")], {"A": {"B": "x"}}),
        ([("A.", "x")], {"A": {"": "x"}}),
        ([("", "x")], {"": "x"}),
    ],
)
def test_dotted_names(fields: list[tuple[str, str]], tree: dict[str, Any]) -> None:
    assert parameters.read_dotted(fields) == tree


@pytest.mark.parametrize(
    ("names", "error"),
    [
        (["A", "A.0"], errors.InvalidParameter),
        (["A.0", "A"], errors.InvalidParameter),
        (["A.0", "A.0.B"], errors.InvalidParameter),
        (["A.0", "A.0"], errors.InvalidParameter),
        (["A.1"], errors.InvalidParameter),
        (["A.0", "A.2"], errors.InvalidParameter),
        (["A.0", "A.999999"], errors.InvalidParameter),
        ([".".join("A" * 100)], errors.InvalidRequest),
    ],
)
def test_dotted_names_that_contradict(names: list[str], error: type[errors.WireError]) -> None:
    with pytest.raises(error):
        parameters.read_dotted([(name, "x") for name in names])


def test_text_with_nul_is_refused() -> None:
    with pytest.raises(errors.InvalidParameterValue, match=r"A\.0"):
        parameters.read_dotted([("A.0", "\0")])


def part(head: str, body: bytes, boundary: str = "b") -> bytes:
    return f"--{boundary}\r\n{head}\r\n\r\n".encode() + body + b"\r\n"


NAMED = 'Content-Disposition: form-data; name="{}"'
TYPE = "multipart/form-data; boundary=b"


def test_multipart_texts_and_json() -> None:
    body = part(NAMED.format("A"), b"text") + part(NAMED.format("B") + "\r\nContent-Type: application/json", b"[1]")
    body += part(NAMED.format("C.0") + '; filename="c"', "视".encode()) + b"--b--\r\n"
    assert parameters.read_multipart(TYPE, body) == {"A": "text", "B": [1], "C": ["视"]}
    assert parameters.read_multipart('multipart/form-data; boundary="b"', body)["A"] == "text"
    assert parameters.read_multipart(TYPE, b"") == {}


@pytest.mark.parametrize(
    ("content_type", "body", "error"),
    [
        ("multipart/form-data", b"--b--\r\n", errors.InvalidRequest),
        (TYPE, b"x", errors.InvalidRequest),
        (TYPE, part(NAMED.format("A"), b"x"), errors.InvalidRequest),
        (TYPE, part("Content-Disposition: form-data", b"x") + b"--b--\r\n", errors.InvalidRequest),
        (TYPE, part(NAMED.format("A"), b"x") * 2 + b"--b--\r\n", errors.InvalidParameter),
        (TYPE, part(NAMED.format("A"), b"x") + part(NAMED.format("A.0"), b"x") + b"--b--", errors.InvalidParameter),
        (TYPE, part(NAMED.format("A"), b"\xff") + b"--b--\r\n", errors.InvalidParameterValue),
        (TYPE, part(NAMED.format("A"), b"\0") + b"--b--\r\n", errors.InvalidParameterValue),
        (TYPE, part(NAMED.format("A") + "\r\nContent-Type: application/json", b"{") + b"--b--", errors.InvalidRequest),
        (TYPE, part(NAMED.format("A") + "\r\n" + NAMED.format("B"), b"") + b"--b--\r\n", errors.InvalidRequest),
        (TYPE, b"".join(part(NAMED.format(f"A{i}"), b"") for i in range(2000)) + b"--b--\r\n", errors.InvalidRequest),
    ],
)
def test_multipart_that_is_refused(content_type: str, body: bytes, error: type[errors.WireError]) -> None:
    with pytest.raises(error):
        parameters.read_multipart(content_type, body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("AB.", max_size=3), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_null(child) for name, child in value.items() if child is not None}
    return [without_null(child) for child in value] if isinstance(value, list) else value


@given(st.dictionaries(st.text("ABC", max_size=3), JSON, max_size=4), st.booleans())
def test_every_json_object_is_read_as_it_is(value: dict[str, Any], ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert parameters.read_json(body) == without_null(value)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for read in (parameters.read_json, lambda data: parameters.read_multipart(TYPE, data)):
        try:
            read(body)
        except errors.WireError:
            continue
