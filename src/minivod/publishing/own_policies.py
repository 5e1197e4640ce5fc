"""Policies of applications: read, changed and taken back; a change touches nothing that was decided."""

from collections.abc import Callable

import msgspec

from minivod.review.own_policy import OwnPolicy
from minivod.store import policies
from minivod.store.database import Database
from minivod.store.policies import PolicyRow

LONGEST = 500


class PolicyError(Exception):
    """A policy cannot be read, or not be changed so; the message says why."""


Edit = Callable[[OwnPolicy | None], OwnPolicy | None]
"""From the application's own policy to another one; None: it has none. Raises ValueError for what makes no sense."""


async def current(db: Database, sub_app_id: int) -> OwnPolicy | None:
    """The application's own policy; None: that of the settings holds.

    Raises:
        PolicyError: it was written by another version of the server, and means nothing here.
    """
    return _read(await policies.find(db, sub_app_id))


async def change(db: Database, sub_app_id: int, edit: Edit, *, made_by: str, reason: str) -> bool:
    """Changes the policy for reviews that begin afterwards; False: it is as it was, and nothing is written down.

    Args:
        db: the database.
        sub_app_id: of the application.
        edit: the change.
        made_by: who changes it.
        reason: why, up to 500 printable characters.

    Raises:
        PolicyError: the change makes no sense.
    """
    if not made_by.strip() or not (made_by + reason).isprintable() or max(len(made_by), len(reason)) > LONGEST:
        raise PolicyError(f"name and reason must be one line of at most {LONGEST} printable characters, with a name")
    async with db.transaction() as connection:
        before = _read(await policies.lock(connection, sub_app_id))
        try:
            after = edit(before)
        except (ValueError, msgspec.ValidationError) as error:
            raise PolicyError(str(error)) from None
        if after == before:
            return False
        written = msgspec.to_builtins(after) if after is not None else None
        await policies.save(connection, sub_app_id, written, made_by=made_by, reason=reason)
    return True


def _read(row: PolicyRow | None) -> OwnPolicy | None:
    if row is None or row.policy is None:
        return None
    try:
        return msgspec.convert(row.policy, OwnPolicy)
    except msgspec.ValidationError as error:
        raise PolicyError(
            f"version {row.version} of the policy of application {row.sub_app_id} cannot be read: {error}"
        ) from None
