"""WeChat's server interface: the access token, and calls with it that say by an `errcode` what came of them.

Sources: the pages of developers.weixin.qq.com that docs/review.md lists. The interface answers with status 200
whatever happened. Its `errmsg` is never shown or logged: it may repeat what it was sent.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Annotated, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from minivod.review.asking import Asking
from minivod.review.services import ServiceAway
from minivod.settings import Settings, SettingsError

RISKY = 87014
"""The `errcode` of what was checked and may be forbidden."""
_STALE = frozenset({40001, 40014, 42001})
"""The token is not valid, or not any more."""
_BUSY = {-1: "it is busy", 45009: "the quota of calls is used up", 45011: "it is called too often"}
_FAULTS = {
    40001: "the AppSecret or the access token is not valid (setting review_wechat_secret)",
    40002: "the kind of credential is not known",
    40003: "the OpenID is not valid (setting review_wechat_openid)",
    40006: "the picture is too large",
    40013: "there is no such AppID (setting review_wechat_appid)",
    40014: "the access token is not valid",
    40125: "the AppSecret is wrong (setting review_wechat_secret)",
    40164: "the address of this server is not on the list of addresses that may call for the AppID",
    40243: "the AppSecret is frozen",
    42001: "the access token has expired",
    43104: "the OpenID is not of this AppID (setting review_wechat_openid)",
    48001: "the AppID may not use this check",
    50002: "the Mini Program is restricted",
    61010: "nobody with the OpenID was in the Mini Program within two hours (setting review_wechat_openid)",
    89503: "an administrator of the Mini Program must confirm calls from the address of this server",
}
_RENEWED_BEFORE = 240.0
"""Seconds before its end that a token is replaced: within the last five minutes WeChat gives out the next one."""

_Answer = TypeVar("_Answer", bound="Answer")


class Answer(msgspec.Struct, frozen=True):
    """What every answer has; without `errcode` nobody knows what it means."""

    errcode: int


class _TokenAnswer(msgspec.Struct, frozen=True):
    """That of stable_token, which has no `errcode` when all is well."""

    access_token: Annotated[str, Meta(max_length=4096)] = ""
    expires_in: Annotated[int, Meta(ge=0)] = 0
    errcode: int = 0


class Tokens:
    """The access token of the AppID: fetched when it is needed, and renewed before its end; one fetch at a time.

    Args:
        settings: of the server.
        now: seconds, of a clock that only moves on.

    Raises:
        SettingsError: there is no AppSecret.
    """

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        if not settings.review_wechat_secret:
            raise SettingsError("the setting review_wechat_secret is empty; it must be the AppSecret of the AppID")
        self._url = f"{settings.review_wechat_url.rstrip('/')}/cgi-bin/stable_token"
        self._body = msgspec.json.encode({
            "grant_type": "client_credential",
            "appid": settings.review_wechat_appid,
            "secret": settings.review_wechat_secret,
        })  # fmt: skip
        self._now = now
        self._lock = asyncio.Lock()
        self._token = ""
        self._ends = 0.0

    async def get(self, asking: Asking, stale: str = "") -> str:
        """A token, another one than `stale` if WeChat gives one; raises ServiceAway, in the name of `asking`."""
        async with self._lock:
            if self._token in ("", stale) or self._now() >= self._ends:
                await self._fetch(asking)
            return self._token

    async def _fetch(self, asking: Asking) -> None:
        answer = _decoded(asking, await asking.ask(self._url, self._body, _json_headers, _why_busy), _TokenAnswer)
        if answer.errcode:
            raise asking.away(f"no access token: {_in_words(answer.errcode)}")
        if not answer.access_token:
            raise asking.unusable("no access token")
        self._token = answer.access_token
        self._ends = self._now() + max(answer.expires_in - _RENEWED_BEFORE, answer.expires_in / 2)


class WeChat:
    """Calls of one check.

    Args:
        settings: of the server.
        asking: how they are made.
        tokens: of the AppID.
    """

    def __init__(self, settings: Settings, asking: Asking, tokens: Tokens) -> None:
        self.asking = asking
        self._base = settings.review_wechat_url.rstrip("/")
        self._tokens = tokens

    async def call(self, path: str, body: bytes, content_type: str, kind: type[_Answer]) -> _Answer:
        """The answer, which says that all is well or `RISKY`; a token that is not valid any more is renewed once.

        Raises:
            ServiceAway: it says something else, or there is none.
        """
        token = await self._tokens.get(self.asking)
        answer = await self._call(path, token, body, content_type, kind)
        if answer.errcode in _STALE:
            token = await self._tokens.get(self.asking, stale=token)
            answer = await self._call(path, token, body, content_type, kind)
        if answer.errcode not in (0, RISKY):
            raise self.asking.away(_in_words(answer.errcode))
        return answer

    async def _call(self, path: str, token: str, body: bytes, content_type: str, kind: type[_Answer]) -> _Answer:
        url = f"{self._base}{path}?{urlencode({'access_token': token})}"
        answer = await self.asking.ask(url, body, lambda: {"Content-Type": content_type}, _why_busy)
        return _decoded(self.asking, answer, kind)


def _json_headers() -> dict[str, str]:
    return {"Content-Type": "application/json"}


_Decoded = TypeVar("_Decoded", bound=msgspec.Struct)


def _decoded(asking: Asking, body: bytes, kind: type[_Decoded]) -> _Decoded:
    """Numbers may be written as text; raises ServiceAway."""
    try:
        return msgspec.json.decode(body, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unreadable(asking) from None


def unreadable(asking: Asking) -> ServiceAway:
    """For an answer that is none as it is documented."""
    return asking.unusable("no answer as WeChat documents it")


def _why_busy(body: bytes) -> str:
    try:
        code = msgspec.json.decode(body, type=Answer, strict=False).errcode
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return _in_words(code) if code in _BUSY else ""


def _in_words(code: int) -> str:
    words = (_BUSY | _FAULTS).get(code, "")
    return f"errcode {code}" + (f": {words}" if words else "")
