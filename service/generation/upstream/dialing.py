"""A TCP connection to whichever address of a host answers first."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from itertools import chain, zip_longest
from typing import TypeAlias

Address: TypeAlias = tuple[int, tuple[object, ...]]

STAGGER_SECONDS = 0.25


async def dial(host: str, port: int) -> socket.socket:
    """A connected socket. Raises `OSError` when no address can be reached.

    As RFC 8305 has it: families in turn, each address a quarter of a second after the one before, or at once when that
    one failed. A host whose IPv6 leads nowhere then costs a quarter of a second and not the whole deadline.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses: list[Address] = [(family, address) for family, _, _, _, address in found]
    if len(addresses) == 1:
        return await _connected(*addresses[0])
    pending: set[asyncio.Task[socket.socket]] = set()
    failed: BaseException = OSError("no address")
    try:
        for family, address in _in_turn(addresses):
            pending.add(asyncio.create_task(_connected(family, address)))
            done, pending = await asyncio.wait(pending, timeout=STAGGER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not (error := task.exception()):
                    pending |= done - {task}  # whoever came in the same moment is closed with the late ones
                    return task.result()
                failed = error
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not (error := task.exception()):
                    pending |= done - {task}
                    return task.result()
                failed = error
    finally:
        for task in pending:
            task.cancel()
            task.add_done_callback(_close_late)
    raise failed


def _in_turn(addresses: list[Address]) -> list[Address]:
    first = addresses[0][0]
    same = [address for address in addresses if address[0] == first]
    other = [address for address in addresses if address[0] != first]
    return [address for address in chain.from_iterable(zip_longest(same, other)) if address]


async def _connected(family: int, address: tuple[object, ...]) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


def _close_late(task: asyncio.Task[socket.socket]) -> None:
    """It came through after another had been taken."""
    if not task.cancelled() and not task.exception():
        task.result().close()
