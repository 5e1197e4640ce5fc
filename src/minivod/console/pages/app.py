"""One application: its name and status, its quotas, who may play what of it, and what findings of reviews mean."""

from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from minivod.console import paths
from minivod.console.pages import policy_form
from minivod.console.pages.apps import quota_of
from minivod.console.recording import recorded
from minivod.console.visit import Refused, Visit
from minivod.errors import WireError
from minivod.processing.room import DEFAULT, default_quota, read_limit
from minivod.publishing import own_policies
from minivod.publishing.own_policies import PolicyError
from minivod.store import application_list, console_changes, distributions, policies, quotas
from minivod.store.application_list import Listed

_CHANGES = 20
_QUOTAS = ("bytes", "media", "tasks")
_KINDS = (distributions.PUBLISHED, distributions.SIGNED, distributions.OPEN)


async def show(visit: Visit) -> Response:
    """The application."""
    return await page(visit, await found(visit))


async def found(visit: Visit) -> Listed:
    """The application of the address; raises Refused."""
    one = await application_list.find(visit.db, visit.number("app"))
    if one is None:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return one


async def page(visit: Visit, one: Listed, status: HTTPStatus = HTTPStatus.OK, **more: Any) -> Response:
    """The page of an application.

    Args:
        visit: the request.
        one: the application.
        status: of the answer.
        more: `section` and `error` of a form that was refused, `link` that was tested, and `key` to be shown.
    """
    db, settings = visit.db, visit.site.services.settings
    values: dict[str, Any] = {
        "one": one,
        "quota": quota_of(visit, one),
        "default": default_quota(settings),
        "distribution": await distributions.find(db, one.sub_app_id),
        "kinds": _KINDS,
        "policy": await policy_form.shown(visit, one.sub_app_id),
        "policy_history": (await policies.history(db, one.sub_app_id))[: -_CHANGES - 1 : -1],
        "changes": await console_changes.history(db, one.sub_app_id, str(one.sub_app_id), _CHANGES),
        "form": visit.form,
        "section": "", "error": "", "link": None, "key": "",
    }  # fmt: skip
    return visit.page("app.html", status, **{**values, **more})


async def describe(visit: Visit) -> Response:
    """Changes name and description."""
    parameters = {"Name": visit.form.one("name"), "Description": visit.form.one("description")}
    return await _by_action(visit, "ModifySubAppIdInfo", parameters, "about")


async def switch(visit: Visit) -> Response:
    """Switches the application on or off, or destroys it, for which its number must be typed."""
    one, wanted = await found(visit), visit.form.one("to")
    if wanted == "Destroyed" and visit.form.one("confirm").strip() != str(one.sub_app_id):
        return await page(visit, one, HTTPStatus.BAD_REQUEST, section="status", error="apps.confirm_wrong")
    return await _by_action(visit, "ModifySubAppIdStatus", {"Status": wanted}, "status")


async def _by_action(visit: Visit, action: str, parameters: dict[str, Any], section: str) -> Response:
    one = await found(visit)
    try:
        given = {"SubAppId": one.sub_app_id, **parameters}
        await visit.call(one.sub_app_id, action, given, about=str(one.sub_app_id))
    except WireError as error:
        return await page(visit, one, HTTPStatus.CONFLICT, section=section, error=error.message)
    return done(visit, one, section)


def done(visit: Visit, one: Listed, section: str) -> Response:
    """Back to the page, which says that it is done."""
    return visit.go(f"{paths.with_query(paths.app(one.sub_app_id), said='saved')}#{section}")


async def set_quotas(visit: Visit) -> Response:
    """Sets the quotas; what is empty is as the settings say."""
    one, new = await found(visit), dict[str, int | None]()
    for name in _QUOTAS:
        try:
            new[name] = read_limit(visit.form.one(name).strip() or DEFAULT)
        except ValueError:
            return await page(visit, one, HTTPStatus.BAD_REQUEST, section="quotas", error="apps.bad_quota")
    async with recorded(visit, one.sub_app_id, "SetQuotas", str(one.sub_app_id), new) as db:
        await quotas.change(db, one.sub_app_id, new)
    return done(visit, one, "quotas")


async def distribute(visit: Visit) -> Response:
    """Changes what plays: published videos, all by signed links, or all for everybody."""
    one, kind, key = await found(visit), visit.form.one("kind"), visit.form.one("key").strip()
    if kind not in _KINDS:
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form")
    if key and (kind != distributions.SIGNED or not distributions.is_key(key)):
        return await page(visit, one, HTTPStatus.BAD_REQUEST, section="distribution", error="apps.bad_key")
    about = {"Distribution": kind, **({"SignKey": key} if key else {})}
    async with recorded(visit, one.sub_app_id, "SetDistribution", str(one.sub_app_id), about) as db:
        await distributions.change(db, one.sub_app_id, kind, key)
    return done(visit, one, "distribution")


async def show_key(visit: Visit) -> Response:
    """The key that signs links, on this answer alone; that it was looked at is written down."""
    one = await found(visit)
    async with recorded(visit, one.sub_app_id, "ShowLinkKey", str(one.sub_app_id)) as db:
        key = (await distributions.find(db, one.sub_app_id)).url_key
    return await page(visit, one, key=key or "")


async def set_policy(visit: Visit) -> Response:
    """Changes what findings mean, or has that of the settings hold again."""
    one, form = await found(visit), visit.form
    reset, reason = form.one("to") == "reset", form.one("reason").strip()
    action = "ResetPolicy" if reset else "SetPolicy"
    try:
        edit = (lambda _: None) if reset else policy_form.edit(form)
        about = {"Reason": reason}
        async with recorded(visit, one.sub_app_id, action, str(one.sub_app_id), about) as db:
            changed = await own_policies.change(
                db, one.sub_app_id, edit, made_by=visit.user.user_name, reason=reason
            )  # fmt: skip
    except policy_form.BadPolicy as error:
        return await page(visit, one, HTTPStatus.BAD_REQUEST, section="policy", error=error.key)
    except PolicyError as error:
        return await page(visit, one, HTTPStatus.BAD_REQUEST, section="policy", error=str(error))
    return done(visit, one, "policy") if changed else visit.go(f"{paths.app(one.sub_app_id)}#policy")
