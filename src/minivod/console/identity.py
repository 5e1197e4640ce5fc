"""Who asks: cookies and their tokens, the token of forms, the address, and whether a request is the browser's own."""

import hashlib
import hmac
import ipaddress
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

SESSION, VISITOR, TONGUE = "minivod-session", "minivod-visitor", "minivod-language"
"""Cookies: of who has signed in, of who has not, and with the language that was chosen."""
_TOKEN_LENGTH = 43
"""Of 256 bits in base64url."""
_FORM = b"minivod console form"
_LONGEST_BROWSER = 300
_PORTS = {"http": 80, "https": 443}
_TONGUE_SECONDS = 365 * 24 * 3600


def new_token() -> str:
    """What nobody can guess."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode()).digest()


def form_token(token: str) -> str:
    """What forms of whoever has that cookie hold, and what pages of others cannot know."""
    return hmac.new(token.encode(), _FORM, hashlib.sha256).hexdigest()


def is_form_token(given: str, token: str | None) -> bool:
    """Whether a form was made for whoever has that cookie."""
    return token is not None and hmac.compare_digest(given.encode(), form_token(token).encode())


def by_tls(request: Request) -> bool:
    """Whether the browser spoke TLS, with this server or with a proxy in front.

    A caller who only says so is given cookies that its browser does not send in the clear: nothing is gained by it.
    """
    told = request.headers.get("x-forwarded-proto", "").partition(",")[0]  # by the proxy that the browser spoke to
    return request.url.scheme == "https" or told.strip().lower() == "https"


def read_token(request: Request, name: str) -> str | None:
    """The token of a cookie; None where there is none."""
    token = request.cookies.get(_cookie(request, name), "")
    return token if len(token) == _TOKEN_LENGTH and token.isascii() else None


def give_token(request: Request, response: Response, name: str, token: str) -> None:
    """Sets the cookie until the browser is closed; no script reads it, and no other site has it sent with a POST."""
    response.set_cookie(_cookie(request, name), token, path="/", secure=by_tls(request), httponly=True, samesite="lax")


def take_token(request: Request, response: Response, name: str) -> None:
    """Deletes the cookie."""
    response.delete_cookie(_cookie(request, name), path="/", secure=by_tls(request), httponly=True, samesite="lax")


def give_tongue(request: Request, response: Response, language: str) -> None:
    """Keeps the language that was chosen for a year."""
    response.set_cookie(
        TONGUE, language, max_age=_TONGUE_SECONDS, path="/console/", secure=by_tls(request), httponly=True,
        samesite="lax",
    )  # fmt: skip


def _cookie(request: Request, name: str) -> str:
    """With TLS the name by which browsers take it from this very host alone (RFC 6265bis §4.1.3.2)."""
    return f"__Host-{name}" if by_tls(request) else name


def is_own(request: Request, public_url: str) -> bool:
    """Whether a page of this server has sent the form, by what the browser says of it (Fetch Metadata, Origin).

    A page over http is another origin than this server over https (RFC 6454 §4), and may be anybody's on the way.
    Behind a proxy the scheme is what that tells in `X-Forwarded-Proto`, or what `public_url` has.
    """
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    told = request.headers.get("origin")
    if told is None:
        return "sec-fetch-site" in request.headers
    tls = by_tls(request)
    ours = {origin(f"{'https' if tls else 'http'}://{request.headers.get('host', '')}")}
    known = origin(public_url)
    if known.startswith("https:") or not tls:
        ours.add(known)
    return origin(told) in ours - {""}


def origin(url: str) -> str:
    """Scheme, host and port of an http(s) URL, by which browsers tell sites apart; empty: it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port or _PORTS[parts.scheme]}"


def place_before(request: Request, public_url: str) -> str:
    """The page of this server from which the request came, as path and query; empty: the browser names none."""
    told = request.headers.get("hx-current-url") or request.headers.get("referer", "")
    hosts = {request.headers.get("host", "").lower(), urlsplit(public_url).netloc.lower()}
    try:
        parts = urlsplit(told)
    except ValueError:
        return ""
    if parts.netloc.lower() not in hosts:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def address(request: Request) -> str:
    """Where the request comes from: what the last proxy says, if that is one of this machine."""
    peer = request.client.host if request.client else ""
    told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        if told and ipaddress.ip_address(peer).is_loopback:
            return str(ipaddress.ip_address(told))
    except ValueError:
        pass
    return peer


def browser(request: Request) -> str:
    """As it calls itself."""
    return request.headers.get("user-agent", "").replace("\0", "")[:_LONGEST_BROWSER]
