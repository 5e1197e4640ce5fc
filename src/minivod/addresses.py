"""What counts as one caller: an address of IPv4, or a network of IPv6, in which a customer has as many as it likes."""

import ipaddress

_WIDEST = 64
"""Bits that name such a network."""


def network(client: str) -> str:
    """That of an address as the server has it; what is none stays as it is."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, _WIDEST), strict=False))
    return str(address)
