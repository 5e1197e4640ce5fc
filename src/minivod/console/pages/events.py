"""Events and the callbacks that tell of them: configuration, deliveries, replay and a test, as `minivod events`."""

import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from minivod.callbacks.sender import shown
from minivod.callbacks.trial import Finding, Trial
from minivod.clock import Clock
from minivod.console import choosing, paths
from minivod.console.recording import recorded
from minivod.console.visit import Refused, Visit
from minivod.egress import Egress
from minivod.errors import WireError
from minivod.store import event_configs, event_log
from minivod.store.application_list import Named
from minivod.store.event_log import Wish
from minivod.webhooks import new_secret

_ROWS = 25
STATES = ("WAITING", "DELIVERED", "FAILED", "PULL", "CONFIRMED")
PERIODS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "days": timedelta(days=4)}
_LONGEST_URL = 4000
_LONGEST_OVERLAP = 8784.0
"""Hours."""


async def show(visit: Visit) -> Response:
    """How an application is told of its events, and what came of it."""
    one = await choosing.chosen(visit)
    return visit.page("no_account.html", title="nav.events") if one is None else await _page(visit, one)


async def _page(visit: Visit, one: Named, status: HTTPStatus = HTTPStatus.OK, **more: Any) -> Response:
    state = visit.asked("state") if visit.asked("state") in STATES else ""
    db, settings, before = visit.db, visit.site.services.settings, visit.asked("before")
    config = await event_configs.find(db, one.sub_app_id)
    found = await event_log.recent(db, one.sub_app_id, limit=_ROWS + 1, state=state, before=before)
    values: dict[str, Any] = {
        "one": one,
        "applications": await choosing.choices(visit, one),
        "config": config,
        "url": config.url if visit.may("admin") else config.url and shown(config.url),
        "gone_url": config.gone_url and shown(config.gone_url),
        "on_upload": config.tells_of_uploads(settings.event_on_upload),
        "on_delete": config.tells_of_deletions(settings.event_on_delete),
        "queue": await event_log.queue(db, one.sub_app_id),
        "most": event_log.MOST_COUNTED,
        "events": found[:_ROWS],
        "states": STATES,
        "state": state,
        "first": not before,
        "following": found[_ROWS - 1].message_id if len(found) > _ROWS else "",
        "periods": list(PERIODS),
        "form": visit.form,
        "section": "", "error": "", "tried": "", "findings": [], "secrets": None,
    }  # fmt: skip
    return visit.page("events.html", status, **{**values, **more})


async def show_event(visit: Visit) -> Response:
    """An event: what it says, and all calls that were made for it."""
    one, message_id = await choosing.named(visit), visit.request.path_params["event"]
    found = (
        await event_log.recent(visit.db, one.sub_app_id, limit=1, only=message_id) if message_id.isprintable() else []
    )
    if not found:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    payload = await event_log.payload(visit.db, one.sub_app_id, message_id)
    calls = await event_log.calls(visit.db, one.sub_app_id, message_id)
    config = await event_configs.find(visit.db, one.sub_app_id)
    lines = json.dumps(payload, ensure_ascii=False, indent=2).split("\n")
    return visit.page("event.html", one=one, event=found[0], lines=lines, calls=calls or [], config=config)


async def configure(visit: Visit) -> Response:
    """Changes how the application is told; by ModifyEventConfig."""
    one, form = await choosing.named(visit), visit.form
    parameters = {
        "Mode": form.one("mode"),
        "NotificationUrl": form.one("url").strip(),
        "UploadMediaCompleteEventSwitch": "ON" if form.one("on_upload") else "OFF",
        "DeleteMediaCompleteEventSwitch": "ON" if form.one("on_delete") else "OFF",
    }
    if form.one("sign_key") or form.one("no_sign_key"):
        parameters["SignKey"] = "" if form.one("no_sign_key") else form.one("sign_key")
    try:
        await visit.call(one.sub_app_id, "ModifyEventConfig", parameters, about=str(one.sub_app_id))
    except WireError as error:
        return await _page(visit, one, HTTPStatus.CONFLICT, section="config", error=error.message)
    return visit.go(f"{paths.events(one.sub_app_id, said='saved')}#config")


async def replay(visit: Visit) -> Response:
    """Has events told again: one, or those of a period."""
    one, form = await choosing.named(visit), visit.form
    event, period = form.one("event"), form.one("period")
    if not event.isprintable() or (not event and period not in PERIODS):
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form")
    since = None if event else datetime.now(UTC) - PERIODS[period]
    ids, failed = [event] if event else [], bool(form.one("failed"))
    wish = Wish(sub_app_id=one.sub_app_id, message_ids=ids, since=since, only_failed=failed)
    about = {"Event": event} if event else {"Since": str(since), "OnlyFailed": wish.only_failed}
    async with recorded(visit, one.sub_app_id, "ReplayEvents", event or str(one.sub_app_id), about) as db:
        number = await event_log.replay(db, wish)
    said = "replayed" if number else "none_replayed"
    if event:
        return visit.go(paths.with_query(paths.event(one.sub_app_id, event), said=said))
    return visit.go(paths.events(one.sub_app_id, said=said))


async def test(visit: Visit) -> Response:
    """Sends a test event to a receiver, then two calls that it must refuse."""
    one, settings = await choosing.named(visit), visit.site.services.settings
    config = await event_configs.find(visit.db, one.sub_app_id)
    url = visit.form.one("url").strip() or config.url
    if not url or len(url) > _LONGEST_URL or not url.isprintable():
        return await _page(visit, one, HTTPStatus.BAD_REQUEST, section="test", error="events.no_url")
    async with recorded(visit, one.sub_app_id, "TestEvent", str(one.sub_app_id), {"NotificationUrl": url}) as db:
        valid = (await event_configs.secrets(db, one.sub_app_id, new_secret())).valid
    trial = Trial(Egress(settings), Clock(), settings.push_timeout)
    findings: list[Finding] = [found async for found in trial.run(url, valid, config.sign_key)]
    return await _page(visit, one, tried=shown(url), findings=findings)


async def secret(visit: Visit) -> Response:
    """Shows what callbacks are signed with, or makes another; on this answer alone."""
    one, wanted = await choosing.named(visit), visit.form.one("do")
    hours = _hours(visit.form.one("overlap")) if wanted == "rotate" else 0.0
    if wanted not in ("show", "rotate"):
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form")
    if hours is None:
        return await _page(visit, one, HTTPStatus.BAD_REQUEST, section="secret", error="events.bad_overlap")
    action = "RotateEventSecret" if wanted == "rotate" else "ShowEventSecret"
    async with recorded(visit, one.sub_app_id, action, str(one.sub_app_id), {"Hours": hours} if hours else {}) as db:
        if wanted == "rotate":
            found = await event_configs.rotate(db, one.sub_app_id, new_secret(), timedelta(hours=hours))
        else:
            found = await event_configs.secrets(db, one.sub_app_id, new_secret())
    return await _page(visit, one, section="secret", secrets=found)


def _hours(text: str) -> float | None:
    """Of an overlap; None: it is none."""
    try:
        hours = float(text or 24)
    except ValueError:
        return None
    return hours if 0 <= hours <= _LONGEST_OVERLAP else None
