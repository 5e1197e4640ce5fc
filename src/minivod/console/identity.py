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
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "").strip() == "https"


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
    """Whether a page of this server has sent the form, by what the browser says of it (Fetch Metadata, Origin)."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return "sec-fetch-site" in request.headers
    parts = urlsplit(origin)
    hosts = {request.headers.get("host", "").lower(), urlsplit(public_url).netloc.lower()}
    return parts.scheme in ("http", "https") and parts.netloc.lower() in hosts


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
