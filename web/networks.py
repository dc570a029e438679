"""Groups network addresses that count as one client."""

from __future__ import annotations

import ipaddress


def network_of(address: str) -> str:
    """An IPv4 address itself, or the /64 network of an IPv6 address, which belongs to one client.

    An IPv4 address that is written as IPv6 counts as IPv4. Any other text stays as it is.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed.packed, 64), strict=False))
    return str(parsed)
