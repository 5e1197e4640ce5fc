"""The console's pages by their addresses: who may see each is said here and nowhere else."""

from http import HTTPStatus
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from minivod.actions import Services
from minivod.console import paths
from minivod.console.acting import Actor
from minivod.console.assets import Assets
from minivod.console.guard import Guarded, Handler
from minivod.console.pages import (
    account,
    app,
    apps,
    events,
    evidence,
    keys,
    links,
    overview,
    procedures,
    review,
    signatures,
    signing_in,
    templates,
)
from minivod.console.passwords import Passwords
from minivod.console.render import Pages
from minivod.console.throttle import Throttle
from minivod.console.visit import Refused, Site, Visit
from minivod.store.console_users import Role


class Build(Protocol):
    """Makes the route of a page."""

    def __call__(self, path: str, page: Handler, role: Role | None = "viewer") -> BaseRoute:
        """Args: path: of its address; page: that answers; role: the least that sees it, None: everybody."""


def make_site(services: Services, passwords: Passwords | None = None) -> Starlette:
    """The pages of a server, from its services."""
    throttle = Throttle(services.settings.rate_limit_storage)
    site = Site(services, Pages(Assets()), passwords or Passwords(), throttle, Actor(services))

    def get(path: str, page: Handler, role: Role | None = "viewer") -> BaseRoute:
        return Route(path, Guarded(site, page, role=role))

    def post(path: str, page: Handler, role: Role | None = "viewer") -> BaseRoute:
        return Route(path, Guarded(site, page, method="POST", role=role), methods=["POST"])

    video = f"{paths.REVIEW}/{{app}}/{{file_id}}"
    made = Starlette(
        routes=[
            Route(f"{paths.STATIC}/{{version}}/{{name:path}}", site.pages.assets.respond),
            Route("/console", _home),
            post(paths.LOGIN, signing_in.sign_in, None),
            get(paths.LOGIN, signing_in.show, None),
            post(paths.LOGOUT, signing_in.sign_out, None),
            get(paths.LANGUAGE, signing_in.choose_language, None),
            get(paths.HOME, overview.show),
            get(paths.ACCOUNT, account.show),
            post(f"{paths.ACCOUNT}/sessions", account.end_others),
            post(f"{paths.ACCOUNT}/password", account.change_password),
            get(paths.REVIEW, review.queue),
            post(video, review.say, "reviewer"),  # before what would answer that it is not by POST
            get(video, review.show),
            get(f"{video}/video", evidence.video, "reviewer"),
            get(f"{video}/evidence/{{place}}", evidence.finding, "reviewer"),
            *_applications(get, post),
            *_events(get, post),
            *_templates(get, post),
            post(paths.SIGNATURES, signatures.examine, "admin"),
            get(paths.SIGNATURES, signatures.show, "admin"),
            get(f"{paths.SIGNATURES}/{{request_id}}", signatures.kept, "admin"),
            Route("/console/{rest:path}", Guarded(site, _nothing)),
        ]
    )
    made.router.redirect_slashes = False
    return made


def _applications(get: Build, post: Build) -> list[BaseRoute]:
    """Accounts, applications and keys: who is no admin sees them, without secrets."""
    account, one = f"{paths.APPS}/accounts/{{account}}", f"{paths.APPS}/{{app}}"
    return [
        get(paths.APPS, apps.show),
        post(f"{paths.APPS}/accounts", apps.create_account, "admin"),
        post(account, apps.switch_account, "admin"),
        post(f"{account}/applications", apps.create, "admin"),
        post(paths.KEYS, keys.create, "admin"),
        get(paths.KEYS, keys.show),
        get(f"{paths.KEYS}/new", keys.new, "admin"),
        post(f"{paths.KEYS}/switch", keys.switch, "admin"),
        get(one, app.show),
        post(f"{one}/about", app.describe, "admin"),
        post(f"{one}/status", app.switch, "admin"),
        post(f"{one}/quotas", app.set_quotas, "admin"),
        post(f"{one}/distribution", app.distribute, "admin"),
        post(f"{one}/key", app.show_key, "admin"),
        post(f"{one}/policy", app.set_policy, "admin"),
        post(f"{one}/link", links.test, "admin"),
    ]


def _events(get: Build, post: Build) -> list[BaseRoute]:
    """Events: who is no admin sees them, and of addresses that are called no query."""
    one = f"{paths.EVENTS}/{{app}}"
    return [
        get(paths.EVENTS, events.show),
        get(f"{one}/event/{{event}}", events.show_event),
        post(f"{one}/config", events.configure, "admin"),
        post(f"{one}/replay", events.replay, "admin"),
        post(f"{one}/test", events.test, "admin"),
        post(f"{one}/secret", events.secret, "admin"),
    ]


def _templates(get: Build, post: Build) -> list[BaseRoute]:
    """Templates and procedures."""
    one, kind = f"{paths.TEMPLATES}/{{app}}", f"{paths.TEMPLATES}/{{app}}/{{kind}}"
    return [
        get(paths.TEMPLATES, templates.show),
        post(f"{one}/procedure", procedures.create, "admin"),
        get(f"{one}/procedure", procedures.details),
        get(f"{one}/procedure/new", procedures.new, "admin"),
        get(f"{one}/procedure/edit", procedures.edit, "admin"),
        post(f"{one}/procedure/change", procedures.change, "admin"),
        post(f"{one}/procedure/delete", procedures.delete, "admin"),
        post(kind, templates.create, "admin"),
        get(f"{kind}/new", templates.new, "admin"),
        post(f"{kind}/{{definition}}", templates.change, "admin"),
        get(f"{kind}/{{definition}}", templates.details),
        get(f"{kind}/{{definition}}/edit", templates.edit, "admin"),
        post(f"{kind}/{{definition}}/delete", templates.delete, "admin"),
    ]


async def _home(_: Request) -> Response:
    return RedirectResponse(paths.HOME, HTTPStatus.PERMANENT_REDIRECT)


async def _nothing(_: Visit) -> Response:
    raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
