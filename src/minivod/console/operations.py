"""The pages of operators by their addresses: applications, events, signatures, templates; and who may see each."""

from typing import Protocol

from starlette.routing import BaseRoute

from minivod.console import paths
from minivod.console.guard import Handler
from minivod.console.pages import app, apps, events, keys, links, procedures, signatures, templates, watermarks
from minivod.store.console_users import Role


class Routes(Protocol):
    """Makes the routes of a site, as `site` has it."""

    def get(self, path: str, page: Handler, role: Role | None = "viewer") -> BaseRoute:
        """A page, and the least role that sees it; None: everybody does."""

    def post(self, path: str, page: Handler, role: Role | None = "viewer", *, form: bool = True) -> BaseRoute:
        """What takes a form; see `Guarded`."""


def routes(to: Routes) -> list[BaseRoute]:
    """All of them."""
    return [*_applications(to), *_events(to), *_templates(to), *_signatures(to)]


def _applications(to: Routes) -> list[BaseRoute]:
    """Accounts, applications and keys: who is no admin sees them, without secrets."""
    account, one = f"{paths.APPS}/accounts/{{account}}", f"{paths.APPS}/{{app}}"
    return [
        to.get(paths.APPS, apps.show),
        to.post(f"{paths.APPS}/accounts", apps.create_account, "admin"),
        to.post(account, apps.switch_account, "admin"),
        to.post(f"{account}/applications", apps.create, "admin"),
        to.post(paths.KEYS, keys.create, "admin"),
        to.get(paths.KEYS, keys.show),
        to.get(f"{paths.KEYS}/new", keys.new, "admin"),
        to.post(f"{paths.KEYS}/switch", keys.switch, "admin"),
        to.get(one, app.show),
        to.post(f"{one}/about", app.describe, "admin"),
        to.post(f"{one}/status", app.switch, "admin"),
        to.post(f"{one}/quotas", app.set_quotas, "admin"),
        to.post(f"{one}/distribution", app.distribute, "admin"),
        to.post(f"{one}/key", app.show_key, "admin"),
        to.post(f"{one}/policy", app.set_policy, "admin"),
        to.post(f"{one}/link", links.test, "admin"),
    ]


def _events(to: Routes) -> list[BaseRoute]:
    """Events: who is no admin sees them, and of addresses that are called no query."""
    one = f"{paths.EVENTS}/{{app}}"
    return [
        to.get(paths.EVENTS, events.show),
        to.get(f"{one}/event/{{event}}", events.show_event),
        to.post(f"{one}/config", events.configure, "admin"),
        to.post(f"{one}/replay", events.replay, "admin"),
        to.post(f"{one}/test", events.test, "admin"),
        to.post(f"{one}/secret", events.secret, "admin"),
    ]


def _templates(to: Routes) -> list[BaseRoute]:
    """Templates and procedures."""
    one, kind = f"{paths.TEMPLATES}/{{app}}", f"{paths.TEMPLATES}/{{app}}/{{kind}}"
    return [
        to.get(paths.TEMPLATES, templates.show),
        to.post(f"{one}/procedure", procedures.create, "admin"),
        to.get(f"{one}/procedure", procedures.details),
        to.get(f"{one}/procedure/new", procedures.new, "admin"),
        to.get(f"{one}/procedure/edit", procedures.edit, "admin"),
        to.post(f"{one}/procedure/change", procedures.change, "admin"),
        to.post(f"{one}/procedure/delete", procedures.delete, "admin"),
        to.post(f"{one}/Watermark", watermarks.create, "admin", form=False),
        to.post(f"{one}/Watermark/{{definition}}", watermarks.change, "admin", form=False),
        to.post(kind, templates.create, "admin"),
        to.get(f"{kind}/new", templates.new, "admin"),
        to.post(f"{kind}/{{definition}}", templates.change, "admin"),
        to.get(f"{kind}/{{definition}}", templates.details),
        to.get(f"{kind}/{{definition}}/edit", templates.edit, "admin"),
        to.post(f"{kind}/{{definition}}/delete", templates.delete, "admin"),
    ]


def _signatures(to: Routes) -> list[BaseRoute]:
    """The signature doctor."""
    return [
        to.post(paths.SIGNATURES, signatures.examine, "admin"),
        to.get(paths.SIGNATURES, signatures.show, "admin"),
        to.get(f"{paths.SIGNATURES}/{{request_id}}", signatures.kept, "admin"),
    ]
