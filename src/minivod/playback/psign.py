"""The player signature (psign): a JWT that lets a player ask for one file's play-info (contract.md §7)."""

import re
import secrets
import time
import warnings
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import jwt
import msgspec
from jwt.warnings import InsecureKeyLengthWarning
from msgspec import Meta

from minivod.playback.signature import InvalidLink, Link, make

warnings.simplefilter("ignore", InsecureKeyLengthWarning)  # a play key that was brought along may be short

ALGORITHM = "HS256"
GRACE_SECONDS = 300
"""How long after its expiry a signature is still accepted, because clocks differ (field.md T21)."""

AudioVideoType = Literal["Original", "Transcode", "RawAdaptive", "ProtectedAdaptive"]
_HEX_TIME = re.compile(r"[0-9A-Fa-f]{8}", re.ASCII)
_Whole = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Time = Annotated[int, Meta(ge=0, le=9_999_999_999)]
"""Seconds: ten digits, of which nines stand for ever; milliseconds, which would never expire, have more."""
_LAST_OF_LINKS = 0xFFFFFFFF
"""The latest time that the eight hexadecimal digits of a link can say, in the year 2106."""
_LONGEST = 8192
_SIGNATURE_ALONE: Any = {  # the claims that JWT itself defines have no meaning in a psign, and our clock decides
    "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False, "verify_iss": False,
    "verify_sub": False, "verify_jti": False,
}  # fmt: skip


class InvalidPsign(Exception):
    """The signature does not entitle its bearer; the message says why, to the player's developer."""


class ContentInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which form of the file may be played: `transcodeDefinition` names the template of a `Transcode`.

    `rawAdaptiveDefinition` is that of a `RawAdaptive`, `imageSpriteDefinition` that of the sprites beside it.
    """

    audioVideoType: AudioVideoType  # noqa: N815 - as on the wire
    transcodeDefinition: _Whole | None = None  # noqa: N815
    rawAdaptiveDefinition: _Whole | None = None  # noqa: N815
    imageSpriteDefinition: _Whole | None = None  # noqa: N815


class UrlAccessInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the media URL shall be limited to.

    `t` is the URL's expiry, Unix time as eight hexadecimal digits; `exper` seconds of preview, `rlimit` a number of IP
    addresses (0: no limit); `us` makes a URL unique; `domain` and `scheme` (HTTP, HTTPS) are those of the URL.
    """

    t: str | None = None
    exper: Annotated[int, Meta(ge=0)] = 0
    rlimit: Annotated[int, Meta(ge=0, le=9)] = 0
    us: str | None = None
    domain: str | None = None
    scheme: str | None = None


class Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a psign says; times are Unix time, seconds. Without `expireTimeStamp` it never expires."""

    appId: int  # noqa: N815
    fileId: str  # noqa: N815
    currentTimeStamp: _Whole  # noqa: N815
    contentInfo: ContentInfo | None = None  # noqa: N815
    expireTimeStamp: _Time | None = None  # noqa: N815
    urlAccessInfo: UrlAccessInfo | None = None  # noqa: N815

    def link(self) -> Link | None:
        """The members of the links that it asks for; None if it does not say how long they play.

        Raises:
            InvalidLink: there are no such links.
        """
        access = self.urlAccessInfo or UrlAccessInfo()
        if access.t is not None and not _HEX_TIME.fullmatch(access.t):
            raise InvalidLink(
                "urlAccessInfo.t must be the Unix time of the expiry as 8 hexadecimal digits, such as 6a4b3c2d; it is "
                f"{access.t[:20]!r}"
            )
        expires = int(access.t, 16) if access.t is not None else self.expireTimeStamp
        expires = None if expires is None else min(expires, _LAST_OF_LINKS)
        # The other members are looked at whether or not there is a time, and wherever the links need no signature.
        link = make(expires=expires or 0, exper=access.exper, rlimit=access.rlimit, us=access.us)
        return None if expires is None else link


def verify_psign(
    token: str, play_keys: Mapping[int, str], *, app_id: int, file_id: str, now: float
) -> tuple[int, Claims]:
    """Checks a psign.

    Args:
        token: as the player sent it.
        play_keys: of the applications that `app_id` stands for, by SubAppId.
        app_id: that of the request.
        file_id: that of the request.
        now: Unix time, seconds.

    Returns:
        The SubAppId of the application whose key signed it, and what it says.

    Raises:
        InvalidPsign: another algorithm than HS256, no key of these, another file, expired, members of a wrong type,
            or links that cannot be: all of it whether or not the links of the application are signed.
    """
    sub_app_id, payload = _signed(token, play_keys)
    try:
        claims = msgspec.convert(payload, Claims)
    except msgspec.ValidationError as error:
        raise InvalidPsign(f"psign has a wrong member: {error}") from None
    if (claims.appId, claims.fileId) != (app_id, file_id):
        raise InvalidPsign("psign is for another appId or fileId than the request")
    try:
        link = claims.link()
    except InvalidLink as error:
        raise InvalidPsign(f"psign asks for a link that cannot be signed: {error}") from None
    _refuse_expired("expireTimeStamp", claims.expireTimeStamp, now)
    if claims.urlAccessInfo and claims.urlAccessInfo.t and link:
        _refuse_expired("urlAccessInfo.t", link.expires, now)
    return sub_app_id, claims


def published(definition: int) -> ContentInfo:
    """The form of what is published by SourceDefinition."""
    return ContentInfo("Transcode", definition) if definition else ContentInfo("Original")


def create_psign(
    play_key: str,
    *,
    app_id: int,
    file_id: str,
    lifetime: float | None = 3600.0,
    definition: int = 0,
    content: ContentInfo | None = None,
    access: UrlAccessInfo | None = None,
    now: float | None = None,
) -> str:
    """A psign for a file.

    Args:
        play_key: of the file's application.
        app_id: as the player will ask.
        file_id: of the video.
        lifetime: seconds, None for a psign that never expires.
        definition: the transcoding template that may be played, 0 for the original.
        content: the form that may be played, in place of that.
        access: what its links are limited to.
        now: Unix time, seconds; default: the machine's clock.

    Raises:
        InvalidLink: there are no links with such limits.
    """
    issued = int(time.time() if now is None else now)
    claims = Claims(
        appId=app_id,
        fileId=file_id,
        contentInfo=content or published(definition),
        currentTimeStamp=issued,
        expireTimeStamp=None if lifetime is None else issued + int(lifetime),
        urlAccessInfo=access,
    )
    claims.link()
    return jwt.encode(msgspec.to_builtins(claims), play_key, ALGORITHM)


def _signed(token: str, play_keys: Mapping[int, str]) -> tuple[int, dict[str, Any]]:
    """The payload, and the application whose key signed it."""
    if len(token) > _LONGEST:
        raise InvalidPsign(f"psign is longer than {_LONGEST} characters")
    # An account that does not exist answers like one whose keys do not fit: here, too, the token is read.
    for sub_app_id, key in (play_keys or {0: secrets.token_hex()}).items():
        try:
            return sub_app_id, jwt.decode(token, key, algorithms=[ALGORITHM], options=_SIGNATURE_ALONE)
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidAlgorithmError:
            raise InvalidPsign(f"psign must be signed with {ALGORITHM}") from None
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise InvalidPsign("psign is not a JWT") from None
    raise InvalidPsign("psign is not signed with a play key of this application")


def _refuse_expired(name: str, moment: int | None, now: float) -> None:
    if moment is not None and now - moment > GRACE_SECONDS:
        raise InvalidPsign(f"psign has expired: {name} was {int(now - moment)} s ago")
