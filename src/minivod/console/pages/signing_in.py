"""Signing in and out, and choosing a language."""

import unicodedata
from http import HTTPStatus

import structlog
from starlette.responses import Response

from minivod.console import identity, paths
from minivod.console.visit import Visit
from minivod.messages import LANGUAGES
from minivod.store import console_users

log = structlog.get_logger(__name__)

_LONGEST = 200
"""Characters of a name that are looked at."""


async def show(visit: Visit) -> Response:
    """The form; who has signed in is led on."""
    if visit.session is not None:
        return visit.go(paths.HOME)
    return visit.page("login.html", name="", next=visit.asked("next"), error="")


async def sign_in(visit: Visit) -> Response:
    """Compares name and password; whatever is wrong, the answer is the same and takes as long."""
    name = unicodedata.normalize("NFC", visit.form.one("name").strip()[:_LONGEST])
    address = identity.address(visit.request)
    if not await visit.site.throttle.accept(address, name):
        log.warning("console_login_throttled", address=address)
        return _again(visit, name, HTTPStatus.TOO_MANY_REQUESTS, "login.throttled")
    right = await visit.site.passwords.verify(visit.db, name, visit.form.one("password"))
    token = identity.new_token()
    kept = (identity.token_hash(token), address, identity.browser(visit.request))
    if right is None or not await console_users.open_session(visit.db, name, right, *kept):
        log.warning("console_login_failed", address=address)  # not the name: people type passwords there
        return _again(visit, name, HTTPStatus.UNAUTHORIZED, "login.wrong")
    await visit.site.throttle.succeeded(name)
    log.info("console_login", user=name, address=address)
    response = visit.go(visit.form.one("next") or paths.HOME)
    identity.give_token(visit.request, response, identity.SESSION, token)
    return response


def _again(visit: Visit, name: str, status: HTTPStatus, error: str) -> Response:
    return visit.page("login.html", status, name=name, next=visit.form.one("next"), error=error)


async def sign_out(visit: Visit) -> Response:
    """Ends the session at the server, and has the browser forget it."""
    if visit.session is not None:
        await console_users.end_session(visit.db, visit.session.token_hash)
    response = visit.go(paths.with_query(paths.LOGIN, said="signed_out"))
    identity.take_token(visit.request, response, identity.SESSION)
    return response


async def choose_language(visit: Visit) -> Response:
    """Keeps the language that was chosen, and shows the same page in it."""
    response = visit.go(visit.asked("next"))
    if visit.asked("to") in LANGUAGES:
        identity.give_tongue(visit.request, response, visit.asked("to"))
    return response
