"""One request of the console: who asks, in which language, with which form, and the answers that a page can give."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from minivod import ids
from minivod.actions import Services
from minivod.console import identity, paths, texts
from minivod.console.acting import Actor, By, kept
from minivod.console.forms import Form
from minivod.console.passwords import Passwords
from minivod.console.render import Pages
from minivod.console.throttle import Throttle
from minivod.messages import translate
from minivod.store import console_changes
from minivod.store.console_users import ROLES, Role, Session
from minivod.store.database import Connection, Database

_LONGEST_ID = 20


class Refused(Exception):
    """The request gets an error page, with the text of that key."""

    def __init__(self, status: HTTPStatus, key: str) -> None:
        super().__init__(key)
        self.status = status
        self.key = key


@dataclass(frozen=True)
class Site:
    """What all pages work with."""

    services: Services
    pages: Pages
    passwords: Passwords
    throttle: Throttle
    actor: Actor


@dataclass(frozen=True)
class Visit:
    """A request.

    Attributes:
        site: what pages work with.
        request: as it came.
        language: of the answer.
        token: of the cookie: of the session, or of a visitor.
        session: None: nobody has signed in.
        form: empty unless it is a POST.
    """

    site: Site
    request: Request
    language: str
    token: str
    session: Session | None
    form: Form

    @property
    def db(self) -> Database:
        """The database."""
        return self.site.services.database

    @property
    def user(self) -> Session:
        """Who has signed in; only for pages that ask for a role."""
        if self.session is None:
            raise Refused(HTTPStatus.FORBIDDEN, "error.forbidden")
        return self.session

    async def call(
        self, sub_app_id: int, action: str, parameters: Mapping[str, Any], *, about: str = "", text: bool = False
    ) -> Any:
        """The answer of an action of the API, for whoever has signed in; see `Actor.call`. Raises WireError."""
        by = By(self.user.user_name, self.language, self.request.url.scheme)
        return await self.site.actor.call(by, sub_app_id, action, parameters, about=about, text=text)

    async def record(
        self, connection: Connection, sub_app_id: int | None, action: str, about: str, parameters: Mapping[str, Any]
    ) -> None:
        """Writes down, in the transaction that does it, what the console does and no action of the API does."""
        name = self.user.user_name
        change = await console_changes.begin(connection, name, sub_app_id, action, about, kept(parameters))
        await console_changes.end(connection, change)

    def filled_in(self, form: Form) -> "Visit":
        """The request with its form; raises Refused where that was not made for whoever sends it."""
        if not identity.is_form_token(form.one("csrf"), self.token):
            raise Refused(HTTPStatus.FORBIDDEN, "error.stale")
        return replace(self, form=form)

    @property
    def had_session(self) -> bool:
        """Whether the browser names a session; where there is none, it has ended."""
        return identity.read_token(self.request, identity.SESSION) is not None

    def text(self, key: str, **values: object) -> str:
        """A text of the console in the language of the page."""
        return texts.in_language(self.language)(key, **values)

    def said(self, message: str) -> str:
        """A message of the server, which is English, in the language of the page."""
        return translate(message, self.language)

    def may(self, role: Role) -> bool:
        """Whether who has signed in has that role, or a higher one."""
        return self.session is not None and ROLES.index(self.session.role) >= ROLES.index(role)

    def asked(self, name: str) -> str:
        """A value of the query; empty where there is none, or one that is no text."""
        value = self.request.query_params.get(name, "")
        return value if value.isprintable() else ""

    def number(self, name: str) -> int:
        """A part of the path that is an id; raises Refused."""
        text = self.request.path_params[name]
        if not ids.is_number(text):
            raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
        return int(text)

    def page(self, template: str, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> Response:
        """The page of a template."""
        path = self.request.url.path
        query, about = self.request.url.query, self.asked("about")
        known: Mapping[str, Any] = {
            "session": self.session,
            "may": self.may,
            "csrf": identity.form_token(self.token),
            "here": path,
            "here_with_query": f"{path}?{query}" if query else path,
            "said": texts.said(self.asked("said")) if self.request.method != "POST" else "",  # that was before
            "about": about if ids.is_number(about, _LONGEST_ID) else "",
        }
        return HTMLResponse(self.site.pages.make(template, self.language, {**known, **values}), status)

    def go(self, path: str) -> Response:
        """Has the browser get another page of the console."""
        return RedirectResponse(paths.inside(path), HTTPStatus.SEE_OTHER)
