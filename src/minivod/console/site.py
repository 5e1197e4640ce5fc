"""The console's pages by their addresses: who may see each is said here and nowhere else."""

from collections.abc import Iterator, Sequence, Set
from functools import partial
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from minivod.actions import Services
from minivod.console import operations, paths
from minivod.console.acting import Actor
from minivod.console.guard import Guarded, Handler
from minivod.console.pages import (
    account,
    evidence,
    media,
    media_changes,
    overview,
    review,
    signing_in,
    tasks,
    uploading,
)
from minivod.console.passwords import Passwords
from minivod.console.render import shared_pages
from minivod.console.throttle import Throttle
from minivod.console.visit import Refused, Site, Visit
from minivod.store.console_users import Role


class _Routes:
    """Makes the routes of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def get(self, path: str, page: Handler, role: Role | None = "viewer") -> BaseRoute:
        """A page, and the least role that sees it; None: everybody does."""
        return Route(path, Guarded(self._site, page, role=role))

    def post(self, path: str, page: Handler, role: Role | None = "viewer", *, form: bool = True) -> BaseRoute:
        """What takes a form; see `Guarded`."""
        return Route(path, Guarded(self._site, page, method="POST", role=role, form=form), methods=["POST"])


def make_site(services: Services, passwords: Passwords | None = None) -> Starlette:
    """The pages of a server, from its services."""
    throttle = Throttle(services.settings.rate_limit_storage)
    site = Site(services, shared_pages(), passwords or Passwords(), throttle, Actor(services))
    to = _Routes(site)
    pages = [*_for_all(to), *_media(to), *_tasks(to), *_review(to), *operations.routes(to)]
    made = Starlette(
        routes=[
            Route(f"{paths.STATIC}/{{version}}/{{name:path}}", site.pages.assets.respond),
            Route("/console", _home),
            *_with_ways_back(pages, to),
            Route("/console/{rest:path}", Guarded(site, _nothing)),
        ]
    )
    made.router.redirect_slashes = False
    return made


def _for_all(to: _Routes) -> list[BaseRoute]:
    return [
        to.post(paths.LOGIN, signing_in.sign_in, None),
        to.get(paths.LOGIN, signing_in.show, None),
        to.post(paths.LOGOUT, signing_in.sign_out, None),
        to.get(paths.LANGUAGE, signing_in.choose_language, None),
        to.get(paths.HOME, overview.show),
        to.get(paths.ACCOUNT, account.show),
        to.post(f"{paths.ACCOUNT}/sessions", account.end_others),
        to.post(f"{paths.ACCOUNT}/password", account.change_password),
    ]


def _media(to: _Routes) -> list[BaseRoute]:
    video = f"{paths.MEDIA}/{{app}}/{{file_id}}"
    return [
        to.get(paths.MEDIA, media.show),
        to.post(f"{paths.MEDIA}/{{app}}/upload", uploading.upload, "admin", form=False),
        to.get(video, media.details),
        to.get(f"{video}/published", media_changes.published),
        to.get(f"{video}/original", media_changes.original, "reviewer"),
        to.get(f"{video}/made/{{kind}}/{{definition}}/{{place}}", media_changes.made, "reviewer"),
        to.post(f"{video}/transcode", media_changes.transcode, "admin"),
        to.post(f"{video}/publish", media_changes.publish, "admin"),
        to.post(f"{video}/withdraw", media_changes.withdraw, "admin"),
        to.post(f"{video}/delete", media_changes.delete, "admin"),  # before what would answer that it is not by POST
        to.get(f"{video}/delete", media.confirm_delete, "admin"),
    ]


def _tasks(to: _Routes) -> list[BaseRoute]:
    task = f"{paths.TASKS}/{{app}}/{{task_id}}"
    return [
        to.get(paths.TASKS, tasks.show),
        to.get(task, tasks.details),
        to.post(f"{task}/abort", tasks.abort, "admin"),
        to.post(f"{task}/repeat", tasks.repeat, "admin"),
    ]


def _review(to: _Routes) -> list[BaseRoute]:
    video = f"{paths.REVIEW}/{{app}}/{{file_id}}"
    return [
        to.get(paths.REVIEW, review.queue),
        to.post(video, review.say, "reviewer"),
        to.get(video, review.show),
        to.get(f"{video}/video", evidence.video, "reviewer"),
        to.get(f"{video}/evidence/{{place}}", evidence.finding, "reviewer"),
    ]


async def _home(_: Request) -> Response:
    return RedirectResponse(paths.HOME, HTTPStatus.PERMANENT_REDIRECT)


async def _nothing(_: Visit) -> Response:
    raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")


def _with_ways_back(pages: Sequence[BaseRoute], to: _Routes) -> Iterator[BaseRoute]:
    """The pages; an address that only takes a form leads who opens it to the page that it belongs to.

    It stays in the browser when the form is refused: it may be loaded anew, or come back to after signing in. An
    address whose end is not fixed may be that of a page too, which comes first.
    """
    routes = [page for page in pages if isinstance(page, Route)]
    seen = {route.path for route in routes if "GET" in (route.methods or ("GET",))}
    last = []
    for route in routes:
        yield route
        if route.path not in seen:
            way = to.get(route.path, partial(_lead, _above(route.path, seen)))
            if route.path.endswith("}"):
                last.append(way)
            else:
                yield way
    yield from last


def _above(path: str, seen: Set[str]) -> int:
    """How many parts of the address, as `split` counts them, are that of the nearest page; 0: there is none."""
    parts = path.split("/")
    return next((length for length in range(len(parts) - 1, 2, -1) if "/".join(parts[:length]) in seen), 0)


async def _lead(parts: int, visit: Visit) -> Response:
    url = visit.request.url
    page = "/".join(url.path.split("/")[:parts]) if parts else paths.HOME
    return visit.go(f"{page}?{url.query}" if url.query else page)
