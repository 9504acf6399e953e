"""Which addresses may be asked: the public internet, and in tests the loopback that a host is mapped to.

Belongs here: judging addresses. Never here: Scrapy, so that the parent process can refuse a job before a child starts.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

# Addresses of IPv4 hosts written as IPv6 ones: a gateway would lead them to whatever host they name, private ones too.
_GATEWAYS = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"))


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet: not private, loopback, reserved, multicast or a gateway's."""
    try:
        ip = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    if any(ip in net for net in _GATEWAYS):
        return False
    return ip.is_global and not ip.is_multicast


def check_host_map(host_map: dict[str, str] | None) -> dict[str, str]:
    """The test-only map of host to loopback base URL; any target but loopback is refused."""
    checked = {}
    for host, base in (host_map or {}).items():
        parts = urlsplit(base)
        try:
            loopback = ipaddress.ip_address(parts.hostname or "").is_loopback
        except ValueError:
            loopback = False
        if parts.scheme != "http" or not loopback:
            raise ValueError(f"host_map: {host} is mapped to {base}, but only http://127.0.0.1:port is allowed")
        checked[host.lower()] = f"http://{parts.netloc}"
    return checked


def is_literal(host: str) -> bool:
    """Whether a host is written as an IP address."""
    try:
        ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True
