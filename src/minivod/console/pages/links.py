"""The link tester: what is wrong with a signed link, and a link with a signature; as `minivod playback` does both."""

import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import NamedTuple

from starlette.responses import Response

from minivod import ids
from minivod.console.pages.app import found, page
from minivod.console.visit import Refused, Visit
from minivod.playback import link_advice
from minivod.playback.signature import InvalidLink, Link, check_url, make, signed_by
from minivod.store import distributions

_LONGEST = 4000
_LONGEST_LIFETIME = 366 * 24 * 3600


class Tested(NamedTuple):
    """What came of it: `url` as it was given or signed; `wrong` in a sentence; what the link allows, and until when."""

    url: str
    made: bool = False
    wrong: str = ""
    mistake: str = ""
    link: Link | None = None
    ends: datetime | None = None
    late: bool = False
    elsewhere: int | None = None
    unsigned: bool = False


async def test(visit: Visit) -> Response:
    """Checks the signature of an address, or makes one, by the key of the application whose video it names."""
    one, url, wanted = await found(visit), visit.form.one("url").strip(), visit.form.one("do")
    if wanted not in ("check", "sign"):
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form")
    if not link_advice.path_of(url) or len(url) > _LONGEST or not url.isprintable():
        return await page(visit, one, HTTPStatus.BAD_REQUEST, section="link", error="link.bad_url")
    owner = await link_advice.owner(visit.db, url) or await distributions.find(visit.db, one.sub_app_id)
    if owner.url_key is None:
        return await page(visit, one, HTTPStatus.CONFLICT, section="link", error="link.no_key")
    if wanted == "check":
        tested = _checked(url, owner.url_key)
    else:
        limits = _limits(visit)
        if limits is None:
            return await page(visit, one, HTTPStatus.BAD_REQUEST, section="link", error="link.bad_limits")
        tested = _signed(url, owner.url_key, *limits)
    elsewhere = owner.sub_app_id if owner.sub_app_id != one.sub_app_id else None
    tested = tested._replace(elsewhere=elsewhere, unsigned=owner.distribution != distributions.SIGNED)
    return await page(visit, one, link=tested)


def _checked(url: str, key: str) -> Tested:
    try:
        link = check_url(url, key, time.time())
    except InvalidLink as error:
        return Tested(url, wrong=str(error), mistake=link_advice.mistake(url, key))
    return _told(url, link)


def _signed(url: str, key: str, lifetime: int, exper: int, rlimit: int) -> Tested:
    try:
        link = make(expires=time.time() + lifetime, exper=exper, rlimit=rlimit)
        return _told(signed_by(key, link, url), link)._replace(made=True)
    except InvalidLink as error:
        return Tested(url, wrong=str(error))


def _told(url: str, link: Link) -> Tested:
    return Tested(url, link=link, ends=datetime.fromtimestamp(link.expires, UTC), late=link.expires < time.time())


def _limits(visit: Visit) -> tuple[int, int, int] | None:
    """Seconds until it ends, seconds of a try-out, and addresses; None: one of them cannot be."""
    texts = [visit.form.one(name).strip() or default for name, default in _DEFAULTS.items()]
    if not all(ids.is_number(text, 9) for text in texts):
        return None
    lifetime, exper, rlimit = map(int, texts)
    return (lifetime, exper, rlimit) if 1 <= lifetime <= _LONGEST_LIFETIME and rlimit <= 9 else None


_DEFAULTS = {"lifetime": "3600", "exper": "0", "rlimit": "0"}
