"""A real `ondap serve` on a port of its own, for the benchmarks to measure from outside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
START_SECONDS = 120


@dataclass(frozen=True)
class Service:
    """A running service: where it listens, and the process that can be looked at."""

    host: str
    port: int
    process: psutil.Process
    seconds_to_ready: float

    @property
    def resident_mb(self) -> float:
        """Resident memory in MB (10^6 bytes)."""
        return self.process.memory_info().rss / 1e6


@contextmanager
def serving(
    *,
    var_dir: Path | None = None,
    core: int | None = 0,
    program: tuple[str, ...] = ("service", "serve"),
    **settings: str,
) -> Iterator[Service]:
    """Start the service, pinned to one core, with `ONDAP_` settings by their short names; stop it afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ONDAP_")}
        environment |= {f"ONDAP_{name.upper()}": value for name, value in settings.items()}
        environment |= {
            "ONDAP_VAR_DIR": str(var_dir or scratch),
            "ONDAP_RATE_LIMIT_PER_MINUTE": "100000",
            "ONDAP_ADMIN_TOKEN": "bench-token-bench-token",
            "ONDAP_PORT": "0",
        }
        log = Path(scratch) / "service.log"
        began = time.perf_counter()
        with log.open("wb") as errors:
            child = subprocess.Popen(
                [sys.executable, "-m", *program], cwd=ROOT, env=environment, stdout=errors, stderr=errors
            )
        try:
            if core is not None:
                psutil.Process(child.pid).cpu_affinity([core])
            host, port = _address(child, log)
            yield Service(host, port, psutil.Process(child.pid), time.perf_counter() - began)
        finally:
            child.terminate()
            child.wait(timeout=30)


def _address(child: subprocess.Popen[bytes], log: Path) -> tuple[str, int]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = re.search(r"http://([\d.]+):(\d+)", log.read_text(errors="replace"))
        if found:
            return found[1], int(found[2])
        if child.poll() is not None:
            break
        time.sleep(0.01)
    raise SystemExit(f"The service did not start:\n{log.read_text(errors='replace')[-2000:]}")
