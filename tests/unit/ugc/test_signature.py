"""Upload signatures as bytes: taken apart, verified as signed, read; what they say, and when they may be used."""

import base64
import contextlib
import random
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minivod import errors
from minivod.errors import WireError
from minivod.ugc import signature
from minivod.ugc.shapes import Members

from .conftest import sign

KEY, OTHER_KEY = "k" * 32, "x" * 32
NOW = 1_700_000_000
SAID: dict[str, Any] = {
    "secretId": "AKID" + "a" * 32, "currentTimeStamp": NOW, "expireTime": NOW + 600, "random": 7,
}  # fmt: skip


def original(**members: Any) -> bytes:
    said = {name: value for name, value in (SAID | members).items() if value is not None}
    return urlencode(said).encode()


def read(signed: bytes, now: float = NOW) -> Members:
    return signature.members(signature.read(signature.split(sign(KEY, signed))), now)


def test_a_vector() -> None:
    """Made by `openssl dgst -sha1 -hmac key -binary` and `base64`."""
    text = "X2iNck7ecX1/loeguFWqsTxg0atzZWNyZXRJZD1hJnJhbmRvbT0x"
    signed = signature.split(text)
    assert signed.original == b"secretId=a&random=1"
    assert signature.is_signed_by(signed, "key")
    assert not signature.is_signed_by(signed, "Key")


def test_what_is_created_says_what_it_was_told() -> None:
    told = Members(
        secretId=SAID["secretId"],
        currentTimeStamp=NOW,
        expireTime=NOW + 1,
        random=2**32 - 1,
        classId=5,
        procedure="流程 + & =",
        taskPriority=-10,
        taskNotifyMode="Change",
        sourceContext="源" * 250,
        oneTimeValid=1,
        vodSubAppId=1500000001,
        sessionContext="会" * 1000,
        storageRegion="ap-guangzhou",
    )
    signed = signature.split(signature.create(KEY, told))
    assert signature.is_signed_by(signed, KEY)
    assert not signature.is_signed_by(signed, OTHER_KEY)
    assert signature.members(signature.read(signed), NOW) == told
    assert sign(KEY, signed.original) == signature.create(KEY, told)


def test_every_bit_counts() -> None:
    whole = base64.b64decode(sign(KEY, original()))
    for place in range(len(whole)):
        for bit in range(8):
            changed = bytearray(whole)
            changed[place] ^= 1 << bit
            assert not signature.is_signed_by(signature.split(base64.b64encode(changed).decode()), KEY)


def test_the_bytes_are_verified_as_they_were_signed() -> None:
    """Order, spelling of escapes and blanks are the signer's."""
    for spelled in (b"random=1&secretId=a%20b", b"secretId=a+b&random=1", b"secretId=a b&random=%31"):
        signed = signature.split(sign(KEY, spelled))
        assert signature.is_signed_by(signed, KEY)
        assert signature.read(signed) == {"secretId": "a b", "random": "1"}


def test_line_breaks_are_no_part_of_it_and_change_nothing_of_what_it_is_known_by() -> None:
    text = sign(KEY, original())
    broken = "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76)) + "\n"
    assert signature.split(broken) == signature.split(text)
    assert signature.split(broken).digest == signature.split(text).digest
    assert signature.split(sign(KEY, original(random=8))).digest != signature.split(text).digest


@pytest.mark.parametrize(
    "text", ["", "x", "not base64!", "AAAA AAAA", "é" * 40, sign(KEY, b"")[:-1], base64.b64encode(bytes(20)).decode()]
)
def test_what_can_be_no_signature(text: str) -> None:
    with pytest.raises(errors.InvalidAuthorization):
        signature.split(text)


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"secretId": None}, "secretId"),
        ({"currentTimeStamp": None}, "currentTimeStamp"),
        ({"expireTime": None}, "expireTime"),
        ({"random": None}, "random"),
        ({"random": ""}, "random"),
        ({"currentTimeStamp": f"{NOW}.5"}, "currentTimeStamp"),
        ({"currentTimeStamp": NOW * 1000}, "currentTimeStamp"),
        ({"expireTime": "tomorrow"}, "expireTime"),
        ({"expireTime": "9" * 30}, "expireTime"),
        ({"expireTime": NOW}, "expireTime"),
        ({"expireTime": NOW - 1}, "expireTime"),
        ({"expireTime": NOW + 7_776_001}, "expireTime"),
        ({"random": 2**32}, "random"),
        ({"random": -1}, "random"),
        ({"random": "0.25"}, "random"),
        ({"classId": -1}, "classId"),
        ({"classId": "a"}, "classId"),
        ({"classId": 2**63}, "classId"),
        ({"taskPriority": 11}, "taskPriority"),
        ({"taskPriority": -11}, "taskPriority"),
        ({"taskNotifyMode": "finish"}, "taskNotifyMode"),
        ({"sourceContext": "s" * 251}, "sourceContext"),
        ({"sessionContext": "s" * 1001}, "sessionContext"),
        ({"oneTimeValid": 2}, "oneTimeValid"),
        ({"oneTimeValid": "true"}, "oneTimeValid"),
        ({"vodSubAppId": "main"}, "vodSubAppId"),
        ({"vodSubAppId": -1}, "vodSubAppId"),
        ({"SecretId": "AKID"}, "SecretId"),
        ({"isTranscode": 1}, "isTranscode"),
        ({"procedure": "a\0b"}, "procedure"),
        ({"procedure.0": "a"}, "procedure"),
    ],
)
def test_what_is_wrong_is_named(members: dict[str, Any], name: str) -> None:
    with pytest.raises(WireError) as refused:
        read(original(**members))
    assert name in refused.value.message
    assert refused.value.code.startswith(("InvalidParameter", "MissingParameter", "UnknownParameter"))


def test_empty_members_are_as_if_they_were_absent() -> None:
    empty = {"procedure": "", "classId": "", "taskNotifyMode": "", "oneTimeValid": "", "storageRegion": ""}
    assert read(original(**empty)) == read(original())


@pytest.mark.parametrize("signed", [b"&".join([original(), b"random=8"]), b"a=%ff", b"a=\xff", b"\xff" * 30])
def test_what_cannot_be_read(signed: bytes) -> None:
    with pytest.raises(WireError):
        read(signed)


def test_the_longest_lifetime() -> None:
    assert read(original(expireTime=NOW + 7_776_000)).expireTime == NOW + 7_776_000


def test_it_may_be_used_from_the_beginning_to_the_end() -> None:
    for now in (NOW - 300, NOW, NOW + 599):
        assert read(original(), now).random == 7
    for now, words in ((NOW - 301, "301 s ahead"), (NOW + 600, "expired 0 s ago"), (NOW + 4200, "expired 3600 s ago")):
        with pytest.raises(errors.SignatureExpire, match=words):
            read(original(), now)


@settings(max_examples=200)
@given(st.binary(max_size=120))
def test_nothing_else_is_ever_raised(anything: bytes) -> None:
    for signed in (anything, original()[: random.Random(len(anything)).randrange(60)] + anything):
        try:
            read(signed)
        except WireError:
            continue


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_no_text_is_a_signature_by_chance(text: str) -> None:
    with contextlib.suppress(errors.InvalidAuthorization):
        assert not signature.is_signed_by(signature.split(text), KEY)
