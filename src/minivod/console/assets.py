"""Style sheets and scripts: read once, and served under names that change with them, so that browsers keep them."""

import hashlib
from collections.abc import Iterator
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

from minivod.console import paths

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
"""What is served; licences and digests beside it are not."""


class Assets:
    """All files of `static/`."""

    def __init__(self) -> None:
        self._files = dict(_read(files("minivod.console") / "static"))
        self._version = hashlib.sha256(b"".join(self._files.values())).hexdigest()[:16]

    def url(self, name: str) -> str:
        """Where a file is; raises KeyError for what is none of ours."""
        return f"{paths.STATIC}/{self._version}/{self._files[name] and name}"

    async def respond(self, request: Request) -> Response:
        """A file; for everybody, because the page for signing in needs them."""
        name = request.path_params["name"]
        headers = {"x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin"}
        if name not in self._files or request.path_params["version"] != self._version:
            return Response(status_code=HTTPStatus.NOT_FOUND, headers=headers | {"cache-control": "no-store"})
        headers["cache-control"] = "public, max-age=31536000, immutable"
        return Response(self._files[name], headers=headers, media_type=_TYPES[name.rpartition(".")[2]])


def _read(directory: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in sorted(directory.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _read(entry, f"{prefix}{entry.name}/")
        elif entry.name.rpartition(".")[2] in _TYPES:
            yield f"{prefix}{entry.name}", entry.read_bytes()
