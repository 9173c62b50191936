"""The service, but one that gives a provider up for a fiftieth of a second only.

A provider that cuts every stream is soon left alone for ten seconds at a time, and what is not asked cannot be cut.
Everything else is what `ondap serve` runs.
"""

from __future__ import annotations

import subprocess
import sys

from service.conversation.privacy import mask
from service.generation.configured import completer_from
from service.generation.upstream.patience import Deadlines
from service.logs import configure_logging
from service.settings import load_settings
from service.web.server import serve

PROBE_SECONDS = 0.02


def main() -> None:
    subprocess.run([sys.executable, "-m", "service", "reindex"], check=True, stdout=subprocess.DEVNULL)
    settings = load_settings()
    configure_logging("error", mask=mask)
    completer = completer_from(settings, deadlines=Deadlines(probe=PROBE_SECONDS))
    serve(settings, when_ready=lambda url: print(f"Ondap answers at {url}", flush=True), completer=completer)


if __name__ == "__main__":
    main()
