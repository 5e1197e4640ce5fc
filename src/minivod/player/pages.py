"""The routes of the player page, which is the same for all videos, and of static files: its own, and for others' pages.

Those are the player as a module, and the script that lets the official uploader for the Web upload to this server.
"""

from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from minivod import ids
from minivod.playback.files import is_app_id

STATIC = Path(__file__).with_name("static")
_PAGE = "page.html"
_TYPES = {
    ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml",
    ".txt": "text/plain",
}  # fmt: skip
_NOSNIFF = {"x-content-type-options": "nosniff"}


def routes(*, origins: Sequence[str], frames: Sequence[str], media: Sequence[str]) -> list[Route]:
    """`/player/{appId}/{fileId}` and `/static/{name}`.

    Args:
        origins: whose pages may load the module; `*` for all.
        frames: whose pages may show the page in a frame; `*` for all.
        media: URLs or schemes from where videos and pictures come, beside this server.
    """
    cors = Middleware(CORSMiddleware, allow_origins=origins, allow_methods=("GET", "HEAD"))
    headers = _NOSNIFF | {"cache-control": "no-cache", "content-security-policy": policy(frames, media)}

    async def page(request: Request) -> Response:
        path = request.path_params
        known = is_app_id(path["app_id"]) and ids.is_file_id(path["file_id"])
        status = HTTPStatus.OK if known else HTTPStatus.NOT_FOUND  # which the page itself says in words
        return FileResponse(STATIC / _PAGE, status, media_type="text/html", headers=headers)

    return [
        Route("/player/{app_id}/{file_id}", page, methods=["GET"]),
        Route("/static/{name}", _static, methods=["GET"], middleware=[cors]),
    ]


def policy(frames: Sequence[str], media: Sequence[str]) -> str:
    """The Content-Security-Policy of the page (W3C CSP 3): its own scripts and styles, and no inline code."""
    places = " ".join(["'self'", *media])
    ancestors = " ".join(frames) or "'none'"
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"connect-src {places}",
            f"img-src {places}",
            f"media-src blob: {places}",  # blob: is what scripts feed
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {ancestors}",
        ]
    )


@cache
def _files() -> dict[str, Path]:
    """By name; the directory is looked at once."""
    return {one.name: one for one in STATIC.iterdir() if one.suffix in _TYPES}


async def _static(request: Request) -> Response:
    """A file of the directory, by its name alone."""
    file = _files().get(request.path_params["name"])
    if file is None:
        return Response(status_code=HTTPStatus.NOT_FOUND, headers=_NOSNIFF)
    headers = _NOSNIFF | {"cache-control": "public, max-age=300"}
    return FileResponse(file, media_type=_TYPES[file.suffix], headers=headers)
