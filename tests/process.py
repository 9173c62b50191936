"""A real service in a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from tests.conftest import SHOP

ROOT = Path(__file__).parents[1]


class Service:
    """Where it listens, and every line it wrote to standard error so far."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self.child = child
        self.lines: list[str] = []
        self.url = ""
        self._listening = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def listening(self) -> None:
        ready = asyncio.ensure_future(self._listening.wait())
        await asyncio.wait({ready, self._reading}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            raise AssertionError("the service ended:\n" + "\n".join(self.lines))

    async def ended(self) -> int:
        status = await self.child.wait()
        await self._reading
        return status

    def signal(self, number: signal.Signals) -> None:
        self.child.send_signal(number)

    async def _read(self) -> None:
        assert self.child.stderr is not None
        async for line in self.child.stderr:
            self.lines.append(line.decode().rstrip())
            found = re.search(r"Ondap answers at (\S+)", self.lines[-1])
            if found:
                self.url = found[1]
                self._listening.set()


@asynccontextmanager
async def service(var_dir: Path, *arguments: str, faq: Path = SHOP, **settings: str) -> AsyncIterator[Service]:
    """`ondap serve` on a free port, with `ONDAP_` settings by their short names; killed where it has not ended."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ONDAP_")}
    environment |= {f"ONDAP_{name.upper()}": value for name, value in settings.items()}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "service", "serve", "--port", "0", "--faq", str(faq), "--var", str(var_dir)),
        *arguments,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    running = Service(child)
    try:
        await running.listening()
        yield running
    finally:
        if child.returncode is None:
            child.kill()
        await running.ended()


def client(running: Service) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=running.url, timeout=30, trust_env=False)
