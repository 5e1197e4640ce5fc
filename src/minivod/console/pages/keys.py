"""Access keys: who may call the API with what; the secret of a new one is shown once."""

import math
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from starlette.responses import Response

from minivod import ids
from minivod.api import registry
from minivod.console import paths
from minivod.console.recording import recorded
from minivod.console.visit import Refused, Visit
from minivod.store import accounts, application_list
from minivod.store.accounts import AccessKey

_ROWS = 50
_MOST_SHOWN = 200
"""Accounts, and applications of one, that can be chosen; an account has no more."""
_YEAR = 8784.0
"""Hours."""


async def show(visit: Visit) -> Response:
    """The keys, newest first; of one account if it is named."""
    account, start = _number(visit.asked("account")), _number(visit.asked("from")) or 0
    found = await application_list.keys(visit.db, account, offset=start, limit=_ROWS + 1)
    return visit.page(
        "keys.html",
        keys=found[:_ROWS],
        accounts=await application_list.account_ids(visit.db, _MOST_SHOWN),
        account=account,
        start=start,
        following=start + _ROWS if len(found) > _ROWS else None,
    )


def _number(text: str) -> int | None:
    if not text:
        return None
    if not ids.is_number(text):
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return int(text)


async def new(visit: Visit) -> Response:
    """The form for a key of an account."""
    account = _number(visit.asked("account"))
    if account is None or not await accounts.has_account(visit.db, account):
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return await _form(visit, account)


async def _form(visit: Visit, account: int, status: HTTPStatus = HTTPStatus.OK, error: str = "") -> Response:
    return visit.page(
        "key_new.html",
        status,
        account=account,
        applications=await application_list.named(visit.db, account, _MOST_SHOWN),
        actions=list(registry.discover()),
        chosen=set(filter(None, [*visit.form.all("app"), visit.asked("app")])),
        given=visit.form,
        error=error,
    )


async def create(visit: Visit) -> Response:
    """Makes a key, and shows its secret on this answer and nowhere else."""
    form, account = visit.form, _number(visit.form.one("account"))
    if account is None or not await accounts.has_account(visit.db, account):
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    hours = _hours(form.one("hours"))
    if hours is None:
        return await _form(visit, account, HTTPStatus.BAD_REQUEST, "keys.bad_hours")
    apps, actions = form.all("app"), form.all("action")
    known = {str(one.sub_app_id) for one in await application_list.named(visit.db, account, _MOST_SHOWN)}
    if not known.issuperset(apps) or not registry.discover().keys() >= set(actions):
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form")
    if (form.one("apps") == "some" and not apps) or (form.one("actions") == "some" and not actions):
        return await _form(visit, account, HTTPStatus.BAD_REQUEST, "keys.none_chosen")
    async with visit.db.transaction() as connection:
        key = await accounts.create_key(
            connection,
            account,
            expires_at=datetime.now(UTC) + timedelta(hours=hours) if hours else None,
            sub_app_ids=[int(one) for one in apps] if form.one("apps") == "some" else None,
            actions=actions if form.one("actions") == "some" else None,
        )
        limits = {"SubAppIds": key.sub_app_ids, "Actions": key.actions, "Hours": hours or None, "AppId": account}
        await visit.record(connection, account, "CreateKey", key.secret_id, limits)
    return secret_page(visit, key)


def _hours(text: str) -> float | None:
    """0: for ever; None: no number of hours."""
    try:
        hours = float(text or 0)
    except ValueError:
        return None
    return hours if math.isfinite(hours) and (hours == 0 or 0.001 <= hours <= _YEAR) else None


def secret_page(visit: Visit, key: AccessKey) -> Response:
    """The one page that has the secret of a key; nothing keeps it, and no address leads here."""
    return visit.page("key_made.html", key=key)


async def switch(visit: Visit) -> Response:
    """Disables or enables a key."""
    secret_id, wanted = visit.form.one("secret_id"), visit.form.one("to")
    if wanted not in ("enabled", "disabled"):
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form")
    key = await accounts.find_key(visit.db, secret_id) if secret_id.isprintable() else None
    if key is None:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    enabled = wanted == "enabled"
    async with recorded(visit, key.app_id, "EnableKey" if enabled else "DisableKey", secret_id) as db:
        await accounts.set_key_enabled(db, secret_id, enabled=enabled)
    here = paths.with_query(paths.KEYS, account=_number(visit.form.one("account")))
    return visit.go(paths.with_query(here, said=f"key_{wanted}"))
