"""Which machines a tool may reach: a name is resolved once, every address is looked at, and one of those is used."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Resolve: TypeAlias = "Callable[[str, int], Awaitable[Sequence[str]]]"
"""The addresses of a name; raises `OSError` where it has none."""

_TRANSLATED = ip_network("64:ff9b::/96")  # NAT64: an IPv4 address in the clothes of a public IPv6 one

_NOT_PUBLIC = [ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "3fff::/20")]
"""What Python 3.11 takes for public: protocols and a cloud's metadata, old relays, old site-local, documentation."""


class AddressRefused(Exception):
    """The name leads to a machine that tools must not reach."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """As the system resolves it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


async def reachable(host: str, port: int, *, inside: bool, resolve: Resolve) -> list[str]:
    """Addresses to connect to, in the resolver's order.

    Raises `AddressRefused` as soon as one of them is not public, because whoever answers for a name may mix them; with
    `inside`, the operator's own loopback or private address, as soon as one is link-local or no machine at all.
    Raises `OSError` where the name has no address.
    """
    addresses = [_address(found) for found in await resolve(host, port)]
    if not addresses:
        raise OSError("the name has no address")
    if any(not _may_be_reached(address, inside=inside) for address in addresses):
        raise AddressRefused(host)
    return list(dict.fromkeys(map(str, addresses)))


def _may_be_reached(address: IPv4Address | IPv6Address, *, inside: bool) -> bool:
    address = _meant(address)
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    return inside or (address.is_global and not any(address in network for network in _NOT_PUBLIC))


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 one, where that is what would be reached."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def _address(text: str) -> IPv4Address | IPv6Address:
    return ip_address(text.partition("%")[0])
