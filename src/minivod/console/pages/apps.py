"""Accounts and their applications: what they use, and new ones."""

from collections.abc import Sequence
from http import HTTPStatus
from itertools import groupby

from starlette.responses import Response

from minivod import ids
from minivod.console import paths
from minivod.console.pages import keys
from minivod.console.recording import recorded
from minivod.console.visit import Refused, Visit
from minivod.errors import WireError
from minivod.processing.room import default_quota
from minivod.store import accounts, application_list
from minivod.store.application_list import Listed
from minivod.store.quotas import Quota, chosen

_ROWS = 50


async def show(visit: Visit) -> Response:
    """A page of applications, by account."""
    return await _page(visit)


async def _page(visit: Visit, status: HTTPStatus = HTTPStatus.OK, error: str = "") -> Response:
    start = _place(visit.asked("after"))
    found = await application_list.page(visit.db, start, _ROWS + 1)
    rows, more = found[:_ROWS], found[_ROWS:]
    return visit.page(
        "apps.html",
        status,
        accounts=[(app_id, list(group)) for app_id, group in groupby(rows, lambda one: one.app_id)],
        quota=lambda one: quota_of(visit, one),
        first=start == (0, 0),
        after=f"{rows[-1].app_id}-{rows[-1].sub_app_id}" if more else "",
        given=visit.form,
        error=error,
    )


def quota_of(visit: Visit, one: Listed) -> Quota:
    """The limits that hold for an application."""
    return chosen(one.quota_bytes, one.quota_media, one.quota_tasks, default_quota(visit.site.services.settings))


def _place(text: str) -> tuple[int, int]:
    """Of the row that was the last of the page before."""
    parts: Sequence[str] = text.split("-") if text else ("0", "0")
    if len(parts) != 2 or not all(ids.is_number(one) for one in parts):
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return int(parts[0]), int(parts[1])


async def create(visit: Visit) -> Response:
    """Makes an application of an account."""
    form, account = visit.form, visit.number("account")
    parameters = {"Name": form.one("name"), "Description": form.one("description")}
    try:
        made = await visit.call(account, "CreateSubAppId", parameters, about=form.one("name"))
    except WireError as error:
        return await _page(visit, HTTPStatus.CONFLICT, error.message)
    return visit.go(paths.with_query(paths.app(made.SubAppId), said="app_made"))


async def create_account(visit: Visit) -> Response:
    """Makes an account with its default application and a key, whose secret is on this answer and nowhere else."""
    async with visit.db.transaction() as connection:
        app_id = await accounts.create_account(connection)
        key = await accounts.create_key(connection, app_id)
        made = {"AppId": app_id, "SecretId": key.secret_id}
        await visit.record(connection, app_id, "CreateAccount", str(app_id), made)
    return keys.secret_page(visit, key)


async def switch_account(visit: Visit) -> Response:
    """Disables or enables an account."""
    account, wanted = visit.number("account"), visit.form.one("to")
    if wanted not in ("enabled", "disabled"):
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form")
    enabled = wanted == "enabled"
    action = "EnableAccount" if enabled else "DisableAccount"
    async with recorded(visit, account, action, str(account)) as db:
        if not await accounts.set_account_enabled(db, account, enabled=enabled):
            raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return visit.go(paths.with_query(paths.APPS, said=f"account_{wanted}"))
