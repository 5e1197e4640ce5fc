"""What every request of the console passes: headers, session, role, the form's token, and failures as pages."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus

import psycopg
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from minivod import errors
from minivod.console import identity, language, paths
from minivod.console.forms import BadForm, Form, read_form
from minivod.console.visit import Refused, Site, Visit
from minivod.errors import WireError
from minivod.objects import NoSuchObject, StoreUnavailable
from minivod.store import console_users
from minivod.store.console_users import Role

log = structlog.get_logger(__name__)

Handler = Callable[[Visit], Awaitable[Response]]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "same-origin",  # with no-referrer browsers would send `Origin: null` with our own forms
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_READS = ("GET", "HEAD")
_LONGEST_ORIGIN = 200


class Guarded:
    """ASGI application around a page."""

    def __init__(
        self, site: Site, page: Handler, *, method: str = "GET", role: Role | None = "viewer", form: bool = True
    ) -> None:
        """What a page is guarded by.

        Args:
            site: of the page.
            page: answers.
            method: GET (HEAD too) or POST.
            role: the least that sees it; None: everybody.
            form: False: the page reads the body of a POST by itself, and checks the form's token (`Visit.filled_in`).
        """
        self._form = form
        self._site = site
        self._page = page
        self._methods = _READS if method == "GET" else (method,)
        self._role = role

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        request = Request(scope, receive)
        response = await self._respond(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        tongue = language.of_request(request, self._site.services.settings.language)
        visit = Visit(self._site, request, tongue, identity.new_token(), None, Form({}))
        try:
            visit = await self._identified(visit)
            response = await self._answer(visit)
        except Refused as refused:
            response = _failure(visit, refused.status, refused.key)
        except WireError as error:
            response = _refused(visit, error)
        except NoSuchObject:
            response = _failure(visit, HTTPStatus.NOT_FOUND, "error.not_found")
        except (psycopg.OperationalError, StoreUnavailable) as error:
            log.warning("console_unavailable", path=request.url.path, reason=str(error))
            response = _failure(visit, HTTPStatus.SERVICE_UNAVAILABLE, "error.unavailable")
        except Exception:  # the one place where failures become pages
            log.exception("console_failed", path=request.url.path)
            response = _failure(visit, HTTPStatus.INTERNAL_SERVER_ERROR, "error.internal")
        if visit.session is None and visit.token != identity.read_token(request, identity.VISITOR):
            identity.give_token(request, response, identity.VISITOR, visit.token)
        return response

    async def _identified(self, visit: Visit) -> Visit:
        request = visit.request
        token = identity.read_token(request, identity.SESSION)
        if token is not None:
            by_person = "hx-request" not in request.headers  # what refreshes itself keeps no session alive
            session = await console_users.find_session(visit.db, identity.token_hash(token), used=by_person)
            if session is not None:
                return replace(visit, token=token, session=session)
        known = identity.read_token(request, identity.VISITOR)
        return replace(visit, token=known) if known else visit

    async def _answer(self, visit: Visit) -> Response:
        request = visit.request
        if request.method not in self._methods:
            return Response(status_code=HTTPStatus.METHOD_NOT_ALLOWED, headers={"allow": ", ".join(self._methods)})
        if self._role is not None and visit.session is None:
            return _to_login(visit)
        if self._role is not None and not visit.may(self._role):
            raise Refused(HTTPStatus.FORBIDDEN, "error.forbidden")
        if request.method == "POST":
            visit = await self._with_form(visit)
        return await self._page(visit)

    async def _with_form(self, visit: Visit) -> Visit:
        if not identity.is_own(visit.request, self._site.services.public_url):
            told = visit.request.headers.get("origin", "")
            log.warning("console_form_of_another_site", path=visit.request.url.path, origin=told[:_LONGEST_ORIGIN])
            raise Refused(HTTPStatus.FORBIDDEN, "error.foreign")
        if not self._form:
            return visit
        try:
            return visit.filled_in(await read_form(visit.request))
        except BadForm:
            raise Refused(HTTPStatus.BAD_REQUEST, "error.form") from None


def _to_login(visit: Visit) -> Response:
    """Says why one has to sign in, and leads back afterwards, to the page of a form; nothing is sent again."""
    request, public_url = visit.request, visit.site.services.public_url
    by_itself = "hx-request" in request.headers
    if by_itself:
        there = identity.place_before(request, public_url)
    elif request.method in _READS:
        there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    else:
        there = identity.place_before(request, public_url) if identity.is_own(request, public_url) else ""
    said = "undone" if request.method == "POST" else "ended" if visit.had_session else ""
    back = there if there != paths.HOME and paths.inside(there) == there else ""
    login = paths.with_query(paths.LOGIN, next=back, said=said)
    if by_itself:
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"hx-redirect": login})
    return visit.go(login)


def _failure(visit: Visit, status: HTTPStatus, key: str) -> Response:
    return visit.page("error.html", status, key=key, number=int(status), code="", message="")


def _refused(visit: Visit, error: WireError) -> Response:
    """What an action answered, where its page has no better place for it."""
    if isinstance(error, errors.InternalError):
        return _failure(visit, HTTPStatus.INTERNAL_SERVER_ERROR, "error.internal")
    if isinstance(error, errors.ServiceUnavailable):
        return _failure(visit, HTTPStatus.SERVICE_UNAVAILABLE, "error.unavailable")
    status = HTTPStatus.CONFLICT
    return visit.page(
        "error.html", status, key="error.refused", number=int(status), code=error.code, message=error.message
    )
