"""Addresses no description may lead to: link-local ones, and where clouds keep metadata."""

import ipaddress
from collections.abc import Iterator

_METADATA = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",  # link-local; AWS, Azure, Google and most others
        "fe80::/10",  # link-local
        "fd00:ec2::/32",  # AWS
        "fd20:ce::254/128",  # Google
        "100.100.100.200/32",  # Alibaba
        "168.63.129.16/32",  # Azure
        "192.0.0.192/32",  # Oracle
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_metadata(address: str) -> bool:
    """Whether an IP address is one of them, also where another sort of address stands for it."""
    whole = ipaddress.ip_address(address.partition("%")[0])
    return any(one in network for one in _meanings(whole) for network in _METADATA)


def _meanings(address: _Address) -> Iterator[_Address]:
    """An address, and the IPv4 ones it may stand for."""
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        embedded = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
        yield from (one for one in embedded if one)
        if address in _NAT64 or int(address) < 2**32:
            yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
