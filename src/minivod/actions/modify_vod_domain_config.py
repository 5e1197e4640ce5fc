"""ModifyVodDomainConfig: whether links of the application need a signature, and which Referers may fetch its files."""

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.domain_shapes import (
    AddressFilter,
    QuicConfig,
    RefererPolicy,
    SignaturePolicy,
    check_domain,
    check_referers,
)
from minivod.store import distributions
from minivod.store.distributions import Distribution


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is. QUICConfig and IPFilterPolicy may be Disabled alone."""

    Domain: str
    SubAppId: int | None = None
    RefererAuthPolicy: RefererPolicy | None = None
    UrlSignatureAuthPolicy: SignaturePolicy | None = None
    QUICConfig: QuicConfig | None = None
    IPFilterPolicy: AddressFilter | None = None


class Response(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


async def run(call: CallContext, request: Request) -> Response:
    """Changes them, for every request from now on; streams under way are asked again within two seconds.

    Raises:
        InvalidDomainName: another domain than that of this server.
        InvalidParameterValue: a rule for Referers that is not whole, or signatures without a key.
        UnsupportedOperation: QUIC or rules for addresses.
    """
    check_domain(call.services, request.Domain)
    for name, policy in (("QUICConfig", request.QUICConfig), ("IPFilterPolicy", request.IPFilterPolicy)):
        if policy is not None and policy.Status == "Enabled":
            raise errors.UnsupportedOperation(f"{name}.Status Enabled is not done by this server; it can be Disabled")
    if request.RefererAuthPolicy:
        check_referers(request.RefererAuthPolicy)
    async with call.services.database.transaction() as connection:
        before = await distributions.lock(connection, call.sub_app_id)
        await distributions.save(connection, _changed(before, request))
    return Response()


def _changed(rules: Distribution, request: Request) -> Distribution:
    signature, referers = request.UrlSignatureAuthPolicy, request.RefererAuthPolicy
    if signature:
        key = signature.EncryptedKey or rules.url_key
        if signature.Status == "Disabled":
            rules = distributions.unsigned(msgspec.structs.replace(rules, url_key=key))
        elif key is None:
            raise errors.InvalidParameterValue(
                "UrlSignatureAuthPolicy.EncryptedKey must be given, for this application has no key yet: 8 to 40 "
                "visible characters of ASCII"
            )
        else:
            rules = distributions.signed(rules, key)
    if referers:
        enabled = referers.Status == "Enabled"
        rules = distributions.with_referers(rules, msgspec.to_builtins(referers) if enabled else None)
    return rules


ACTION = Action(
    name="ModifyVodDomainConfig",
    request=Request,
    response=Response,
    run=run,
    limit=20,
    value_errors={"SubAppId": errors.InvalidSubAppId, "Domain": errors.InvalidDomainName},
)
