"""Which application a call is for, and whether the key may use it (contract.md §3, T7)."""

from collections.abc import Awaitable, Callable
from typing import Self

from minivod import errors
from minivod.actions import AnyAction, Services
from minivod.api.memory import ShortMemory
from minivod.clock import Clock
from minivod.errors import shorten
from minivod.processing.room import default_quota
from minivod.store import accounts
from minivod.store.accounts import AccessKey, SubApp
from minivod.store.applications import ON
from minivod.store.quotas import NONE, Quota, chosen

FindSubApp = Callable[[int, int], Awaitable[SubApp | None]]


class Applications:
    """Decides the application of calls."""

    def __init__(
        self, find_sub_app: FindSubApp, clock: Clock, *, required: bool = False, default: Quota = NONE
    ) -> None:
        """What it decides by.

        Args:
            find_sub_app: by AppId and SubAppId.
            clock: the server's.
            required: whether a call must name its application.
            default: the quota of applications without one of their own.
        """
        self._required = required
        self._default = default
        self._known: ShortMemory[tuple[int, int], SubApp | None] = ShortMemory(lambda ids: find_sub_app(*ids), clock)

    @classmethod
    def of(cls, services: Services) -> Self:
        """Those of a server's database, by its settings."""
        settings, database = services.settings, services.database
        return cls(
            lambda app_id, sub_app_id: accounts.find_sub_app(database, app_id, sub_app_id),
            services.clock,
            required=settings.require_sub_app_id,
            default=default_quota(settings),
        )

    async def quota(self, key: AccessKey, sub_app_id: int) -> Quota:
        """What an application that was resolved may store and have under way."""
        found = await self._known.get((key.app_id, sub_app_id))
        if found is None:
            return self._default
        return chosen(found.quota_bytes, found.quota_media, found.quota_tasks, self._default)

    async def resolve(self, action: AnyAction, key: AccessKey, sub_app_id: int | None, name: str = "SubAppId") -> int:
        """The application that a call with that SubAppId is for: absent and 0 mean the account's default one.

        Args:
            action: that is called.
            key: that signed the call.
            sub_app_id: as the call has it.
            name: of the parameter that has it.

        Raises:
            MissingParameter: absent or 0, and the server requires it.
            InvalidSubAppId: no application of this account; whether another account has it is not told.
            UnauthorizedOperation: an application that the key may not use.
            ResourceUnavailable: the action changes something, and the application is not On.
        """
        if action.of_account:
            return key.app_id
        chosen = sub_app_id or key.app_id
        if not sub_app_id and self._required:
            raise errors.MissingParameter(
                f"the parameter {name} is missing; this server requires it (setting require_sub_app_id); the default "
                f"application of this account is {key.app_id}"
            )
        application = await self._known.get((key.app_id, chosen))
        if application is None:
            raise action.value_error("SubAppId")(
                f"{name} is {shorten(chosen)}, which is no application of this account; its default application is "
                f"{key.app_id}"
            )
        if key.sub_app_ids is not None and chosen not in key.sub_app_ids:
            allowed = ", ".join(map(str, key.sub_app_ids)) or "none"
            meant = chosen if sub_app_id else f"{chosen} ({name} is absent, which means the default application)"
            raise errors.UnauthorizedOperation(f"the key may not use the application {meant}; it may use {allowed}")
        if action.mutates and not action.always and application.status != ON:
            raise errors.ResourceUnavailable(
                f"the application {chosen} is {application.status}; {action.name} changes it and needs it to be {ON}, "
                "which ModifySubAppIdStatus makes it"
            )
        return chosen


def check_action(action: AnyAction, key: AccessKey) -> None:
    """Raises AuthUnauthorizedOperation when the key is limited to other actions."""
    if key.actions is not None and action.name not in key.actions:
        allowed = ", ".join(key.actions) or "none"
        raise errors.AuthUnauthorizedOperation(f"the key may not call {action.name}; it may call {allowed}")
