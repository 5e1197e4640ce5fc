"""Upload signatures: base64(HMAC-SHA1(SecretKey, original) ‖ original), where `original` is a query string.

An application's server makes one and gives it to a browser or a Mini Program, which may upload with it, and cannot
change what it says.
"""

import base64
import binascii
import hashlib
import hmac
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

from minivod import errors
from minivod.api import parameters, registry
from minivod.api.parameters import Tree
from minivod.api.request import read_fields
from minivod.errors import WireError, shorten
from minivod.ugc.shapes import Members

LONGEST = 7_776_000
"""Seconds that may lie between currentTimeStamp and expireTime."""
SKEW = 300
"""Seconds by which currentTimeStamp may lie in the future: the signer's clock may be ahead."""
_MAC_BYTES = 20


class _Declared:
    """The members, for the decoder of parameters."""

    name = "the upload signature"
    request = Members

    def value_error(self, _path: str) -> type[WireError]:
        """They have no codes of their own."""
        return errors.InvalidParameterValue


class Signed(NamedTuple):
    """A signature taken apart; nothing of it is verified."""

    mac: bytes
    original: bytes

    @property
    def digest(self) -> bytes:
        """What a used one is known by; other spellings of its Base64 have the same."""
        return hashlib.sha256(self.mac + self.original).digest()


def create(secret_key: str, members: Members) -> str:
    """The signature of these members, by that key."""
    original = urlencode(msgspec.to_builtins(members)).encode()
    return base64.b64encode(_mac(secret_key, original) + original).decode()


def split(text: str) -> Signed:
    """Takes a signature apart; line breaks, which some encoders write, are no part of it.

    Raises:
        InvalidAuthorization: it cannot be one.
    """
    try:
        decoded = base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        raise errors.InvalidAuthorization(
            "signature is not Base64 (RFC 4648, with + and / and padding); it must be base64(HMAC-SHA1(SecretKey, "
            "original) followed by original)"
        ) from None
    if len(decoded) <= _MAC_BYTES:
        raise errors.InvalidAuthorization(
            f"signature has {len(decoded)} bytes; {_MAC_BYTES} of the HMAC-SHA1 must be followed by what was signed"
        )
    return Signed(decoded[:_MAC_BYTES], decoded[_MAC_BYTES:])


def is_signed_by(signed: Signed, secret_key: str) -> bool:
    """Whether that key made it, of the bytes as they are; takes the same time for every wrong one."""
    return hmac.compare_digest(_mac(secret_key, signed.original), signed.mac)


def read(signed: Signed) -> Tree:
    """The members by name; empty ones are left out.

    Raises:
        InvalidRequest, InvalidParameter, InvalidParameterValue: it is no query string in UTF-8, has a name twice, or a
            character that no text has.
    """
    return {name: value for name, value in parameters.read_dotted(read_fields(signed.original)).items() if value != ""}


def secret_id_of(tree: Tree) -> str:
    """The SecretId that a signature names; raises MissingParameter."""
    given = tree.get("secretId")
    if not isinstance(given, str):
        name = "secretId"
        raise errors.MissingParameter(f"the parameter {name} is missing; the upload signature requires it")
    return given


def members(tree: Tree, now: float) -> Members:
    """The members, of a signature that may be used now.

    Raises:
        MissingParameter, UnknownParameter, InvalidParameter, InvalidParameterValue: naming the member.
        SignatureExpire: it is over, or not valid yet.
    """
    found: Members = registry.decode(_Declared(), tree, text=True)
    begins, ends = found.currentTimeStamp, found.expireTime
    if not 0 < ends - begins <= LONGEST:
        raise errors.InvalidParameterValue(
            f"expireTime is {ends}, {ends - begins} s after currentTimeStamp; it must be 1 to {LONGEST} s after it"
        )
    if begins > now + SKEW:
        raise errors.SignatureExpire(
            f"currentTimeStamp {begins} is {begins - now:.0f} s ahead of the server's clock; {SKEW} s are accepted"
        )
    if now >= ends:
        raise errors.SignatureExpire(
            f"the upload signature expired {now - ends:.0f} s ago by the server's clock (expireTime {ends}); make "
            "another one"
        )
    return found


def wrong(secret_id: str) -> WireError:
    """What is said of a signature that the key of that SecretId did not make."""
    return errors.SignatureFailure(
        f"signature was not made with the SecretKey of {shorten(secret_id)}; it must be base64(HMAC-SHA1(SecretKey, "
        "original) followed by original), both of the same bytes"
    )


def _mac(secret_key: str, original: bytes) -> bytes:
    return hmac.new(secret_key.encode(), original, hashlib.sha1).digest()
