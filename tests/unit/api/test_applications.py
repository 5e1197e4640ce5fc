"""Which application a call is for: the table of T7."""

from typing import Any

import msgspec
import pytest

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.api.applications import Applications, check_action
from minivod.clock import FixedClock
from minivod.store.accounts import AccessKey, SubApp

ACCOUNT, SECOND, FOREIGN = 1250000065, 1400000001, 1400000002


async def run(call: CallContext, request: msgspec.Struct) -> msgspec.Struct:
    return request


ACTION = Action(
    name="PullEvents",
    request=msgspec.Struct,
    response=msgspec.Struct,
    run=run,
    value_errors={"SubAppId": errors.InvalidSubAppId},
)


async def find(app_id: int, sub_app_id: int) -> SubApp | None:
    return SubApp(sub_app_id, app_id, "", "") if sub_app_id in (ACCOUNT, SECOND) else None


def key(sub_app_ids: list[int] | None = None, actions: list[str] | None = None) -> AccessKey:
    return AccessKey("", ACCOUNT, "", enabled=True, account_enabled=True, sub_app_ids=sub_app_ids, actions=actions)


@pytest.mark.parametrize(
    ("given", "required", "allowed", "expected"),
    [
        (None, False, None, ACCOUNT),
        (0, False, None, ACCOUNT),
        (ACCOUNT, False, None, ACCOUNT),
        (SECOND, False, None, SECOND),
        (FOREIGN, False, None, errors.InvalidSubAppId),
        (-1, False, None, errors.InvalidSubAppId),
        (2**63 - 1, False, None, errors.InvalidSubAppId),
        (None, True, None, errors.MissingParameter),
        (0, True, None, errors.MissingParameter),
        (ACCOUNT, True, None, ACCOUNT),
        (SECOND, True, None, SECOND),
        (None, False, [SECOND], errors.UnauthorizedOperation),
        (ACCOUNT, False, [SECOND], errors.UnauthorizedOperation),
        (SECOND, False, [SECOND], SECOND),
        (SECOND, False, [], errors.UnauthorizedOperation),
        (FOREIGN, False, [FOREIGN], errors.InvalidSubAppId),
    ],
)
async def test_table(given: int | None, required: bool, allowed: list[int] | None, expected: Any) -> None:
    applications = Applications(find, FixedClock(0), required=required)
    if isinstance(expected, int):
        assert await applications.resolve(ACTION, key(allowed), given) == expected
        return
    with pytest.raises(expected) as raised:
        await applications.resolve(ACTION, key(allowed), given)
    assert str(ACCOUNT) in raised.value.message or str(SECOND) in raised.value.message


async def test_another_accounts_application_answers_like_none() -> None:
    """The message depends on what the caller sent alone."""
    messages = set()
    for known in (True, False):

        async def lookup(app_id: int, sub_app_id: int, known: bool = known) -> SubApp | None:
            return None if known or app_id == ACCOUNT else SubApp(sub_app_id, app_id, "", "")

        with pytest.raises(errors.InvalidSubAppId) as raised:
            await Applications(lookup, FixedClock(0)).resolve(ACTION, key(), FOREIGN)
        messages.add(raised.value.message)
    assert len(messages) == 1


@pytest.mark.parametrize("status", ["Off", "Destroying", "Destroyed"])
@pytest.mark.parametrize("chosen", [ACCOUNT, SECOND])
async def test_what_is_not_on_is_not_changed(chosen: int, status: str) -> None:
    async def lookup(app_id: int, sub_app_id: int) -> SubApp:
        return SubApp(sub_app_id, app_id, "", "", status)

    applications = Applications(lookup, FixedClock(0))
    with pytest.raises(errors.ResourceUnavailable, match=f"the application {chosen} is {status}; PullEvents"):
        await applications.resolve(ACTION, key(), chosen)
    for allowed in ({"mutates": False}, {"always": True}):
        assert await applications.resolve(msgspec.structs.replace(ACTION, **allowed), key(), chosen) == chosen
    with pytest.raises(errors.UnauthorizedOperation):
        await applications.resolve(ACTION, key([]), chosen)


async def test_actions_of_an_account_are_for_none() -> None:
    action = msgspec.structs.replace(ACTION, of_account=True)
    assert await Applications(find, FixedClock(0), required=True).resolve(action, key([SECOND]), None) == ACCOUNT


def test_a_key_may_be_limited_to_actions() -> None:
    check_action(ACTION, key())
    check_action(ACTION, key(actions=["PullEvents"]))
    for allowed in ([], ["DeleteMedia"]):
        with pytest.raises(errors.AuthUnauthorizedOperation, match="may not call PullEvents"):
            check_action(ACTION, key(actions=allowed))
