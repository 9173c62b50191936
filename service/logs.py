"""What the process writes about itself: one JSON object a line on standard error, nothing else."""

from __future__ import annotations

import atexit
import logging
import queue
import sys
import threading
import time
from contextlib import suppress
from logging.handlers import QueueHandler
from typing import TYPE_CHECKING, Any, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from structlog.typing import Processor


WAITING_LINES = 10_000
"""Lines kept for a reader of standard error that is slow; of more, the newest are dropped."""


class _Passing(QueueHandler):
    """Formats a line and lets another thread write it: nobody waits for whoever reads our standard error."""

    def __init__(self, formatter: logging.Formatter) -> None:
        lines: queue.Queue[logging.LogRecord] = queue.Queue(WAITING_LINES)
        super().__init__(lines)
        self.setFormatter(formatter)
        threading.Thread(target=_write, args=(lines, sys.stderr), name="log", daemon=True).start()
        atexit.register(_flush, lines)

    def enqueue(self, record: logging.LogRecord) -> None:
        with suppress(queue.Full):
            self.queue.put_nowait(record)


def _write(lines: queue.Queue[logging.LogRecord], out: TextIO) -> None:
    while True:
        record = lines.get()
        try:
            out.write(f"{record.getMessage()}\n")
            out.flush()
        except (OSError, ValueError):  # closed: there is nobody left to tell
            pass
        finally:
            lines.task_done()


def _flush(lines: queue.Queue[logging.LogRecord]) -> None:
    """At the end, give what is left a moment to be written."""
    until = time.monotonic() + 1
    while lines.unfinished_tasks and time.monotonic() < until:
        time.sleep(0.005)


def configure_logging(level: str, *, mask: Callable[[str], str]) -> None:
    """Send structlog and the standard library's loggers through one JSON writer.

    `mask` is applied to every text value: personal data has no place here, whoever wrote the line.
    """

    def masked(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in event.items():
            if isinstance(value, str):
                event[key] = mask(value)
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            masked,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = _Passing(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx2", "httpcore2", "openai", "asyncio"):
        logging.getLogger(noisy).setLevel(max(root.level, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
