"""What the actions on domains share: the one domain that there is, and the rules of an application for it."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from minivod import errors
from minivod.actions import CallContext, Services
from minivod.errors import shorten
from minivod.store.distributions import KEY, LONGEST_REFERER, REFERER, SIGNED, Distribution

Switch = Literal["Enabled", "Disabled"]
Key = Annotated[
    str,
    msgspec.Meta(pattern=rf"^\Z|{KEY}", description="8 to 40 printable characters of ASCII without spaces, or empty"),
]
_MOST_REFERERS = 400


class SignaturePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether links need a signature, and the key that makes it; empty: the one that there is, if there is one."""

    Status: Switch
    EncryptedKey: Key = ""


class QuicConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """QUIC, which this server does not speak: it may be Disabled, as it is."""

    Status: Switch


class AddressFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules for addresses, which this server does not follow: they may be Disabled, as they are."""

    Status: Switch
    FilterType: str = ""
    IPList: list[str] = []


class RefererPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which Referers may fetch files; all members are needed when it is Enabled."""

    Status: Switch
    AuthType: Literal["", "Black", "White"] = ""
    Referers: Annotated[list[str], msgspec.Meta(max_length=_MOST_REFERERS)] = []
    BlankRefererAllowed: Literal["", "Yes", "No"] = ""


def host_of(url: str) -> str:
    """The domain of a base URL, with its port."""
    return urlsplit(url).netloc.lower()


def check_domain(services: Services, domain: str, name: str = "Domain") -> None:
    """Raises InvalidParameterValue.DomainName when it is not the one that players are told of."""
    urls = [url for url in (services.public_url, services.https_url) if url]
    known = {name for url in urls for name in (host_of(url), (urlsplit(url).hostname or "").lower())}
    if domain.lower() not in known:
        raise errors.InvalidDomainName(
            f"{name} {shorten(domain)} is not a domain of this server, which has one: {host_of(services.public_url)}"
        )


def check_referers(policy: RefererPolicy) -> None:
    """Raises InvalidParameterValue for a rule that cannot be followed."""
    if policy.Status == "Disabled":
        return
    for name in ("AuthType", "Referers", "BlankRefererAllowed"):
        if not getattr(policy, name):
            raise errors.InvalidParameterValue(
                f"RefererAuthPolicy.{name} must be given when RefererAuthPolicy.Status is Enabled"
            )
    for entry in policy.Referers:
        if len(entry) > LONGEST_REFERER or not REFERER.fullmatch(entry):
            raise errors.InvalidParameterValue(
                f"RefererAuthPolicy.Referers has {shorten(entry)}; it must be a domain such as example.com or "
                "*.example.com, without http://, and may be followed by a port and a path without ? and #"
            )


def shown_signature(rules: Distribution) -> SignaturePolicy:
    """As on the wire; a key that was set stays to be seen while it is not needed."""
    status: Switch = "Enabled" if rules.distribution == SIGNED else "Disabled"
    return SignaturePolicy(Status=status, EncryptedKey=rules.url_key or "")


def shown_referers(rules: Distribution) -> RefererPolicy:
    """As on the wire."""
    if rules.referers is None:
        return RefererPolicy(Status="Disabled", BlankRefererAllowed="No")
    return msgspec.convert(rules.referers, RefererPolicy)


def public_host(call: CallContext) -> str:
    """The domain that the caller is told of."""
    return host_of(call.services.public_url)
