"""Why a signature was refused: of a kept request, or of one that is pasted; as `minivod doctor signature` says it."""

import asyncio
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from minivod.api import failures, signers
from minivod.api.captured import CaptureError, parse_capture, restore, secret_id_of
from minivod.api.diagnosis import Diagnosis, Known, diagnose, diagnose_record
from minivod.api.failures import FailedSignature
from minivod.api.request import HttpRequest
from minivod.console.visit import Refused, Visit

_ROWS = 50
_LONGEST_HOST = 300


async def show(visit: Visit) -> Response:
    """The form, and the latest requests that were refused."""
    return await _page(visit)


async def _page(visit: Visit, status: HTTPStatus = HTTPStatus.OK, **more: Any) -> Response:
    """What was pasted is not on it again: it may have secrets in it."""
    records = await asyncio.to_thread(_recent, _directory(visit))
    form = {name: visit.form.one(name) for name in ("called", "at")}
    values: dict[str, Any] = {"records": records, "form": form, "error": "", "found": None, "record": None}
    return visit.page("signatures.html", status, **{**values, **more})


def _directory(visit: Visit) -> Path:
    return Path(visit.site.services.settings.data_dir) / failures.DIRECTORY


def _recent(directory: Path) -> list[FailedSignature]:
    return failures.recent(directory, _ROWS) if directory.is_dir() else []


async def kept(visit: Visit) -> Response:
    """A request that this server has refused and kept, without its secrets."""
    record = await asyncio.to_thread(failures.load, _directory(visit), visit.request.path_params["request_id"])
    if record is None:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    known = await _known(visit, secret_id_of(restore(record, None)), _hosts(visit, ""))
    return visit.page("signature.html", record=record, found=await asyncio.to_thread(diagnose_record, record, known))


async def examine(visit: Visit) -> Response:
    """A request that is pasted."""
    called, at = visit.form.one("called").strip(), _moment(visit.form.one("at").strip())
    if at is None:
        return await _page(visit, HTTPStatus.BAD_REQUEST, error="signature.bad_time")
    if len(called) > _LONGEST_HOST or not called.isprintable():
        return await _page(visit, HTTPStatus.BAD_REQUEST, error="signature.bad_host")
    try:
        requests = list(readings(visit.form.one("request")))
    except CaptureError:
        return await _page(visit, HTTPStatus.BAD_REQUEST, error="signature.no_request")
    known = await _known(visit, secret_id_of(requests[0]), _hosts(visit, called))
    return await _page(visit, found=await asyncio.to_thread(_best, requests, known, at))


def _moment(text: str) -> float | None:
    """Unix time, now if it is empty; None: it is none."""
    try:
        moment = float(text) if text else time.time()
    except ValueError:
        return None
    return moment if 0 <= moment < 1e11 else None


def readings(text: str) -> Iterator[HttpRequest]:
    """The request that a form has, in each way in which it may have been sent, the likeliest first.

    Browsers send every line of a form with CR LF, and people add a line feed at the end: the bytes of the body are
    not known to be these. A length that the request tells decides.

    Raises:
        CaptureError: it is no request.
    """
    plain = text.replace("\r\n", "\n").lstrip()
    if plain.startswith(("http://", "https://")):
        yield parse_capture(_get(plain.strip()))
        return
    head, empty, body = plain.partition("\n\n")
    short = body.rstrip("\n")
    bodies = dict.fromkeys((body, short, body.replace("\n", "\r\n"), short.replace("\n", "\r\n")))
    raws = [f"{head}{empty}{one}".encode("utf-8", "surrogatepass") for one in bodies]
    sizes = [len(one.encode("utf-8", "surrogatepass")) for one in bodies]
    length = parse_capture(raws[0]).headers.get("content-length", "")
    order = sorted(range(len(raws)), key=lambda index: str(sizes[index]) != length)  # stable
    for index in order:
        yield parse_capture(raws[index])


def _get(url: str) -> bytes:
    """The request that a browser makes of an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise CaptureError("the address cannot be read") from None
    if not parts.netloc or any(char.isspace() for char in url):
        raise CaptureError("the address has no host, or blanks")
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    host = parts.netloc.rpartition("@")[2]
    return f"GET {target} HTTP/1.1\nHost: {host}\n\n".encode("utf-8", "surrogatepass")


def _best(requests: list[HttpRequest], known: Known, at: float) -> Diagnosis:
    """What is found in the first way that is right, or else in the likeliest one."""
    found = [diagnose(requests[0], known, now=at)]
    for request in requests[1:]:
        if found[0].verdict != "mismatch":
            break
        found.append(diagnose(request, known, now=at))
    return next((one for one in found if one.verdict in ("valid", "refused")), found[0])


def _hosts(visit: Visit, called: str) -> list[str]:
    own = urlsplit(visit.site.services.settings.public_url).netloc.rpartition("@")[2]
    return [host for host in (called, own) if host]


async def _known(visit: Visit, secret_id: str | None, hosts: list[str]) -> Known:
    key, others = await signers.find(visit.db, secret_id) if secret_id is not None else (None, [])
    return signers.known(visit.site.services.settings, key, others, hosts)
