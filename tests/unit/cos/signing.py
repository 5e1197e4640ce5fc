"""Signs requests as the documentation of COS says, apart from the code under test, and sends them."""

import hashlib
import hmac
import time
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import httpx

from minivod.store.uploads import Upload

from ...waiting import PATIENCE
from .conftest import CosServer


def encode(text: str) -> str:
    return quote(text, safe="-_.~")


def authorization(
    session: Upload,
    method: str,
    path: str,
    *,
    params: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    window: tuple[int, int] | None = None,
    secret_key: str | None = None,
) -> str:
    start, end = window or (int(time.time()) - 60, int(time.time()) + 600)
    times = f"{start};{end}"
    named = {encode(name).lower(): encode(value) for name, value in (params or {}).items()}
    heads = {encode(name).lower(): encode(value) for name, value in (headers or {}).items()}
    text = "\n".join(
        [
            method.lower(),
            path,
            "&".join(f"{name}={named[name]}" for name in sorted(named)),
            "&".join(f"{name}={heads[name]}" for name in sorted(heads)),
            "",
        ]
    )
    digest = hashlib.sha1(text.encode()).hexdigest()
    key = hmac.new((secret_key or session.secret_key).encode(), times.encode(), hashlib.sha1).hexdigest()
    signature = hmac.new(key.encode(), f"sha1\n{times}\n{digest}\n".encode(), hashlib.sha1).hexdigest()
    return (
        f"q-sign-algorithm=sha1&q-ak={session.secret_id}&q-sign-time={times}&q-key-time={times}"
        f"&q-header-list={';'.join(sorted(heads))}&q-url-param-list={';'.join(sorted(named))}&q-signature={signature}"
    )


def signed(session: Upload, method: str, path: str, params: dict[str, str] | None = None) -> dict[str, str]:
    """Headers of a signed request."""
    return {
        "authorization": authorization(session, method, path, params=params),
        "x-cos-security-token": session.token,
    }


def target(path: str, params: dict[str, str] | None = None) -> str:
    return f"{quote(path)}?{urlencode(params)}" if params else quote(path)


async def ask(
    cos: CosServer,
    session: Upload,
    method: str,
    path: str,
    *,
    params: dict[str, str] | None = None,
    content: bytes = b"",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """A request signed with the session's key; `headers` replace those of the signature."""
    async with httpx.AsyncClient(base_url=f"http://{cos.address}", timeout=PATIENCE) as http:
        return await http.request(
            method,
            target(path, params),
            content=content,
            headers=signed(session, method, path, params) | (headers or {}),
        )


def code_of(answer: httpx.Response) -> str:
    """The error's code; checks that the error is complete."""
    assert answer.headers["content-type"] == "application/xml"
    document = ElementTree.fromstring(answer.content)
    assert document.tag == "Error"
    assert document.findtext("RequestId") == answer.headers["x-cos-request-id"]
    assert document.findtext("Message")
    return document.findtext("Code") or ""
