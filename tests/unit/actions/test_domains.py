"""DescribeVodDomains and ModifyVodDomainConfig: signatures, Referers, and what they make of the distribution."""

from typing import Any

import msgspec
import pytest

from minivod import errors
from minivod.actions import CallContext
from minivod.actions.describe_vod_domains import Request as Describe
from minivod.actions.describe_vod_domains import run as describe
from minivod.actions.modify_vod_domain_config import Request, run
from minivod.store import distributions

KEY = "24FEQmTzro4V5u3D5epW"
REFERERS = {"Status": "Enabled", "AuthType": "White", "Referers": ["example.com"], "BlankRefererAllowed": "Yes"}


async def modify(call: CallContext, domain: str = "vod.example", **policies: Any) -> None:
    await run(call, msgspec.convert({"Domain": domain, **policies}, Request))


async def shown(call: CallContext) -> dict[str, Any]:
    answer = await describe(call, Describe())
    assert answer.TotalCount == 1
    [domain] = msgspec.to_builtins(answer.DomainSet)
    assert isinstance(domain, dict)
    return domain


async def distribution(call: CallContext) -> str:
    return (await distributions.find(call.services.database, call.sub_app_id)).distribution


async def test_as_it_is_at_first(call: CallContext) -> None:
    domain = await shown(call)
    assert (domain["Domain"], domain["Type"], domain["DeployStatus"]) == ("vod.example", "VOD", "Online")
    assert domain["UrlSignatureAuthPolicy"] == {"Status": "Disabled", "EncryptedKey": ""}
    assert domain["RefererAuthPolicy"] == {
        "Status": "Disabled", "AuthType": "", "Referers": [], "BlankRefererAllowed": "No",
    }  # fmt: skip
    assert await distribution(call) == "published"


@pytest.mark.parametrize("before", ["published", "open"])
async def test_signatures_are_switched_on_and_off(call: CallContext, before: str) -> None:
    """Off, what was there before comes back, and the key stays; nobody opens an application by this."""
    async with call.services.database.transaction() as connection:
        rules = distributions.unsigned(await distributions.lock(connection, call.sub_app_id), before)
        await distributions.save(connection, rules)
    await modify(call, UrlSignatureAuthPolicy={"Status": "Disabled"})
    assert await distribution(call) == before
    await modify(call, UrlSignatureAuthPolicy={"Status": "Enabled", "EncryptedKey": KEY})
    assert (await shown(call))["UrlSignatureAuthPolicy"] == {"Status": "Enabled", "EncryptedKey": KEY}
    assert await distribution(call) == "signed"
    await modify(call, RefererAuthPolicy=REFERERS)
    assert await distribution(call) == "signed"
    await modify(call, UrlSignatureAuthPolicy={"Status": "Disabled"})
    assert await distribution(call) == before
    assert (await shown(call))["UrlSignatureAuthPolicy"] == {"Status": "Disabled", "EncryptedKey": KEY}
    await modify(call, UrlSignatureAuthPolicy={"Status": "Enabled"})
    assert await distribution(call) == "signed"


async def test_referers(call: CallContext) -> None:
    await modify(call, "VOD.example", RefererAuthPolicy=REFERERS)
    assert (await shown(call))["RefererAuthPolicy"] == REFERERS
    await modify(call, UrlSignatureAuthPolicy={"Status": "Disabled"})
    assert (await shown(call))["RefererAuthPolicy"] == REFERERS
    await modify(call, RefererAuthPolicy={"Status": "Disabled"})
    assert (await shown(call))["RefererAuthPolicy"]["Status"] == "Disabled"


async def test_other_policies_may_stay_as_they_are(call: CallContext) -> None:
    await modify(call, QUICConfig={"Status": "Disabled"}, IPFilterPolicy={"Status": "Disabled", "IPList": []})
    await modify(call)


@pytest.mark.parametrize(
    ("policies", "error", "told"),
    [
        ({"UrlSignatureAuthPolicy": {"Status": "Enabled"}}, errors.InvalidParameterValue, "no key yet"),
        ({"RefererAuthPolicy": {"Status": "Enabled"}}, errors.InvalidParameterValue, "AuthType must be given"),
        ({"RefererAuthPolicy": REFERERS | {"Referers": []}}, errors.InvalidParameterValue, "Referers must be given"),
        ({"RefererAuthPolicy": REFERERS | {"BlankRefererAllowed": ""}}, errors.InvalidParameterValue, "must be given"),
        ({"RefererAuthPolicy": REFERERS | {"Referers": ["a.com", "http://b"]}}, errors.InvalidParameterValue, "http"),
        ({"RefererAuthPolicy": REFERERS | {"Referers": ["a" * 256]}}, errors.InvalidParameterValue, "aaa"),
        ({"domain": "other.example"}, errors.InvalidDomainName, "which has one: vod.example"),
        ({"QUICConfig": {"Status": "Enabled"}}, errors.UnsupportedOperation, "QUICConfig.Status"),
        ({"IPFilterPolicy": {"Status": "Enabled"}}, errors.UnsupportedOperation, "IPFilterPolicy.Status"),
    ],
)
async def test_what_is_refused_changes_nothing(
    call: CallContext, policies: dict[str, Any], error: type[errors.WireError], told: str
) -> None:
    before = await distributions.find(call.services.database, call.sub_app_id)
    with pytest.raises(error, match=told):
        await modify(call, **{"UrlSignatureAuthPolicy": {"Status": "Disabled", "EncryptedKey": KEY}} | policies)
    assert await distributions.find(call.services.database, call.sub_app_id) == before


@pytest.mark.parametrize("key", ["short", "x" * 41, "with blank", "umläut-key", "tab\tkey-9"])
def test_keys_have_bounds(key: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"Domain": "a", "UrlSignatureAuthPolicy": {"Status": "Enabled", "EncryptedKey": key}}, Request)


async def test_domains_are_chosen_and_paged(call: CallContext) -> None:
    for asked, total, number in (
        ({"Domains": ["other.example"]}, 0, 0), ({"Domains": ["x", "VOD.example"]}, 1, 1), ({"Offset": 1}, 1, 0),
        ({"Limit": 0}, 1, 0), ({"Domains": []}, 1, 1),
    ):  # fmt: skip
        answer = await describe(call, msgspec.convert(asked, Describe))
        assert (answer.TotalCount, len(answer.DomainSet)) == (total, number), asked
