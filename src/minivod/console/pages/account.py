"""One's own account: where one has signed in, and the password."""

from http import HTTPStatus

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from minivod.console import identity, paths
from minivod.console.passwords import Unfit, checked_password
from minivod.console.visit import Visit
from minivod.store import console_users

log = structlog.get_logger(__name__)


async def show(visit: Visit) -> Response:
    """Sessions, and the form for another password."""
    return await _page(visit)


async def _page(visit: Visit, status: HTTPStatus = HTTPStatus.OK, error: str = "") -> Response:
    found = await console_users.sessions(visit.db, visit.user.user_name)
    return visit.page("account.html", status, sessions=found, error=error)


async def end_others(visit: Visit) -> Response:
    """Signs out everywhere else."""
    await console_users.end_others(visit.db, visit.user.user_name, visit.user.token_hash)
    return visit.go(paths.with_query(paths.ACCOUNT, said="others_ended"))


async def change_password(visit: Visit) -> Response:
    """Sets another password, after the present one; ends all other sessions."""
    name, form = visit.user.user_name, visit.form
    if not await visit.site.throttle.accept(identity.address(visit.request), name):
        return await _page(visit, HTTPStatus.TOO_MANY_REQUESTS, "login.throttled")
    if await visit.site.passwords.verify(visit.db, name, form.one("present")) is None:
        return await _page(visit, HTTPStatus.FORBIDDEN, "account.wrong")
    if form.one("new") != form.one("again"):
        return await _page(visit, HTTPStatus.BAD_REQUEST, "account.differ")
    try:
        password = checked_password(form.one("new"))
    except Unfit:
        return await _page(visit, HTTPStatus.BAD_REQUEST, "account.unfit")
    password_hash = await run_in_threadpool(visit.site.passwords.hash, password)
    await console_users.set_password(visit.db, name, password_hash, keep=visit.user.token_hash)
    await visit.site.throttle.succeeded(name)
    log.info("console_password_changed", user=name)
    return visit.go(paths.with_query(paths.ACCOUNT, said="password_set"))
