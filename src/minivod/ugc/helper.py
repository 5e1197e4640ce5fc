"""The script for pages that points the official uploader for the Web to this server, as a static file."""

from collections.abc import Sequence
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse
from starlette.routing import Route

NAME = "minivod-web-upload.js"
PATH = f"/static/{NAME}"
_FILE = Path(__file__).with_name(NAME)
_HEADERS = {"cache-control": "public, max-age=300", "x-content-type-options": "nosniff"}


def route(origins: Sequence[str]) -> Route:
    """Its route; pages of these origins may load it with a digest (`integrity`), which needs CORS."""
    cors = Middleware(CORSMiddleware, allow_origins=origins, allow_methods=("GET", "HEAD"))
    return Route(PATH, _answer, methods=["GET"], middleware=[cors])


async def _answer(_request: object) -> FileResponse:
    return FileResponse(_FILE, media_type="text/javascript", headers=_HEADERS)
