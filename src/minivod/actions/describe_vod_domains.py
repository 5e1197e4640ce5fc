"""DescribeVodDomains: the domain under which files are played, and the application's rules for it."""

from typing import Annotated

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.domain_shapes import (
    AddressFilter,
    QuicConfig,
    RefererPolicy,
    SignaturePolicy,
    public_host,
    shown_referers,
    shown_signature,
)
from minivod.shapes import wire_time
from minivod.store import distributions
from minivod.store.distributions import Distribution


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Domains that do not exist here are left out of the answer."""

    Domains: Annotated[list[str], msgspec.Meta(max_length=20)] = []
    Limit: Annotated[int, msgspec.Meta(ge=0, le=20)] = 20
    Offset: Annotated[int, msgspec.Meta(ge=0)] = 0
    SubAppId: int | None = None


class AccelerateAreaInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A region of a CDN; there is none here."""

    Area: str
    TencentDisableReason: str
    TencentEdgeDomain: str


class DomainDetailInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The domain; CreateTime is that of the application, whose rules these are."""

    Domain: str
    AccelerateAreaInfos: list[AccelerateAreaInfo]
    DeployStatus: str
    UrlSignatureAuthPolicy: SignaturePolicy
    RefererAuthPolicy: RefererPolicy
    CreateTime: str
    QUICConfig: QuicConfig
    IPFilterPolicy: AddressFilter
    Type: str


class Response(msgspec.Struct, frozen=True):
    """TotalCount is without Offset and Limit."""

    TotalCount: int
    DomainSet: list[DomainDetailInfo]


async def run(call: CallContext, request: Request) -> Response:
    """Shows the one that there is."""
    host = public_host(call)
    wanted = {name.lower() for name in request.Domains}
    if wanted and not wanted & {host, host.partition(":")[0]}:
        return Response(0, [])
    found = [_shown(host, await distributions.find(call.services.database, call.sub_app_id))]
    return Response(len(found), found[request.Offset :][: request.Limit])


def _shown(host: str, rules: Distribution) -> DomainDetailInfo:
    return DomainDetailInfo(
        Domain=host,
        AccelerateAreaInfos=[],
        DeployStatus="Online",
        UrlSignatureAuthPolicy=shown_signature(rules),
        RefererAuthPolicy=shown_referers(rules),
        CreateTime=wire_time(rules.created_at),
        QUICConfig=QuicConfig(Status="Disabled"),
        IPFilterPolicy=AddressFilter(Status="Disabled"),
        Type="VOD",
    )


ACTION = Action(
    name="DescribeVodDomains",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    limit=20,
    value_errors={"SubAppId": errors.InvalidSubAppId, "Domains": errors.InvalidDomainNames},
)
